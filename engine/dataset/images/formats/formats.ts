/**
 * The image formats that are read. Convention: in the order in which messages name them; no two match the same file.
 */
import { bmp } from './bmp.ts';
import { gif } from './gif.ts';
import type { FormatRecord, ImageFormat } from './image-format.ts';
import { jpeg } from './jpeg.ts';
import { png } from './png.ts';
import { tiff } from './tiff.ts';
import { webp } from './webp.ts';

export const imageFormats: Readonly<Record<ImageFormat, FormatRecord>> = { png, jpeg, webp, tiff, bmp, gif };

export const formatNames = Object.keys(imageFormats) as readonly ImageFormat[];

/** The format that a file's ending promises. @param ending with its dot, in any case */
export function formatOfEnding(ending: string): ImageFormat | undefined {
  return formatNames.find((format) => imageFormats[format].endings.includes(ending.toLowerCase()));
}

/** 'PNG, JPEG, WebP, TIFF, BMP or GIF' */
export function listFormats(conjunction: 'and' | 'or'): string {
  const names = formatNames.map((format) => imageFormats[format].name);
  return `${names.slice(0, -1).join(', ')} ${conjunction} ${names.at(-1)!}`;
}

/** The record of a format that a project's database names; a newer program may have written it. */
export function findFormat(name: string): FormatRecord | undefined {
  const known: Readonly<Partial<Record<string, FormatRecord>>> = imageFormats;
  return known[name];
}
