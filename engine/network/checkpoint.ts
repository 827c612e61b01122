/**
 * A network in a file: parameters under the reference's names, and, where training goes on from it, the optimiser's
 * moments. Ours are safetensors; those of PyTorch are read too, and which one it is its content says, not its name.
 * Convention: written atomically (temporary file, fsync, rename), so a reader sees the old file or the new one, whole.
 */
import { basename } from 'node:path';
import { MambrushError } from '../contract/error.ts';
import { replaceFile } from '../replace-file.ts';
import { inferConfig } from './network-config.ts';
import type { NetworkConfig } from './network-config.ts';
import { parameterShapes } from './parameter-shapes.ts';
import { encodePth } from './pytorch/encode-pth.ts';
import { readPth } from './pytorch/read-pth.ts';
import { encodeSafetensors, readSafetensors } from './safetensors.ts';
import type { StoredTensor, TensorFile } from './safetensors.ts';

export interface Checkpoint {
  readonly config: NetworkConfig;
  /** The whole parameter block, in checkpoint order. */
  readonly parameters: Float32Array;
  /** The optimiser's moments, when the file is one to go on from. */
  readonly moments: { readonly moment1: Float32Array; readonly moment2: Float32Array } | undefined;
  /** Free text pairs, e.g. classes, size, epoch. */
  readonly metadata: Readonly<Record<string, string>>;
}

const metadataHead = 'head';

/**
 * Reads a network, from safetensors or from a file of torch.save. Nothing in it is executed.
 * @throws MambrushError 'checkpoint-foreign' (another network), 'checkpoint-incomplete', 'checkpoint-not-finite',
 * 'checkpoint-damaged', 'checkpoint-unreadable'; of PyTorch's files also 'checkpoint-refused' (asks for code) and
 * 'checkpoint-unsupported' (a format that is not read)
 */
export function readCheckpoint(path: string): Checkpoint {
  return checkpointFromTensors(readPth(path) ?? readSafetensors(path), path);
}

/** @param path for messages */
export function checkpointFromTensors(file: TensorFile, path: string): Checkpoint {
  const shapes = new Map([...file.tensors].map(([name, { shape }]) => [name, shape]));
  const inferred = withPath(path, () => inferConfig(shapes));
  const head = file.metadata[metadataHead] === 'sigmoid' ? 'sigmoid' : inferred.head;
  const config = { ...inferred, head } as const;
  const block = (prefix: string): Float32Array => assembleBlock(config, file.tensors, prefix, path);
  const hasMoments = file.tensors.has('moment1.final.weight');
  return {
    config,
    parameters: block(''),
    moments: hasMoments ? { moment1: block('moment1.'), moment2: block('moment2.') } : undefined,
    metadata: file.metadata,
  };
}

function withPath<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof MambrushError)) throw error;
    throw new MambrushError(error.code, `'${basename(path)}': ${error.message}`, { path, cause: error });
  }
}

function assembleBlock(
  config: NetworkConfig,
  tensors: ReadonlyMap<string, StoredTensor>,
  prefix: string,
  path: string,
): Float32Array {
  const parts = parameterShapes(config).map(([name, shape]) => {
    const tensor = tensors.get(prefix + name);
    const wrong = (code: string, what: string): never => {
      throw new MambrushError(code, `'${basename(path)}': ${what}. Use another checkpoint.`, { path });
    };
    if (tensor === undefined) return wrong('checkpoint-incomplete', `it has no '${prefix}${name}'`);
    if (tensor.shape.join() !== shape.join()) {
      const found = tensor.shape.join('×');
      return wrong('checkpoint-foreign', `'${prefix}${name}' is ${found}, this network needs ${shape.join('×')}`);
    }
    if (!tensor.data.every(Number.isFinite)) {
      return wrong('checkpoint-not-finite', `'${prefix}${name}' holds values that are no finite numbers`);
    }
    return tensor.data;
  });
  const block = new Float32Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    block.set(part, offset);
    offset += part.length;
  }
  return block;
}

/** Cuts a block into named tensors. @param prefix put before every name */
export function tensorsOfBlock(
  config: NetworkConfig,
  block: Float32Array,
  prefix = '',
): ReadonlyMap<string, StoredTensor> {
  const shapes = parameterShapes(config);
  const count = shapes.reduce((total, [, shape]) => total + shape.reduce((product, extent) => product * extent, 1), 0);
  if (block.length !== count) {
    throw new RangeError(`this network has ${String(count)} parameters, the block has ${String(block.length)}`);
  }
  let offset = 0;
  return new Map(
    shapes.map(([name, shape]) => {
      const size = shape.reduce((product, extent) => product * extent, 1);
      const tensor = { shape, data: block.subarray(offset, offset + size) };
      offset += size;
      return [prefix + name, tensor] as const;
    }),
  );
}

function encodeCheckpoint({ config, parameters, moments, metadata }: Checkpoint): Buffer {
  const tensors = new Map([
    ...tensorsOfBlock(config, parameters),
    ...(moments === undefined ? [] : tensorsOfBlock(config, moments.moment1, 'moment1.')),
    ...(moments === undefined ? [] : tensorsOfBlock(config, moments.moment2, 'moment2.')),
  ]);
  return encodeSafetensors(tensors, { ...metadata, format: 'pt', [metadataHead]: config.head });
}

/** The bytes of a network as PyTorch's `torch.load` takes it: without its moments, and without how far its run was. */
export function encodePthCheckpoint({ config, parameters, metadata }: Checkpoint): Buffer {
  const { state: _state, training: _training, ...lasting } = metadata;
  return encodePth(tensorsOfBlock(config, parameters), { ...lasting, [metadataHead]: config.head });
}

/** Writes a network atomically. @throws MambrushError 'checkpoint-not-written' (folder read-only, disk full) */
export function writeCheckpoint(path: string, checkpoint: Checkpoint): void {
  try {
    replaceFile(path, encodeCheckpoint(checkpoint));
  } catch (cause) {
    throw new MambrushError(
      'checkpoint-not-written',
      `Cannot write '${basename(path)}' (${(cause as Error).message}). Free some space or choose another folder; ` +
        'the file that was there before is unchanged.',
      { path, cause },
    );
  }
}
