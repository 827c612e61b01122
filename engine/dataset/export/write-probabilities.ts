/**
 * Writes probability maps while they are made, band by band: a 16-bit grey PNG per class (65535 is 1), or one NumPy array
 * of float32. Makes no probabilities. Convention: values come in the order (height, width, K).
 */
import { writeNpyInPieces } from '../images/npy/npy.ts';
import type { Size } from '../images/pixels.ts';
import { writePng } from './write-png.ts';
import type { AppendPixels } from './write-png.ts';

/** Takes the next whole pixels: (n, K). */
export type AppendProbabilities = (values: Float32Array) => Promise<void>;

/** float32 of shape (height, width) for one class, (height, width, K) for several. */
export async function writeProbabilityArray(
  path: string,
  { width, height }: Size,
  classes: number,
  fill: (append: AppendProbabilities) => Promise<void>,
): Promise<void> {
  const shape = classes === 1 ? [height, width] : [height, width, classes];
  await writeNpyInPieces(path, { type: 'f4', shape }, fill);
}

/** @param paths one per class, in order */
export async function writeProbabilityPngs(
  paths: readonly string[],
  size: Size,
  fill: (append: AppendProbabilities) => Promise<void>,
): Promise<void> {
  const classes = paths.length;
  /** Opens one file inside the other, so that all have their names only when all pixels are there. */
  const open = async (appends: readonly AppendPixels[]): Promise<void> => {
    const path = paths[appends.length];
    if (path !== undefined) {
      await writePng(path, { ...size, kind: 'grey16' }, (append) => open([...appends, append]));
      return;
    }
    await fill(async (values) => {
      for (const [index, append] of appends.entries()) {
        const plane = new Uint16Array(values.length / classes);
        for (let at = 0; at < plane.length; at++) {
          plane[at] = Math.round(65535 * Math.min(1, Math.max(0, values[at * classes + index]!)));
        }
        await append(plane);
      }
    });
  };
  await open([]);
}
