/**
 * Reads a checkpoint that PyTorch saved: what it holds of this network, under the names that our own files have. Executes
 * nothing. Not our own format (`safetensors.ts`). Convention: 'moment1.' and 'moment2.' before a parameter's name are its
 * moments, as in our own files; metadata 'training' is a `TrainingRecord`.
 */
import { basename } from 'node:path';
import { z } from 'zod';
import { MambrushError } from '../../contract/error.ts';
import type { StoredTensor, TensorFile } from '../safetensors.ts';
import { unreadable, withBytes } from './byte-source.ts';
import type { ByteSource } from './byte-source.ts';
import { openContainer, pytorchForm, startLength } from './containers.ts';
import { decodeTensors } from './decode-tensors.ts';
import { readOptimiserState } from './optimiser-state.ts';
import type { StridedTensor } from './pickle-values.ts';
import { findParameters } from './state-dict.ts';

/**
 * @returns undefined when it is no file of PyTorch
 * @throws MambrushError 'checkpoint-damaged', 'checkpoint-refused', 'checkpoint-unsupported', 'checkpoint-foreign',
 * 'checkpoint-incomplete', 'checkpoint-unreadable', with the file's name
 */
export function readPth(path: string): TensorFile | undefined {
  try {
    return withBytes(path, readPthBytes);
  } catch (error) {
    if (error instanceof MambrushError) {
      throw new MambrushError(error.code, `'${basename(path)}': ${error.message}`, { path, cause: error });
    }
    throw unreadable(path, error);
  }
}

/** The same from bytes; messages have no name of a file. */
function readPthBytes(source: ByteSource): TensorFile | undefined {
  if (pytorchForm(source.read(0, Math.min(source.size, startLength))) === undefined) return undefined;
  const container = openContainer(source);
  const parameters = findParameters(container.root);
  const scalar = (tensor: StridedTensor): number => decodeTensors(container, new Map([['', tensor]])).get('')!.data[0]!;
  const optimiser = readOptimiserState(container.root, parameters, scalar);
  const wanted = new Map([
    ...parameters,
    ...prefixed('moment1.', optimiser?.moment1),
    ...prefixed('moment2.', optimiser?.moment2),
  ]);
  const tensors = decodeTensors(container, wanted);
  // SGD has one moment; a block of zeros is what the other one is then.
  const onlyFirst = optimiser !== undefined && optimiser.moment1.size > 0 && optimiser.moment2.size === 0;
  const zeros = (tensor: StridedTensor): StoredTensor => ({ shape: tensor.shape, data: new Float32Array(tensor.size) });
  if (onlyFirst) for (const [name, tensor] of parameters) tensors.set(`moment2.${name}`, zeros(tensor));
  return { tensors, metadata: metadataOf(container.ownPart, parameters, optimiser?.record) };
}

function prefixed(
  prefix: string,
  tensors: ReadonlyMap<string, StridedTensor> = new Map(),
): readonly (readonly [string, StridedTensor])[] {
  return [...tensors].map(([name, tensor]) => [prefix + name, tensor]);
}

const textPairs = z.record(z.string(), z.string());

function metadataOf(
  ownPart: string | undefined,
  parameters: ReadonlyMap<string, StridedTensor>,
  record: object | undefined,
): Readonly<Record<string, string>> {
  if (ownPart !== undefined) {
    const pairs = textPairs.safeParse(parsed(ownPart));
    if (pairs.success) return pairs.data;
  }
  // The reference's classes are sigmoids that know nothing of each other; with one class that is all the same.
  const several = (parameters.get('final.bias')?.size ?? 1) > 1;
  return {
    ...(several && { head: 'sigmoid' }),
    ...(record !== undefined && { training: JSON.stringify(record) }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
