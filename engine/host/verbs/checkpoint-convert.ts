/**
 * Makes another kind of file of a network. Convention: written whole or not at all; what is there is replaced only when
 * that was asked for.
 */
import { existsSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { MambrushError } from '../../contract/error.ts';
import type { CheckpointFormat } from '../../contract/checkpoints.ts';
import { writeError } from '../../write-error.ts';
import { encodePthCheckpoint, readCheckpoint, writeCheckpoint } from '../../network/checkpoint.ts';
import type { Checkpoint } from '../../network/checkpoint.ts';
import { onnxModel } from '../../onnx/onnx-model.ts';
import { replaceFile } from '../../replace-file.ts';
import type { Verb } from '../engine-context.ts';
import { classesOf, sizeOf } from '../predicting/open-prediction.ts';
import { mambrushVersion } from '../../version.ts';

export const checkpointConvert: Verb<'checkpoint.convert'> = (_context, args) => {
  const [checkpoint, output] = [resolve(args.checkpoint), resolve(args.output)];
  const network = readCheckpoint(checkpoint);
  if (existsSync(output) && args.overwrite !== true) {
    throw new MambrushError(
      'output-exists',
      `${output} is there already. Choose another name, or allow to replace it.`,
      {
        path: output,
      },
    );
  }
  write(network, args.format, basename(checkpoint), output);
  return {
    checkpoint,
    output,
    format: args.format,
    bytes: statSync(output).size,
    network: {
      parameters: network.parameters.length,
      inputChannels: network.config.inputChannels,
      classes: classesOf(network).map(({ name }) => name),
      size: sizeOf(network),
    },
  };
};

function write(network: Checkpoint, format: CheckpointFormat, name: string, output: string): void {
  if (format === 'safetensors') {
    // With the moments, so that training can go on from it as from the file it was made from.
    writeCheckpoint(output, network);
    return;
  }
  try {
    replaceFile(output, encode(network, format, name));
  } catch (error) {
    throw writeError(error, output, 'Nothing was changed.');
  }
}

function encode(network: Checkpoint, format: Exclude<CheckpointFormat, 'safetensors'>, name: string): Uint8Array {
  if (format === 'pth') return encodePthCheckpoint(network);
  const { config, parameters } = network;
  const facts = { classes: classesOf(network), size: sizeOf(network), version: mambrushVersion };
  const form = format === 'onnx' ? 'fast' : 'portable';
  return onnxModel(config, parameters, form, { ...facts, origin: originOf(network, name) });
}

function originOf({ metadata }: Checkpoint, name: string): string {
  const { run, epoch } = metadata;
  return [name, ...(run === undefined ? [] : [`run ${run}`]), ...(epoch === undefined ? [] : [`epoch ${epoch}`])].join(
    ', ',
  );
}
