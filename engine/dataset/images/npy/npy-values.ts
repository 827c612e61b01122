/**
 * The values of a .npy file between bytes and numbers. Knows nothing of shapes.
 * Convention: written little-endian; 64-bit integers become float64, exact up to 2⁵³.
 */
import { bytesPerValue } from './npy-header.ts';
import type { NpyType } from './npy-header.ts';

export type NpyValues =
  Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

const NATIVE = {
  b1: Uint8Array,
  u1: Uint8Array,
  i1: Int8Array,
  u2: Uint16Array,
  i2: Int16Array,
  u4: Uint32Array,
  i4: Int32Array,
  f2: Float16Array,
  f4: Float32Array,
  f8: Float64Array,
} as const;

/** @param bytes a buffer of its own: it is swapped in place where need be */
export function decodeNpyValues(bytes: Buffer, type: NpyType, bigEndian: boolean): NpyValues {
  const width = bytesPerValue(type);
  const count = bytes.length / width;
  if (bigEndian && width === 2) bytes.swap16();
  if (bigEndian && width === 4) bytes.swap32();
  if (bigEndian && width === 8) bytes.swap64();
  if (type === 'u8') return Float64Array.from({ length: count }, (_, i) => Number(bytes.readBigUInt64LE(i * 8)));
  if (type === 'i8') return Float64Array.from({ length: count }, (_, i) => Number(bytes.readBigInt64LE(i * 8)));
  const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  const values = new NATIVE[type](aligned.buffer as ArrayBuffer, aligned.byteOffset, count);
  return values instanceof Float16Array ? Float32Array.from(values) : values;
}

export function encodeNpyValues(values: ArrayLike<number>, type: NpyType): Uint8Array {
  if (type === 'u8' || type === 'i8') {
    const words = type === 'u8' ? new BigUint64Array(values.length) : new BigInt64Array(values.length);
    for (let i = 0; i < values.length; i++) words[i] = BigInt(Math.trunc(values[i]!));
    return new Uint8Array(words.buffer);
  }
  if (values instanceof NATIVE[type]) return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return new Uint8Array(NATIVE[type].from(values).buffer);
}
