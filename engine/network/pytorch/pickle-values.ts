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

/** How the elements of a storage are written; little-endian. */
export type ElementType = 'f16' | 'bf16' | 'f32' | 'f64' | 'i8' | 'u8' | 'i16' | 'i32' | 'i64' | 'bool';

export const elementBytes: Readonly<Record<ElementType, number>> = {
  f16: 2,
  bf16: 2,
  f32: 4,
  f64: 8,
  i8: 1,
  u8: 1,
  i16: 2,
  i32: 4,
  i64: 8,
  bool: 1,
};

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
