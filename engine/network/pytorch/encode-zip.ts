/**
 * The bytes of a zip archive of stored parts, as PyTorch lays it out: data at multiples of 64 bytes. Not an archiver:
 * nothing is packed, and all of it is below 4 GB. Convention: no times, so the same parts give the same bytes.
 * Source: PKWARE APPNOTE 6.3.10, sections 4.3 and 4.5.
 */
import { crc32 } from 'node:zlib';

const alignment = 64;
/** The extra field that PyTorch pads with: two bytes of id, two of length. */
const paddingId = 0x4246;
/** 1 January 1980: the earliest that the format can say. */
const earliestDate = 0x0021;
/** Bit 11: names are UTF-8. */
const flags = 0x0800;

interface Part {
  readonly name: string;
  readonly bytes: Buffer;
}

export function encodeZip(parts: readonly Part[]): Buffer {
  const pieces: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, bytes } of parts) {
    const nameBytes = Buffer.from(name);
    const unpadded = at + 30 + nameBytes.length + 4;
    const padding = Buffer.alloc(4 + (Math.ceil(unpadded / alignment) * alignment - unpadded), 'Z');
    padding.writeUInt16LE(paddingId, 0);
    padding.writeUInt16LE(padding.length - 4, 2);
    const facts = describePart(bytes, nameBytes.length);
    const local = Buffer.concat([uint32(0x04034b50), facts, uint16(padding.length), nameBytes, padding]);
    pieces.push(local, bytes);
    directory.push(
      Buffer.concat([uint32(0x02014b50), uint16(20), facts, uint16(0), Buffer.alloc(10), uint32(at), nameBytes]),
    );
    at += local.length + bytes.length;
  }
  const list = Buffer.concat(directory);
  const count = uint16(parts.length);
  const end = [uint32(0x06054b50), Buffer.alloc(4), count, count, uint32(list.length), uint32(at), uint16(0)];
  return Buffer.concat([...pieces, list, ...end]);
}

/** What the local header and the directory say alike: version, flags, method, time, date, checksum, sizes. */
function describePart(bytes: Buffer, nameLength: number): Buffer {
  const size = uint32(bytes.length);
  const head = [uint16(20), uint16(flags), uint16(0), uint16(0), uint16(earliestDate)];
  return Buffer.concat([...head, uint32(crc32(bytes)), size, size, uint16(nameLength)]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
