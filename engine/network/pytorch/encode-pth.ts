/**
 * The bytes of a `.pth` file that PyTorch loads with `weights_only=True`: a bare state dict, in the reference's names and
 * order. Not the optimiser's state. Convention: a part of our own, which PyTorch ignores, keeps the metadata, so
 * that the file read here again is the same network with the same classes.
 * Source: torch/serialization.py, `_save`.
 */
import type { StoredTensor } from '../safetensors.ts';
import { ownPartName } from './containers.ts';
import { encodeStateDict } from './encode-state-dict.ts';
import { encodeZip } from './encode-zip.ts';

/** @param tensors float32, in checkpoint order @param metadata text pairs, the head among them */
export function encodePth(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>>,
): Buffer {
  const folder = 'archive/';
  const text = (name: string, content: string) => ({ name: folder + name, bytes: Buffer.from(content) });
  return encodeZip([
    { name: `${folder}data.pkl`, bytes: encodeStateDict(tensors) },
    text('byteorder', 'little'),
    ...[...tensors.values()].map(({ data }, number) => ({
      name: `${folder}data/${String(number)}`,
      bytes: littleEndian(data),
    })),
    text('version', '3\n'),
    text(ownPartName, JSON.stringify(metadata)),
  ]);
}

function littleEndian(values: Float32Array): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => bytes.writeFloatLE(value, 4 * i));
  return bytes;
}
