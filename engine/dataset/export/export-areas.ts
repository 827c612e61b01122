/**
 * A table of what is labelled: a line for every image and class with pixels, share and objects. Measures nothing in
 * micrometres: images do not say their scale. Convention: the share is of the pixels that are labelled at all.
 */
import { unlabelled } from '../../store/class-map.ts';
import { countLabels } from '../masks/label-map.ts';
import { csvBeginning, csvRow } from './csv-table.ts';
import { findObjects } from './label-objects.ts';
import type { LabelledImage } from './export-table.ts';
import type { MaskClass } from '../masks/label-map.ts';

const columns = [
  ...['image', 'width', 'height', 'class', 'class number', 'pixels', 'share of labelled'],
  ...['objects', 'mean object pixels', 'largest object pixels', 'unlabelled pixels'],
];

export async function writeAreas(
  append: (text: string) => Promise<void>,
  images: readonly LabelledImage[],
  classes: readonly MaskClass[],
  step: () => Promise<void>,
): Promise<void> {
  await append(csvBeginning + csvRow(columns));
  for (const image of images) {
    const { path, width, height } = image;
    const labels = (await image.labels()) ?? new Uint8Array(width * height).fill(unlabelled);
    const objects = await findObjects(labels, image);
    const blank = (await countLabels(labels))[unlabelled]!;
    const labelled = width * height - blank;
    for (const [at, { name }] of classes.entries()) {
      const areas = objects.filter(({ classIndex }) => classIndex === at + 1).map(({ area }) => area);
      const pixels = areas.reduce((sum, area) => sum + area, 0);
      const largest = areas.reduce((most, area) => Math.max(most, area), 0);
      const mean = areas.length === 0 ? '' : Math.round((100 * pixels) / areas.length) / 100;
      const share = labelled === 0 ? '' : (pixels / labelled).toFixed(6);
      const figures = [pixels, share, areas.length, mean, areas.length === 0 ? '' : largest, blank];
      await append(csvRow([path, width, height, name, at + 1, ...figures]));
    }
    await step();
  }
}
