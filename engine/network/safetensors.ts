/**
 * Reads and writes the safetensors format: uint64 header length, JSON header, raw little-endian data. Nothing in a file
 * is executed; every number in the header is checked before it is used.
 * Convention: values come back as Float32Array whatever was stored (F16, BF16, F32, F64); integers are refused.
 * Source: github.com/huggingface/safetensors, 'Format'.
 */
import { basename } from 'node:path';
import { MambrushError } from '../contract/error.ts';
import { unreadable, withBytes } from './pytorch/byte-source.ts';

export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface TensorFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Ours have some 40 kB. The format's own limit of 100 MB would let a small file of nested brackets fill the heap when it
 * is parsed.
 */
const headerLimit = 4_000_000;
const largestFile = 2 ** 31;
const bytesPerElement: ReadonlyMap<unknown, number> = new Map([
  ['F16', 2],
  ['BF16', 2],
  ['F32', 4],
  ['F64', 8],
]);

/** A tensor as the header describes it: checked, not yet decoded. */
interface Described {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes into the data. */
  readonly begin: number;
  readonly end: number;
}

type Damaged = (what: string) => never;

/**
 * Reads a file.
 * @throws MambrushError 'checkpoint-damaged', 'checkpoint-unreadable' or, for ONNX, 'checkpoint-unsupported', naming the
 * file and the defect
 */
export function readSafetensors(path: string): TensorFile {
  let bytes: Buffer;
  try {
    bytes = withBytes(path, ({ size, read }) => {
      if (size > largestFile) throw new Error('it is larger than 2 GB');
      return read(0, size);
    });
  } catch (cause) {
    throw unreadable(path, cause);
  }
  return parseSafetensors(bytes, path);
}

/** Parses the bytes of a file. @param path for messages */
export function parseSafetensors(bytes: Buffer, path: string): TensorFile {
  const damaged: Damaged = (what) => {
    throw new MambrushError(
      'checkpoint-damaged',
      `'${basename(path)}' is not a whole safetensors file: ${what}. Use another copy of it.`,
      { path },
    );
  };
  if (isOnnx(bytes)) {
    throw new MambrushError(
      'checkpoint-unsupported',
      `'${basename(path)}' is an ONNX file: networks are written as such, not read. Use the checkpoint it was made from.`,
      { path },
    );
  }
  if (bytes.length < 8) damaged('it is shorter than its length field');
  const headerLength = Number(bytes.readBigUInt64LE(0));
  if (headerLength > headerLimit || headerLength + 8 > bytes.length) damaged('its header is too long');
  let header: unknown;
  try {
    header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength));
  } catch {
    damaged('its header is not JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) damaged('its header is no object');
  const data = bytes.subarray(8 + headerLength);
  const { __metadata__: metadata, ...entries } = header as Record<string, unknown>;
  const described = Object.entries(entries).map(([name, entry]) => describe(name, entry, damaged));
  requireTiling(described, data.length, damaged);
  const tensors = new Map(
    described.map(({ name, dtype, shape, begin, end }) => {
      const stored = data.subarray(begin, end);
      return [name, { shape, data: decodeFloats(stored, dtype, stored.length / (bytesPerElement.get(dtype) ?? 1)) }];
    }),
  );
  return { tensors, metadata: checkMetadata(metadata, damaged) };
}

/** ModelProto begins with its IR version, a small number, and who made it. As a header's length, this is too long. */
function isOnnx(bytes: Buffer): boolean {
  return bytes.length > 8 && bytes[0] === 0x08 && bytes[1]! < 0x40 && bytes[2] === 0x12 && bytes[7] !== 0;
}

function checkMetadata(metadata: unknown, damaged: Damaged): Readonly<Record<string, string>> {
  if (metadata === undefined) return {};
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
    return damaged('its metadata is no object');
  }
  if (!Object.values(metadata).every((value) => typeof value === 'string')) damaged('its metadata is not all text');
  return metadata as Readonly<Record<string, string>>;
}

function describe(name: string, entry: unknown, damaged: Damaged): Described {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  const isIndex = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  const width = bytesPerElement.get(dtype);
  const tensor = `tensor ${quoted(name)}`;
  if (width === undefined || typeof dtype !== 'string') {
    return damaged(`${tensor} has the element type ${typeof dtype === 'string' ? quoted(dtype) : typeof dtype}`);
  }
  if (!Array.isArray(shape) || shape.length > 8 || !shape.every(isIndex)) return damaged(`${tensor} has no shape`);
  const [begin, end] = Array.isArray(offsets) ? (offsets as unknown[]) : [];
  if (!isIndex(begin) || !isIndex(end) || begin > end) return damaged(`${tensor} has no place in the file`);
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (size * width !== end - begin) return damaged(`${tensor} has another size than its shape`);
  return { name, dtype, shape, begin, end };
}

/** A name from a file, for a message: it may be of any length. */
function quoted(text: string): string {
  return `'${text.length > 80 ? `${text.slice(0, 80)}…` : text}'`;
}

/**
 * The format wants tensors to cover the data with neither gap nor overlap. It also bounds what reading costs: thousands
 * of names for the same bytes would each be decoded.
 */
function requireTiling(tensors: readonly Described[], bytes: number, damaged: Damaged): void {
  let offset = 0;
  for (const { name, begin, end } of [...tensors].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== offset) damaged(`tensor ${quoted(name)} does not begin where the one before it ends`);
    offset = end;
  }
  if (offset !== bytes) damaged(`its tensors take ${String(offset)} bytes, it has ${String(bytes)}`);
}

function decodeFloats(bytes: Buffer, dtype: string, size: number): Float32Array {
  const values = new Float32Array(size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = new Uint32Array(1);
  const asFloat = new Float32Array(word.buffer);
  for (let i = 0; i < size; i++) {
    if (dtype === 'F32') values[i] = view.getFloat32(4 * i, true);
    else if (dtype === 'F64') values[i] = view.getFloat64(8 * i, true);
    else if (dtype === 'F16') values[i] = view.getFloat16(2 * i, true);
    else {
      word[0] = view.getUint16(2 * i, true) << 16;
      values[i] = asFloat[0]!;
    }
  }
  return values;
}

/** The bytes of a file with float32 tensors, in the map's order, data aligned to 8 bytes. */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>>,
): Buffer {
  let offset = 0;
  const entries = [...tensors].map(([name, { shape, data }]) => {
    const begin = offset;
    offset += 4 * data.length;
    return [name, { dtype: 'F32', shape, data_offsets: [begin, offset] }] as const;
  });
  const json = Buffer.from(JSON.stringify(Object.fromEntries([['__metadata__', metadata] as const, ...entries])));
  const padded = Math.ceil(json.length / 8) * 8;
  const bytes = Buffer.alloc(8 + padded + offset, 0x20);
  bytes.writeBigUInt64LE(BigInt(padded), 0);
  json.copy(bytes, 8);
  let position = 8 + padded;
  for (const { data } of tensors.values()) {
    for (const value of data) position = bytes.writeFloatLE(value, position);
  }
  return bytes;
}
