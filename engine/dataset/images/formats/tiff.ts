/** TIFF 6.0 and BigTIFF: the strips or tiles of the first directory. */
import { ImageError, truncated } from '../image-error.ts';
import type { ByteReader } from './byte-reader.ts';
import { hasBytes } from './image-format.ts';
import type { FormatRecord } from './image-format.ts';
import { readTiffTags } from './tiff-tags.ts';

export const tiff: FormatRecord = {
  name: 'TIFF',
  endings: ['.tif', '.tiff'],
  matches: (head) => ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].some((bytes) => hasBytes(head, 0, bytes)),
  checkComplete,
  lossy: false,
  refuseUnusual,
};

async function checkComplete(file: ByteReader): Promise<void> {
  const { dataOffsets, dataLengths, valuesEnd } = await readTiffTags(file);
  if (valuesEnd > file.size) throw truncated(file.name);
  for (let i = 0; i < dataOffsets.length; i++) {
    if (dataOffsets[i]! + (dataLengths[i] ?? 1) > file.size) throw truncated(file.name);
  }
}

async function refuseUnusual(file: ByteReader): Promise<void> {
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
