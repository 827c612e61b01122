/** JPEG (ITU T.81, annex B): segments and scans up to the end-of-image marker. Thumbnails lie inside segments. */
import { truncated } from '../image-error.ts';
import type { ByteReader } from './byte-reader.ts';
import { hasBytes } from './image-format.ts';
import type { FormatRecord } from './image-format.ts';

export const jpeg: FormatRecord = {
  name: 'JPEG',
  endings: ['.jpg', '.jpeg', '.jpe', '.jfif'],
  matches: (head) => hasBytes(head, 0, '\xff\xd8\xff'),
  checkComplete,
  lossy: true,
  shrinksWhileDecoding: true,
};

const BLOCK_BYTES = 1 << 20;

async function checkComplete(file: ByteReader): Promise<void> {
  for (let at = 2; ;) {
    const marker = await file.read(at, 2);
    if (marker[0] !== 0xff) {
      // Stray bytes between segments are overlooked by decoders, too.
      at = await findMarker(file, at);
      continue;
    }
    const code = marker[1]!;
    if (code === 0xd9) return;
    if (code === 0xff) at += 1;
    else if (code === 0x01 || (code >= 0xd0 && code <= 0xd8)) at += 2;
    else {
      const end = at + 2 + (await file.read(at + 2, 2)).readUInt16BE(0);
      at = code === 0xda ? await findMarker(file, end) : end;
    }
  }
}

/** The next marker that is neither stuffing nor a restart. */
async function findMarker(file: ByteReader, from: number): Promise<number> {
  for (let at = from; ;) {
    const block = await file.readSome(at, BLOCK_BYTES);
    if (block.length < 2) throw truncated(file.name);
    for (let i = block.indexOf(0xff); i >= 0 && i + 1 < block.length; i = block.indexOf(0xff, i + 1)) {
      const code = block[i + 1]!;
      if (code !== 0 && code !== 0xff && !(code >= 0xd0 && code <= 0xd7)) return at + i;
    }
    at += block.length - 1;
  }
}
