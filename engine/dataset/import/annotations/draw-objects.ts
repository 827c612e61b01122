/**
 * Draws the objects of an image into a label map. Blocks, so it is for a worker thread. Convention: a later object lies
 * over an earlier one; what has no object is background; a circle covers the pixels whose middles it holds.
 */
import { decodeProbed } from '../../images/decode-image.ts';
import { probeImage } from '../../images/probe-image.ts';
import type { Size } from '../../images/pixels.ts';
import { AnnotationError } from './annotation-file.ts';
import type { AnnotatedObject, LeftOut, Outline } from './annotation-file.ts';
import { polygonRuns } from './polygon-runs.ts';
import type { ColumnRuns } from './polygon-runs.ts';
import { runsOfLengths } from './run-lengths.ts';

export interface ObjectToDraw extends Omit<AnnotatedObject, 'label'> {
  readonly value: number;
}

export interface Drawing {
  readonly labels: Uint8Array<ArrayBuffer>;
  readonly drawn: number;
  readonly leftOut: readonly LeftOut[];
}

/** @param order 'larger first' keeps small objects visible that lie on large ones; objects of one size keep their order */
export async function drawObjects(
  objects: readonly ObjectToDraw[],
  size: Size,
  order: 'as listed' | 'larger first',
): Promise<Drawing> {
  const labels = new Uint8Array(size.width * size.height);
  const leftOut: LeftOut[] = [];
  const shapes: { readonly value: number; readonly runs: readonly ColumnRuns[]; readonly area: number }[] = [];
  for (const { name, value, outline } of objects) {
    try {
      const runs = await runsOf(outline, size, name);
      const area = runs.reduce((sum, one) => sum + areaOf(one), 0);
      if (area > 0) shapes.push({ value, runs, area });
      else leftOut.push({ code: 'annotation-covers-nothing', message: `${name} covers no pixel of the image.` });
    } catch (error) {
      if (!(error instanceof AnnotationError)) throw error;
      leftOut.push({ code: error.code, message: error.message });
    }
  }
  if (order === 'larger first') shapes.sort((a, b) => b.area - a.area);
  for (const { value, runs } of shapes) for (const one of runs) paint(labels, one, size, value);
  return { labels, drawn: shapes.length, leftOut };
}

function areaOf(runs: ColumnRuns): number {
  let area = 0;
  for (let at = 0; at < runs.length; at += 2) area += runs[at + 1]! - runs[at]!;
  return area;
}

function paint(labels: Uint8Array, runs: ColumnRuns, { width, height }: Size, value: number): void {
  for (let at = 0; at < runs.length; at += 2) {
    const to = runs[at + 1]!;
    for (let from = runs[at]!; from < to;) {
      const column = Math.floor(from / height);
      const end = Math.min(to, (column + 1) * height);
      let pixel = (from - column * height) * width + column;
      for (; from < end; from++, pixel += width) labels[pixel] = value;
    }
  }
}

async function runsOf(outline: Outline, size: Size, name: string): Promise<ColumnRuns[]> {
  switch (outline.kind) {
    case 'polygons':
      return outline.parts.map((corners) => polygonRuns(corners, size, name));
    case 'run-lengths':
      if (outline.width !== size.width || outline.height !== size.height) {
        const own = `${outline.width}×${outline.height}`;
        const message = `${name} has a mask of ${own} pixels in an image of ${size.width}×${size.height}.`;
        throw new AnnotationError('annotation-size-mismatch', message);
      }
      return [runsOfLengths(outline.counts, size, name)];
    case 'circle':
      return [circleRuns(outline, size)];
    case 'mask':
      return [await maskRuns(outline, size, name)];
  }
}

/** Adds the rows from `first` to `last` of a column, as far as they are in the image. */
function addRows(runs: number[], column: number, first: number, last: number, { height }: Size): void {
  const [from, to] = [Math.max(0, first), Math.min(height - 1, last) + 1];
  if (from < to) runs.push(column * height + from, column * height + to);
}

function circleRuns({ x, y, radius }: Extract<Outline, { kind: 'circle' }>, size: Size): ColumnRuns {
  const runs: number[] = [];
  const last = Math.min(size.width - 1, Math.floor(x + radius - 0.5));
  for (let column = Math.max(0, Math.ceil(x - radius - 0.5)); column <= last; column++) {
    const half = Math.sqrt(Math.max(0, radius ** 2 - (column + 0.5 - x) ** 2));
    addRows(runs, column, Math.ceil(y - half - 0.5), Math.floor(y + half - 0.5), size);
  }
  return Uint32Array.from(runs);
}

async function maskRuns(
  { left, top, width, height, picture }: Extract<Outline, { kind: 'mask' }>,
  size: Size,
  name: string,
): Promise<ColumnRuns> {
  const bytes = Buffer.from(picture, 'base64');
  const unreadable = (error: unknown): never => {
    const message = `${name} has a mask that is no picture.`;
    throw new AnnotationError('annotation-mask-not-readable', message, { cause: error });
  };
  // Looked at before it is decoded, which could take any amount of memory.
  const probe = await probeImage(bytes, name).catch(unreadable);
  if (probe.width !== width || probe.height !== height || width > size.width || height > size.height) {
    const message = `${name} has a mask of ${probe.width}×${probe.height} pixels for a place of ${width}×${height}.`;
    throw new AnnotationError('annotation-size-mismatch', message);
  }
  const { data, channels } = await decodeProbed(bytes, probe, name).catch(unreadable);
  const isInside = (column: number, row: number): boolean => {
    const at = channels * (row * width + column);
    return data[at] !== 0 || (channels === 3 && (data[at + 1] !== 0 || data[at + 2] !== 0));
  };
  const runs: number[] = [];
  for (let column = Math.max(0, -left); column < Math.min(width, size.width - left); column++) {
    for (let row = 0; row < height;) {
      const first = row;
      const inside = isInside(column, row);
      while (row < height && isInside(column, row) === inside) row++;
      if (inside) addRows(runs, left + column, top + first, top + row - 1, size);
    }
  }
  return Uint32Array.from(runs);
}
