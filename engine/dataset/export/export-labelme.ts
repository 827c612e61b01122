/**
 * The labels of one image as labelme reads them: a JSON file with a shape for every object. Holds no pixels of the image.
 * Source: labelme 5, `labelme/label_file.py` (what its fields mean). Convention: an object is a connected region of one
 * class; it is a polygon along the edges of its pixels, or, when it has holes, which such a polygon cannot have, a mask.
 */
import { dirname, relative, sep } from 'node:path';
import { findObjects } from './label-objects.ts';
import type { LabelObject } from './label-objects.ts';
import { openPipeline } from '../images/sharp-pipeline.ts';
import { traceOutlines } from './trace-outlines.ts';
import { writeAtomically, writeFully } from '../../write-atomically.ts';
import type { Size } from '../images/pixels.ts';
import type { MaskClass } from '../masks/label-map.ts';

/** How the file names its image: relative to the folder that the file lies in, with `/`. */
export function labelmeImagePath(file: string, image: string): string {
  return relative(dirname(file), image).split(sep).join('/');
}

export async function writeLabelme(
  path: string,
  labels: Uint8Array,
  { width, height }: Size,
  classes: readonly MaskClass[],
  imagePath: string,
): Promise<void> {
  await writeAtomically(path, async (file) => {
    const append = async (text: string): Promise<void> => writeFully(file, Buffer.from(text, 'utf8'));
    await append('{\n"version": "5.5.0",\n"flags": {},\n"shapes": [');
    for (const [at, object] of (await findObjects(labels, { width, height })).entries()) {
      const label = classes[object.classIndex - 1]?.name ?? String(object.classIndex);
      const shape = { label, ...(await outlineOf(object)), group_id: null, description: '', flags: {} };
      await append(`${at > 0 ? ',' : ''}\n${JSON.stringify(shape)}`);
    }
    const rest = { imagePath, imageData: null, imageHeight: height, imageWidth: width };
    await append(`\n],\n${JSON.stringify(rest).slice(1, -1)}\n}\n`);
  });
}

async function outlineOf(object: LabelObject): Promise<object> {
  const { outer, holes } = await traceOutlines(object);
  if (holes.length === 0) {
    const points = Array.from({ length: outer.length / 2 }, (_, at) => outer.slice(2 * at, 2 * at + 2));
    return { points, shape_type: 'polygon', mask: null };
  }
  const { left, top, width, height } = object;
  // The lower right pixel is named itself, not the one after it.
  const points = [
    [left, top],
    [left + width - 1, top + height - 1],
  ];
  return { points, shape_type: 'mask', mask: (await maskOf(object)).toString('base64') };
}

/** The pixels of the object within its box, 0 and 1, as PNG. */
async function maskOf({ left, top, width, height, runs }: LabelObject): Promise<Buffer> {
  const plane = Buffer.alloc(width * height);
  for (let at = 0; at < runs.length; at += 3) {
    const row = (runs[at]! - top) * width - left;
    plane.fill(1, row + runs[at + 1]!, row + runs[at + 2]!);
  }
  return openPipeline(plane, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
}
