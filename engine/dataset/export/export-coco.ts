/**
 * Labels as one COCO file: images, categories, and an annotation for every object. Writes no masks and no results.
 * Source: the data format of cocodataset.org ('Object Detection'). Convention: an object is a connected region of one
 * class; it is a polygon along the edges of its pixels, or, when it has holes, which COCO's polygons cannot have, the
 * uncompressed run lengths of its mask. Both give exactly its pixels. The category's number is the class's position.
 */
import { findObjects } from './label-objects.ts';
import type { LabelObject } from './label-objects.ts';
import { traceOutlines } from './trace-outlines.ts';
import type { LabelledImage } from './export-table.ts';
import type { Size } from '../images/pixels.ts';
import type { MaskClass } from '../masks/label-map.ts';

export async function writeCoco(
  append: (text: string) => Promise<void>,
  images: readonly LabelledImage[],
  classes: readonly MaskClass[],
  step: () => Promise<void>,
): Promise<void> {
  await append('{\n"info": {"description": "Exported by Mambrush", "version": "1.0"},\n"licenses": [],\n');
  const categories = classes.map(({ name, color }, at) => ({ id: at + 1, name, supercategory: '', color }));
  await append(`"categories": ${JSON.stringify(categories)},\n"images": [`);
  for (const [at, { id, path, width, height }] of images.entries()) {
    await append(`${at > 0 ? ',' : ''}\n${JSON.stringify({ id, file_name: path, width, height })}`);
  }
  await append('\n],\n"annotations": [');
  let annotations = 0;
  for (const image of images) {
    const labels = await image.labels();
    for (const object of labels === undefined ? [] : await findObjects(labels, image)) {
      const { classIndex, area, left, top, width, height } = object;
      annotations++;
      const annotation = {
        id: annotations,
        image_id: image.id,
        category_id: classIndex,
        segmentation: await segmentationOf(object, image),
        area,
        bbox: [left, top, width, height],
        iscrowd: 0,
      };
      await append(`${annotations > 1 ? ',' : ''}\n${JSON.stringify(annotation)}`);
    }
    await step();
  }
  await append('\n]\n}\n');
}

async function segmentationOf(
  object: LabelObject,
  size: Size,
): Promise<number[][] | { readonly counts: readonly number[]; readonly size: readonly [number, number] }> {
  const { outer, holes } = await traceOutlines(object);
  return holes.length === 0 ? [[...outer]] : { counts: runLengths(object, size), size: [size.height, size.width] };
}

/** Run lengths of the whole image's mask, column by column, beginning with the pixels outside. */
function runLengths({ left, top, width, height, runs }: LabelObject, size: Size): number[] {
  // Turned, so that a column is a row.
  const plane = new Uint8Array(width * height);
  for (let at = 0; at < runs.length; at += 3) {
    const row = runs[at]! - top;
    for (let column = runs[at + 1]! - left; column < runs[at + 2]! - left; column++) plane[column * height + row] = 1;
  }
  const counts: number[] = [];
  let [value, length] = [0, 0];
  const take = (next: number, count: number): void => {
    if (next !== value) {
      counts.push(length);
      [value, length] = [next, 0];
    }
    length += count;
  };
  take(0, left * size.height);
  for (let column = 0; column < width; column++) {
    take(0, top);
    for (let row = 0; row < height; row++) take(plane[column * height + row]!, 1);
    take(0, size.height - top - height);
  }
  take(0, (size.width - left - width) * size.height);
  counts.push(length);
  return counts;
}
