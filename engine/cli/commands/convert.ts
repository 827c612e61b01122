/**
 * `mambrush convert`: a network in another kind of file. Convention: the output's ending says the kind.
 */
import { extname, resolve } from 'node:path';
import type { CheckpointFormat, ConvertedCheckpoint } from '../../contract/checkpoints.ts';
import type { EngineClient } from '../../contract/requests.ts';
import { formatBytes } from '../format-values.ts';
import type { OptionValues } from '../option-values.ts';
import { UsageError } from '../usage-error.ts';
import type { Command, CommandResult } from '../command.ts';

export const convert: Command = {
  name: 'convert',
  summary: 'writes a trained network as ONNX or for PyTorch, for other programs',
  usage: ['CHECKPOINT --output FILE.onnx [--portable] [--force]', 'CHECKPOINT --output FILE.pth|FILE.safetensors'],
  details:
    'An ONNX file takes plain pixels (uint8, batch × height × width × channels) and gives probabilities; what a caller ' +
    'has to know is in its metadata. It is made for ONNX Runtime; --portable makes one of standard operators alone, for ' +
    'everything else.',
  operands: { min: 1, max: 1, name: 'a checkpoint' },
  options: {
    output: { value: 'FILE', description: 'the file to write; its ending says the kind' },
    portable: { description: 'ONNX without the operator that only ONNX Runtime has' },
    force: { description: 'replaces a file that is there' },
  },
  examples: [
    'convert best.safetensors --output lesions.onnx',
    'convert best.safetensors --output lesions.onnx --portable',
  ],
  run: async ({ client, operands: [checkpoint = ''], values }) => {
    const output = values.path('output');
    if (output === undefined) throw new UsageError('Say where the file goes: --output FILE.onnx.');
    return convertCheckpoint(client, resolve(checkpoint), output, values);
  },
};

/** For `export --onnx` too. */
export async function convertCheckpoint(
  client: EngineClient,
  checkpoint: string,
  output: string,
  values: OptionValues,
): Promise<CommandResult> {
  const format = formatOf(output, values.has('portable'));
  const overwrite = values.has('force');
  const result = await client.request('checkpoint.convert', { checkpoint, output, format, overwrite });
  return { json: result, text: describe(result) };
}

function formatOf(output: string, portable: boolean): CheckpointFormat {
  const ending = extname(output).toLowerCase();
  if (ending === '.onnx') return portable ? 'onnx-portable' : 'onnx';
  if ((ending === '.pth' || ending === '.pt') && !portable) return 'pth';
  if (ending === '.safetensors' && !portable) return 'safetensors';
  throw new UsageError(`The ending of ${output} is no kind of network: .onnx, .pth and .safetensors are.`);
}

function describe({ output, bytes, format, network }: ConvertedCheckpoint): string {
  const { width, height } = network.size;
  const kind = {
    onnx: 'ONNX for ONNX Runtime',
    'onnx-portable': 'portable ONNX',
    pth: 'a state dict of PyTorch',
    safetensors: 'safetensors',
  }[format];
  return [
    `${output}: ${kind}, ${formatBytes(bytes)}, ${network.parameters} parameters.`,
    `Classes: ${network.classes.join(', ')}. Best used at ${width}×${height}.`,
  ].join('\n');
}
