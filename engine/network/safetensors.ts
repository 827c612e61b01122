/**
 * Reads and writes the safetensors format: uint64 header length, JSON header, raw little-endian data. Nothing in a file
 * is executed; every number in the header is checked before it is used.
 * Convention: values come back as Float32Array whatever was stored (F16, BF16, F32, F64); integers are refused.
 * Source: github.com/huggingface/safetensors, 'Format'.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { MambrushError } from '../contract/error.ts';

export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface TensorFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The largest header that the format's own implementation accepts. */
const headerLimit = 100_000_000;
const bytesPerElement: Readonly<Record<string, number>> = { F16: 2, BF16: 2, F32: 4, F64: 8 };

/** Reads a file. @throws MambrushError 'checkpoint-damaged' or 'checkpoint-unreadable' naming the file and the defect */
export function readSafetensors(path: string): TensorFile {
  let bytes: Buffer;
  try {
    bytes = readWhole(path);
  } catch (cause) {
    throw new MambrushError(
      'checkpoint-unreadable',
      `Cannot read '${basename(path)}' (${(cause as Error).message}). Check that the file exists and may be read.`,
      { path, cause },
    );
  }
  return parseSafetensors(bytes, path);
}

function readWhole(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const size = fstatSync(file).size;
    if (size > 2 ** 31) throw new Error('it is larger than 2 GB');
    const bytes = Buffer.alloc(size);
    let done = 0;
    while (done < size) {
      const read = readSync(file, bytes, done, size - done, done);
      if (read === 0) throw new Error('it became shorter while it was read');
      done += read;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

/** Parses the bytes of a file. @param path for messages */
export function parseSafetensors(bytes: Buffer, path: string): TensorFile {
  const damaged = (what: string): never => {
    throw new MambrushError(
      'checkpoint-damaged',
      `'${basename(path)}' is not a whole safetensors file: ${what}. Use another copy of it.`,
      { path },
    );
  };
  if (bytes.length < 8) damaged('it is shorter than its length field');
  const headerLength = Number(bytes.readBigUInt64LE(0));
  if (headerLength > headerLimit || headerLength + 8 > bytes.length) damaged('its header is longer than the file');
  let header: unknown;
  try {
    header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength));
  } catch {
    damaged('its header is not JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) damaged('its header is no object');
  const data = bytes.subarray(8 + headerLength);
  const tensors = new Map<string, StoredTensor>();
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header as Record<string, unknown>)) {
    if (name === '__metadata__') {
      const pairs = Object.entries((entry ?? {}) as Record<string, unknown>);
      metadata = Object.fromEntries(pairs.filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
      continue;
    }
    tensors.set(name, parseTensor(name, entry, data, damaged));
  }
  return { tensors, metadata };
}

function parseTensor(name: string, entry: unknown, data: Buffer, damaged: (what: string) => never): StoredTensor {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  const isIndex = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  const width = typeof dtype === 'string' ? bytesPerElement[dtype] : undefined;
  if (width === undefined) return damaged(`tensor '${name}' has the element type ${String(dtype)}`);
  if (!Array.isArray(shape) || shape.length > 8 || !shape.every(isIndex)) return damaged(`tensor '${name}' has no shape`);
  const [begin, end] = Array.isArray(offsets) ? (offsets as unknown[]) : [];
  if (!isIndex(begin) || !isIndex(end) || end > data.length || begin > end) {
    return damaged(`tensor '${name}' lies outside the file`);
  }
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (size * width !== end - begin) return damaged(`tensor '${name}' has another size than its shape`);
  return { shape, data: decodeFloats(data.subarray(begin, end), dtype as string, size) };
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
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + 4 * data.length] };
    offset += 4 * data.length;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8;
  const bytes = Buffer.alloc(8 + padded + offset, 0x20);
  bytes.writeBigUInt64LE(BigInt(padded), 0);
  json.copy(bytes, 8);
  let place = 8 + padded;
  for (const { data } of tensors.values()) {
    for (const value of data) place = bytes.writeFloatLE(value, place);
  }
  return bytes;
}
