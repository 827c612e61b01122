/**
 * Reads entries of a zip archive by its central directory: stored or deflated, with the zip64 sizes that PyTorch writes.
 * Not an unpacker: names are only looked up, nothing is written. Convention: every number is checked before it is used, an
 * entry's bytes are its own, and reading costs no more than the archive says and `mostInflated` allows.
 * Source: PKWARE APPNOTE 6.3.10, sections 4.3 to 4.5.
 */
import { crc32, inflateRawSync } from 'node:zlib';
import type { ByteSource } from './byte-source.ts';
import { damaged, quoted, unsupported } from './pth-error.ts';

export interface ZipEntry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  /** 0 where the writer was told to leave it out. */
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  /** Of its local header, in bytes from the file's beginning. */
  readonly offset: number;
}

/** Ours have some 400 entries and 30 kB of directory. */
const mostEntries = 65_536;
const largestDirectory = 16_000_000;
/** All deflated entries of a file together: PyTorch itself deflates nothing. */
const mostInflated = 256_000_000;

const endLength = 22;
const longestComment = 65_535;
const local = { signature: 0x04034b50, length: 30 };
const central = { signature: 0x02014b50, length: 46 };
const end = { signature: 0x06054b50 };
const end64 = { signature: 0x06064b50, length: 56 };
const locator64 = { signature: 0x07064b50, length: 20 };

export class ZipArchive {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  readonly #source: ByteSource;
  /** Where the part that begins at an offset must have ended: at the next one, or at the list of parts. */
  readonly #ends: ReadonlyMap<number, number>;
  #inflated = 0;

  constructor(source: ByteSource) {
    this.#source = source;
    const { offset, length, count } = findDirectory(source);
    this.entries = readDirectory(source.read(offset, length), count);
    const offsets = [...this.entries.values()].map((entry) => entry.offset).sort((a, b) => a - b);
    this.#ends = new Map(offsets.map((begin, i) => [begin, offsets[i + 1] ?? offset]));
  }

  /** @throws MambrushError 'checkpoint-damaged', 'checkpoint-unsupported' */
  read(entry: ZipEntry): Buffer {
    const { name, flags, method, packedSize, size } = entry;
    if ((flags & 1) !== 0) unsupported(`its part ${quoted(name)} is encrypted`, 'Unpack it first.');
    if (method !== 0 && method !== 8) {
      unsupported(`its part ${quoted(name)} is packed by method ${String(method)}`, 'Save it again with PyTorch.');
    }
    const begin = this.#dataOffset(entry);
    // Parts that share bytes would let a small file become a large network.
    const end = this.#ends.get(entry.offset) ?? 0;
    if (begin + packedSize > end) damaged(`its part ${quoted(name)} lies over another one`);
    const packed = this.#source.read(begin, packedSize);
    const bytes = method === 8 ? this.#inflate(packed, entry) : packed;
    if (bytes.length !== size) damaged(`its part ${quoted(name)} has another size than its directory says`);
    if (entry.crc !== 0 && crc32(bytes) !== entry.crc) damaged(`the checksum of its part ${quoted(name)} is wrong`);
    return bytes;
  }

  #dataOffset({ name, offset }: ZipEntry): number {
    const header = this.#source.read(offset, local.length);
    const nameLength = header.readUInt16LE(26);
    const begin = offset + local.length + nameLength + header.readUInt16LE(28);
    const ownName = this.#source.read(offset + local.length, nameLength).toString('utf8');
    if (header.readUInt32LE(0) !== local.signature || ownName !== name) {
      damaged(`its directory speaks of a part ${quoted(name)} that is not there`);
    }
    return begin;
  }

  #inflate(packed: Buffer, { name, size }: ZipEntry): Buffer {
    this.#inflated += size;
    if (this.#inflated > mostInflated) {
      unsupported('it unpacks to more than 256 MB', 'Save it again with PyTorch, which does not pack.');
    }
    try {
      return inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
    } catch {
      return damaged(`its part ${quoted(name)} cannot be unpacked`);
    }
  }
}

interface DirectoryRegion {
  readonly offset: number;
  readonly length: number;
  readonly count: number;
}

function findDirectory(source: ByteSource): DirectoryRegion {
  const tailLength = Math.min(source.size, endLength + longestComment);
  const tailOffset = source.size - tailLength;
  const tail = source.read(tailOffset, tailLength);
  for (let at = tailLength - endLength; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== end.signature) continue;
    if (at + endLength + tail.readUInt16LE(at + 20) !== tailLength) continue;
    return checkDirectory(readEnd(source, tail.subarray(at), tailOffset + at), tailOffset + at);
  }
  return damaged('it is cut off: the list of its parts, which stands at its end, is missing');
}

function readEnd(source: ByteSource, record: Buffer, offset: number): DirectoryRegion {
  if (offset >= locator64.length) {
    const locator = source.read(offset - locator64.length, locator64.length);
    if (locator.readUInt32LE(0) === locator64.signature) {
      const wide = source.read(readUInt64(locator, 8), end64.length);
      if (wide.readUInt32LE(0) !== end64.signature) damaged('the list of its parts is not where it should be');
      return { count: readUInt64(wide, 32), length: readUInt64(wide, 40), offset: readUInt64(wide, 48) };
    }
  }
  return { count: record.readUInt16LE(10), length: record.readUInt32LE(12), offset: record.readUInt32LE(16) };
}

function checkDirectory(directory: DirectoryRegion, endOffset: number): DirectoryRegion {
  const { offset, length, count } = directory;
  if (count > mostEntries || length > largestDirectory) {
    unsupported(`it has ${String(count)} parts`, 'A checkpoint of this network has a few hundred.');
  }
  if (offset + length > endOffset) damaged('the list of its parts is longer than the file');
  return directory;
}

function readDirectory(bytes: Buffer, count: number): ReadonlyMap<string, ZipEntry> {
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + central.length > bytes.length || bytes.readUInt32LE(at) !== central.signature) {
      damaged('the list of its parts is cut off');
    }
    const nameEnd = at + central.length + bytes.readUInt16LE(at + 28);
    const extraEnd = nameEnd + bytes.readUInt16LE(at + 30);
    const next = extraEnd + bytes.readUInt16LE(at + 32);
    if (next > bytes.length) damaged('the list of its parts is cut off');
    const name = bytes.toString('utf8', at + central.length, nameEnd);
    if (entries.has(name)) damaged(`it has two parts ${quoted(name)}`);
    const sizes = widen(
      {
        size: bytes.readUInt32LE(at + 24),
        packedSize: bytes.readUInt32LE(at + 20),
        offset: bytes.readUInt32LE(at + 42),
      },
      bytes.subarray(nameEnd, extraEnd),
      name,
    );
    entries.set(name, {
      name,
      flags: bytes.readUInt16LE(at + 8),
      method: bytes.readUInt16LE(at + 10),
      crc: bytes.readUInt32LE(at + 16),
      ...sizes,
    });
    at = next;
  }
  return entries;
}

type Sizes = Pick<ZipEntry, 'size' | 'packedSize' | 'offset'>;

/** What does not fit into 32 bits stands, in this order, in the extra field 1. */
function widen(sizes: Sizes, extra: Buffer, name: string): Sizes {
  const names = ['size', 'packedSize', 'offset'] as const;
  const wide = names.filter((key) => sizes[key] === 0xffffffff);
  if (wide.length === 0) return sizes;
  for (let at = 0; at + 4 <= extra.length;) {
    const length = extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === 1 && length >= 8 * wide.length && at + 4 + length <= extra.length) {
      return { ...sizes, ...Object.fromEntries(wide.map((key, i) => [key, readUInt64(extra, at + 4 + 8 * i)])) };
    }
    at += 4 + length;
  }
  return damaged(`its part ${quoted(name)} does not say how large it is`);
}

function readUInt64(bytes: Buffer, at: number): number {
  const value = Number(bytes.readBigUInt64LE(at));
  return Number.isSafeInteger(value) ? value : damaged('the list of its parts has an impossible size');
}
