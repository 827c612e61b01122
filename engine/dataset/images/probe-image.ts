/**
 * Reads an image's header: size, channels, depth, format, orientation. Decodes no pixels, so a file that is cut short
 * passes here; a format's `checkComplete` finds that. Convention: the file's content decides what it is, not its name; width
 * and height are those after EXIF orientation.
 */
import type { Metadata } from 'sharp';
import { withBytes } from './formats/byte-reader.ts';
import type { ByteReader } from './formats/byte-reader.ts';
import { imageFormats, listFormats } from './formats/formats.ts';
import type { ImageFormat, ImageHeader } from './formats/image-format.ts';
import { damaged, ImageError } from './image-error.ts';
import { MAX_PIXELS } from './pixels.ts';
import { openPipeline } from './sharp-pipeline.ts';
import { SNIFF_BYTES, sniffFormat } from './sniff-format.ts';

export interface ImageProbe extends ImageHeader {
  readonly format: ImageFormat;
}

/**
 * @param input a file, or the content of one
 * @param name how to call it in messages, when it is not a file
 * @throws ImageError image-missing, image-no-access, image-empty, image-not-readable, image-not-supported, image-too-large
 */
export async function probeImage(input: string | Buffer, name?: string): Promise<ImageProbe> {
  return withBytes(input, name, (file) => probeBytes(file, input));
}

/** The header of an image whose file is whole. @throws ImageError as `probeImage`; image-truncated */
export async function probeWholeImage(path: string, name: string): Promise<ImageProbe> {
  return withBytes(path, name, async (file) => {
    const probe = await probeBytes(file, path);
    await imageFormats[probe.format].checkComplete(file);
    return probe;
  });
}

async function probeBytes(file: ByteReader, input: string | Buffer): Promise<ImageProbe> {
  const options = { path: file.name };
  if (file.size === 0) {
    throw new ImageError('image-empty', `${file.name} is empty (0 bytes). Copy or download it again.`, options);
  }
  const sniffed = sniffFormat(await file.readSome(0, SNIFF_BYTES));
  if (sniffed.format === undefined) {
    const message = `${file.name} is not an image that can be read: it holds ${sniffed.what}.`;
    const help = `Replace it by a ${listFormats('or')} file, or take it away.`;
    throw new ImageError('image-not-readable', `${message} ${help}`, options);
  }
  const { format } = sniffed;
  const { reader, refuseUnusual, readIndices } = imageFormats[format];
  if (reader !== undefined) return { format, ...(await reader.header(file)) };
  await refuseUnusual?.(file);
  const metadata = await openPipeline(input, { limitInputPixels: false })
    .metadata()
    .catch((cause: unknown) => explainFailure(cause, file, format));
  return { format, ...headerOf(metadata, readIndices !== undefined, file.name) };
}

function headerOf(metadata: Metadata, hasIndices: boolean, name: string): ImageHeader {
  const { width, height } = metadata.autoOrient;
  if (width * height > MAX_PIXELS) {
    const message = `${name} has ${width}×${height} pixels; up to ${MAX_PIXELS / 1e6} million are taken. Cut it into smaller pictures.`;
    throw new ImageError('image-too-large', message, { path: name });
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
    orientation: upright(metadata.orientation),
    hasAlpha: metadata.hasAlpha,
    pages: metadata.pages ?? 1,
    indexed: hasIndices && (metadata.isPalette || (grey && (metadata.bitsPerSample ?? 8) < 8)),
    colors: grey ? 'grey' : cmyk ? 'cmyk' : 'rgb',
  };
}

/** Files with an orientation outside 1..8 exist; every viewer takes them as they are. */
function upright(orientation: number | undefined): number {
  return orientation !== undefined && orientation >= 1 && orientation <= 8 ? orientation : 1;
}

/**
 * libvips only says that reading failed; the file's structure says whether its end is missing.
 * @throws ImageError image-truncated, image-not-readable, always
 */
export async function explainFailure(cause: unknown, file: ByteReader, format: ImageFormat): Promise<never> {
  await imageFormats[format].checkComplete(file);
  const reason = cause instanceof Error ? cause.message.split('\n')[0]!.trim() : String(cause);
  throw damaged(file.name, reason, cause);
}
