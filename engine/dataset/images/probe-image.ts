/**
 * Reads an image's header: size, channels, depth, format, orientation. Decodes no pixels, so a file that is cut short
 * passes here; `check-complete.ts` finds that. Convention: the file's content decides what it is, not its name; width and
 * height are those after EXIF orientation.
 */
import type { Metadata } from 'sharp';
import { checkComplete } from './check-complete.ts';
import { bmpChannels, readBmpHeader } from './formats/bmp.ts';
import { openBytes } from './formats/byte-reader.ts';
import type { ByteReader } from './formats/byte-reader.ts';
import { readTiffTags } from './formats/tiff-tags.ts';
import { ImageError } from './image-error.ts';
import { MAX_PIXELS } from './pixels.ts';
import { openPipeline } from './sharp-pipeline.ts';
import { SNIFF_BYTES, sniffFormat } from './sniff-format.ts';
import type { ImageFormat } from './sniff-format.ts';

export interface ImageProbe {
  /** After EXIF orientation. */
  readonly width: number;
  readonly height: number;
  /** What decoding gives: alpha dropped, palette expanded. */
  readonly channels: 1 | 3;
  readonly bits: 8 | 16;
  readonly format: ImageFormat;
  /** EXIF orientation 1..8; from 5 on, width and height are swapped in the file. */
  readonly orientation: number;
  readonly hasAlpha: boolean;
  /** Pages or frames in the file; only the first is read. */
  readonly pages: number;
  /** The file's samples are palette indices, or greys of fewer than 8 bits. */
  readonly indexed: boolean;
  readonly colors: 'grey' | 'rgb' | 'cmyk';
}

/**
 * @param input a file, or the content of one
 * @param name how to call it in messages, when it is not a file
 * @throws ImageError image-missing, image-no-access, image-empty, image-not-readable, image-not-supported, image-too-large
 */
export async function probeImage(input: string | Buffer, name?: string): Promise<ImageProbe> {
  const file = await openBytes(input, name ?? (typeof input === 'string' ? input : 'the image'));
  try {
    return await probeBytes(file, input);
  } finally {
    await file.close();
  }
}

async function probeBytes(file: ByteReader, input: string | Buffer): Promise<ImageProbe> {
  const options = { path: file.name };
  if (file.size === 0) {
    throw new ImageError('image-empty', `${file.name} is empty (0 bytes). Copy or download it again.`, options);
  }
  const sniffed = sniffFormat(await file.readSome(0, SNIFF_BYTES));
  if (sniffed.format === undefined) {
    throw new ImageError(
      'image-not-readable',
      `${file.name} is not an image that can be read: it holds ${sniffed.what}. ` +
        'Replace it by a PNG, JPEG, WebP, TIFF, BMP or GIF file, or take it away.',
      options,
    );
  }
  const { format } = sniffed;
  if (format === 'bmp') {
    const header = await readBmpHeader(file);
    const channels = bmpChannels(header);
    return {
      width: header.width,
      height: header.height,
      channels,
      bits: 8,
      format,
      orientation: 1,
      hasAlpha: false,
      pages: 1,
      indexed: header.bits <= 8,
      colors: channels === 1 ? 'grey' : 'rgb',
    };
  }
  if (format === 'tiff') await refuseUnusualTiff(file);
  const metadata = await openPipeline(input, { limitInputPixels: false })
    .metadata()
    .catch((cause: unknown) => explainFailure(cause, file, format));
  return fromMetadata(metadata, format, file.name);
}

function fromMetadata(metadata: Metadata, format: ImageFormat, name: string): ImageProbe {
  const { width, height } = metadata.autoOrient;
  if (width * height > MAX_PIXELS) {
    const limit = MAX_PIXELS / 1e6;
    throw new ImageError(
      'image-too-large',
      `${name} has ${width}×${height} pixels; up to ${limit} million are taken. Cut it into smaller pictures.`,
      { path: name },
    );
  }
  const refuse = (what: string): ImageError =>
    new ImageError('image-not-supported', `${name} has ${what}. Save it as 8- or 16-bit grey or RGB.`, { path: name });
  if (metadata.depth !== 'uchar' && metadata.depth !== 'ushort') throw refuse(`samples of type “${metadata.depth}”`);
  const cmyk = metadata.space === 'cmyk';
  if (metadata.channels > (cmyk ? 5 : 4)) throw refuse(`${metadata.channels} channels`);
  const bits = metadata.depth === 'ushort' ? 16 : 8;
  if (cmyk && bits === 16) throw refuse('16-bit CMYK colors');
  const grey = metadata.space === 'b-w' || metadata.space === 'grey16';
  return {
    width,
    height,
    channels: grey ? 1 : 3,
    bits,
    format,
    orientation: upright(metadata.orientation),
    hasAlpha: metadata.hasAlpha,
    pages: metadata.pages ?? 1,
    indexed: format === 'png' && (metadata.isPalette || (grey && (metadata.bitsPerSample ?? 8) < 8)),
    colors: grey ? 'grey' : cmyk ? 'cmyk' : 'rgb',
  };
}

/** Files with an orientation outside 1..8 exist; every viewer takes them as they are. */
function upright(orientation: number | undefined): number {
  return orientation !== undefined && orientation >= 1 && orientation <= 8 ? orientation : 1;
}

/** What libtiff would read without complaint, and wrongly. */
async function refuseUnusualTiff(file: ByteReader): Promise<void> {
  const tags = await readTiffTags(file);
  const refuse = (what: string): ImageError =>
    new ImageError('image-not-supported', `${file.name} is a TIFF with ${what}. Save it as 8- or 16-bit grey or RGB.`, {
      path: file.name,
    });
  const bits = tags.bitsPerSample[0] ?? 1;
  if (tags.sampleFormat === 3) throw refuse(`${bits}-bit floating-point samples`);
  if (tags.sampleFormat === 2) throw refuse(`signed ${bits}-bit samples`);
  if (bits > 16) throw refuse(`${bits}-bit samples`);
  if ((tags.samplesPerPixel ?? 1) > 5) throw refuse(`${tags.samplesPerPixel} channels`);
  // YCbCr comes out right only where the JPEG decoder inside turns it into RGB.
  if (tags.photometric === 6 && tags.compression !== 6 && tags.compression !== 7) throw refuse('YCbCr colors');
}

/**
 * libvips only says that reading failed; the file's structure says whether its end is missing.
 *
 * @throws ImageError image-truncated, image-not-readable, always
 */
export async function explainFailure(cause: unknown, file: ByteReader, format: ImageFormat): Promise<never> {
  await checkComplete(file, format);
  const reason = cause instanceof Error ? cause.message.split('\n')[0]!.trim() : String(cause);
  throw new ImageError('image-not-readable', `${file.name} is damaged (${reason}). Replace it by a whole copy.`, {
    path: file.name,
    cause,
  });
}
