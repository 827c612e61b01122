/**
 * Values of tensors out of their storages, as float32. Convention: each storage is read once; tensors may be views of one
 * storage, with any strides, but all of them together have no more elements than their storages, so that a small file
 * stays a small network.
 */
import type { StoredTensor } from '../safetensors.ts';
import type { PytorchContainer } from './containers.ts';
import { elementBytes } from './pickle-values.ts';
import type { ElementType, StoredStorage, StridedTensor } from './pickle-values.ts';
import { damaged, quoted } from './pth-error.ts';

type Read = (view: DataView, byte: number) => number;

const word = new Uint32Array(1);
const wordAsFloat = new Float32Array(word.buffer);

const readers: Readonly<Record<ElementType, Read>> = {
  f16: (view, byte) => view.getFloat16(byte, true),
  bf16: (view, byte) => {
    word[0] = view.getUint16(byte, true) << 16;
    return wordAsFloat[0]!;
  },
  f32: (view, byte) => view.getFloat32(byte, true),
  f64: (view, byte) => view.getFloat64(byte, true),
  i8: (view, byte) => view.getInt8(byte),
  u8: (view, byte) => view.getUint8(byte),
  i16: (view, byte) => view.getInt16(byte, true),
  i32: (view, byte) => view.getInt32(byte, true),
  i64: (view, byte) => Number(view.getBigInt64(byte, true)),
  bool: (view, byte) => view.getUint8(byte),
};

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
    const elements = names.reduce((total, name) => total + tensors.get(name)!.size, 0);
    if (elements > storage.count) damaged(`${quoted(names.at(-1)!)} and other tensors lie over each other`);
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
  const read = readers[storage.type];
  const width = elementBytes[storage.type];
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
