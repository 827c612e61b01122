/**
 * Values of tensors out of their storages, as float32. Convention: each storage is read once; tensors may be views of one
 * storage, with any strides, but all of them together have no more elements than their storages, so that a small file
 * stays a small network.
 */
import type { StoredTensor } from '../safetensors.ts';
import type { PytorchContainer } from './containers.ts';
import { elements } from './pickle-values.ts';
import type { StoredStorage, StridedTensor } from './pickle-values.ts';
import { damaged, quoted } from './pth-error.ts';

/**
 * @returns row-major float32 values under the same names, in the same order
 * @throws MambrushError 'checkpoint-damaged'
 */
export function decodeTensors(
  { storage: storageBytes }: Pick<PytorchContainer, 'storage'>,
  tensors: ReadonlyMap<string, StridedTensor>,
): Map<string, StoredTensor> {
  const byStorage = new Map<string, { readonly storage: StoredStorage; readonly names: string[] }>();
  for (const [name, { storage }] of tensors) {
    const group = byStorage.get(storage.key) ?? { storage, names: [] };
    group.names.push(name);
    byStorage.set(storage.key, group);
  }
  // In the order of the map, whatever the order of the storages.
  const decoded = new Map<string, StoredTensor>([...tensors].map(([name]) => [name, { shape: [], data: nothing }]));
  for (const { storage, names } of byStorage.values()) {
    const count = names.reduce((total, name) => total + tensors.get(name)!.size, 0);
    if (count > storage.count) damaged(`${quoted(names.at(-1)!)} and other tensors lie over each other`);
    const bytes = storageBytes(storage);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const name of names) {
      const tensor = tensors.get(name)!;
      if (tensor.storage.type !== storage.type) damaged(`the storage of ${quoted(name)} is of two kinds`);
      decoded.set(name, { shape: tensor.shape, data: decode(view, tensor) });
    }
  }
  return decoded;
}

const nothing = new Float32Array(0);

function decode(view: DataView, { storage, offset, shape, strides, size }: StridedTensor): Float32Array {
  const values = new Float32Array(size);
  const { read, bytes: width } = elements[storage.type];
  const index = shape.map(() => 0);
  let position = offset;
  for (let i = 0; i < size; i++) {
    values[i] = read(view, position * width);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position += strides[axis]!;
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      position -= index[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return values;
}
