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
  if (type === 'f2') return Float32Array.from({ length: count }, (_, i) => halfToNumber(bytes.readUInt16LE(i * 2)));
  const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  return new NATIVE[type](aligned.buffer as ArrayBuffer, aligned.byteOffset, count);
}

export function encodeNpyValues(values: ArrayLike<number>, type: NpyType): Uint8Array {
  if (type === 'u8' || type === 'i8') {
    const words = type === 'u8' ? new BigUint64Array(values.length) : new BigInt64Array(values.length);
    for (let i = 0; i < values.length; i++) words[i] = BigInt(Math.trunc(values[i]!));
    return new Uint8Array(words.buffer);
  }
  if (type === 'f2') {
    const words = new Uint16Array(values.length);
    for (let i = 0; i < values.length; i++) words[i] = numberToHalf(values[i]!);
    return new Uint8Array(words.buffer);
  }
  if (values instanceof NATIVE[type]) return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return new Uint8Array(NATIVE[type].from(values).buffer);
}

/** IEEE 754 binary16. */
function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Rounds to the nearest, ties to even. */
function numberToHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(-14, Math.floor(Math.log2(size || 2 ** -30)));
  const steps = size / 2 ** (exponent - 10);
  const floor = Math.floor(steps);
  const rest = steps - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  // A carry out of the fraction lands in the exponent, which is what it should do.
  return sign | (rounded + ((exponent + 14) << 10));
}
