/**
 * What a pickle of parameters may become: plain data, and marks for tensors and storages. Not the values of tensors, and
 * nothing that could act. Convention: lists and tuples are arrays, dictionaries are Maps; a value may occur in several
 * places, so whoever walks it looks names up and never descends without end.
 */

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | AllowedName
  | StoredStorage
  | StridedTensor
  | NumpyType
  | InertValue;

const word = new Uint32Array(1);
const wordAsFloat = new Float32Array(word.buffer);

/** How the elements of a storage are written, little-endian: their bytes, and the value that begins at a byte. */
export const elements = {
  f16: { bytes: 2, read: (view, byte) => view.getFloat16(byte, true) },
  bf16: {
    bytes: 2,
    read: (view, byte) => {
      word[0] = view.getUint16(byte, true) << 16;
      return wordAsFloat[0]!;
    },
  },
  f32: { bytes: 4, read: (view, byte) => view.getFloat32(byte, true) },
  f64: { bytes: 8, read: (view, byte) => view.getFloat64(byte, true) },
  i8: { bytes: 1, read: (view, byte) => view.getInt8(byte) },
  u8: { bytes: 1, read: (view, byte) => view.getUint8(byte) },
  i16: { bytes: 2, read: (view, byte) => view.getInt16(byte, true) },
  i32: { bytes: 4, read: (view, byte) => view.getInt32(byte, true) },
  i64: { bytes: 8, read: (view, byte) => Number(view.getBigInt64(byte, true)) },
  bool: { bytes: 1, read: (view, byte) => view.getUint8(byte) },
} satisfies Readonly<Record<string, { bytes: number; read: (view: DataView, byte: number) => number }>>;
export type ElementType = keyof typeof elements;

/** A name that a pickle may ask for, e.g. 'torch.FloatStorage'. What it means is in `allowed-names.ts`. */
export class AllowedName {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** Bytes that stand elsewhere in the file. */
export class StoredStorage {
  readonly key: string;
  readonly type: ElementType;
  /** Elements. */
  readonly count: number;
  constructor(key: string, type: ElementType, count: number) {
    this.key = key;
    this.type = type;
    this.count = count;
  }
}

/** A view of a storage: element (i, j, …) stands at offset + i·strides[0] + j·strides[1] + …, which is inside it. */
export class StridedTensor {
  readonly storage: StoredStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  constructor(storage: StoredStorage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }

  get size(): number {
    return this.shape.reduce((product, extent) => product * extent, 1);
  }
}

/** numpy.dtype, as losses that NumPy averaged carry it. */
export class NumpyType {
  readonly code: string;
  bigEndian = false;
  constructor(code: string) {
    this.code = code;
  }
}

/** A device, a number type: allowed, and of no use to us. */
export class InertValue {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}
