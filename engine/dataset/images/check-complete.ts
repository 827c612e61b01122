/**
 * Checks, without decoding pixels, that an image file is whole: walks its structure up to the end that its format has.
 * Not a proof that every pixel is right: a JPEG has no checksum. Convention: returns nothing, or throws `image-truncated`
 * (the end is missing) or `image-not-readable` (damaged inside).
 */
import { readBmpHeader } from './formats/bmp.ts';
import type { ByteReader } from './formats/byte-reader.ts';
import { walkPngChunks } from './formats/png-chunks.ts';
import { readTiffTags } from './formats/tiff-tags.ts';
import { ImageError } from './image-error.ts';
import type { ImageFormat } from './sniff-format.ts';

const BLOCK_BYTES = 1 << 20;

/** @throws ImageError image-truncated, image-not-readable */
export async function checkComplete(file: ByteReader, format: ImageFormat): Promise<void> {
  switch (format) {
    case 'png':
      await walkPngChunks(file);
      return;
    case 'jpeg':
      return checkJpeg(file);
    case 'webp':
      return checkWebp(file);
    case 'tiff':
      return checkTiff(file);
    case 'gif':
      return checkGif(file);
    case 'bmp': {
      const header = await readBmpHeader(file);
      if (header.pixelsAt + header.pixelBytes > file.size) throw cutShort(file);
    }
  }
}

function cutShort(file: ByteReader): ImageError {
  return new ImageError(
    'image-truncated',
    `${file.name} is cut short: its end is missing. Copy or download it again.`,
    {
      path: file.name,
    },
  );
}

function damaged(file: ByteReader, where: string): ImageError {
  return new ImageError('image-not-readable', `${file.name} is damaged (${where}). Replace it by a whole copy.`, {
    path: file.name,
  });
}

/** Segments and scans up to the end-of-image marker (ITU T.81, annex B). Thumbnails lie inside segments. */
async function checkJpeg(file: ByteReader): Promise<void> {
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
    if (block.length < 2) throw cutShort(file);
    for (let i = block.indexOf(0xff); i >= 0 && i + 1 < block.length; i = block.indexOf(0xff, i + 1)) {
      const code = block[i + 1]!;
      if (code !== 0 && code !== 0xff && !(code >= 0xd0 && code <= 0xd7)) return at + i;
    }
    at += block.length - 1;
  }
}

async function checkWebp(file: ByteReader): Promise<void> {
  const size = (await file.read(4, 4)).readUInt32LE(0);
  if (8 + size > file.size) throw cutShort(file);
}

async function checkTiff(file: ByteReader): Promise<void> {
  const { dataOffsets, dataLengths, valuesEnd } = await readTiffTags(file);
  if (valuesEnd > file.size) throw cutShort(file);
  for (let i = 0; i < dataOffsets.length; i++) {
    if (dataOffsets[i]! + (dataLengths[i] ?? 1) > file.size) throw cutShort(file);
  }
}

/** Blocks up to the trailer, or up to the end of the file after a whole block (GIF89a, section 12 on). */
async function checkGif(file: ByteReader): Promise<void> {
  const flags = (await file.read(10, 1))[0]!;
  const tableBytes = (packed: number): number => (packed & 0x80 ? 3 << ((packed & 7) + 1) : 0);
  let at = 13 + tableBytes(flags);
  for (let frames = 0; ;) {
    if (at >= file.size && frames > 0) return;
    const kind = (await file.read(at, 1))[0]!;
    if (kind === 0x3b) return;
    if (kind === 0x2c) {
      at += 11 + tableBytes((await file.read(at + 9, 1))[0]!);
      frames++;
    } else if (kind === 0x21) at += 2;
    else if (frames > 0) return;
    else throw damaged(file, `no GIF block at byte ${at}`);
    for (let length = -1; length !== 0; at += length + 1) length = (await file.read(at, 1))[0]!;
  }
}
