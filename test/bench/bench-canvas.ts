/**
 * How long the canvas's own arithmetic takes: painting, filling, selecting, saving a gesture, without a browser. Not the
 * time to the screen: that is measured in one.
 * Convention: milliseconds; the median and the 95th percentile of the runs.
 */
import { Random } from '../../engine/random.ts';
import type { ImagePixels } from '../../renderer/canvas/image-pixels.ts';
import { LabelImage } from '../../renderer/canvas/label-image.ts';
import { capsule } from '../../renderer/canvas/raster/capsule.ts';
import { fillHoles } from '../../renderer/canvas/raster/fill-holes.ts';
import { floodFill } from '../../renderer/canvas/raster/flood-fill.ts';
import { magicWand } from '../../renderer/canvas/raster/magic-wand.ts';
import { polygon } from '../../renderer/canvas/raster/polygon.ts';
import { isClass, isInRange, where } from '../../renderer/canvas/raster/row-test.ts';
import type { EmitSpan } from '../../renderer/canvas/raster/span.ts';
import { runToEnd } from '../renderer/canvas/run-to-end.ts';

export interface CanvasTime {
  readonly what: string;
  readonly median: number;
  readonly percentile95: number;
}

const side = 4096;
const whole = { left: 0, top: 0, right: side, bottom: side };

/** On a 4096×4096 image. @param runs of the large operations; small ones run a hundred times as often */
export function benchCanvas(runs: number): readonly CanvasTime[] {
  const random = new Random(1);
  const labels = new LabelImage({ width: side, height: side }, new Uint8Array(side * side));
  const write: EmitSpan = (y, left, right) => labels.fillSpan(y, left, right, 1);
  const gesture = (paint: () => void): (() => void) => {
    return () => {
      labels.begin();
      paint();
      labels.cancel();
    };
  };
  const grey = softImage(random, 1);
  const color = softImage(random, 3);
  const masked = where([isClass(labels, 0), isInRange(grey, 0, 255)], side, write);

  labels.begin();
  const times = [
    time('brush of 200 px, a segment of 20 px', runs * 100, () => segment(random, write)),
    time('the same, only inside a class and a range', runs * 100, () => segment(random, masked)),
  ];
  labels.cancel();
  labels.takeDirty();
  const ring = Array.from({ length: 2000 }, (_, i) => {
    const angle = (i / 2000) * 2 * Math.PI;
    return { x: 2048 + 1900 * Math.cos(angle), y: 2048 + (1700 + 100 * Math.sin(40 * angle)) * Math.sin(angle) };
  });
  return [
    ...times,
    time(
      'lasso of 2000 points over most of the image',
      runs,
      gesture(() => polygon(ring, whole, write)),
    ),
    time(
      'fill of the whole image',
      runs,
      gesture(() => runToEnd(floodFill(labels, 9, 9, isClass(labels, 0), write))),
    ),
    time(
      'wand, grey, joined',
      runs,
      gesture(() => wand(grey, true, write)),
    ),
    time(
      'wand, RGB, joined',
      runs,
      gesture(() => wand(color, true, write)),
    ),
    time(
      'wand, RGB, everywhere',
      runs,
      gesture(() => wand(color, false, write)),
    ),
    ...strokeTimes(labels, write, runs),
  ];
}

/** A ring of 1500 px drawn with the brush, its hole filled, and the change cut into tiles for the store. */
function strokeTimes(labels: LabelImage, write: EmitSpan, runs: number): readonly CanvasTime[] {
  const holes: number[] = [];
  const commits: number[] = [];
  for (let run = 0; run < runs; run++) {
    labels.begin();
    for (let i = 0; i < 200; i++) capsule(onRing(i), onRing(i + 1), whole, write);
    const { touched } = labels;
    holes.push(milliseconds(() => touched !== undefined && runToEnd(fillHoles(labels, 1, touched, write))));
    commits.push(milliseconds(() => runToEnd(labels.commit())));
    labels.load(new Uint8Array(side * side));
  }
  return [summary('holes of a ring of 1500 px', holes), summary('its change as tiles, before and after', commits)];
}

function onRing(i: number): { readonly x: number; readonly y: number; readonly radius: number } {
  const angle = (i / 200) * 2 * Math.PI;
  return { x: 2048 + 750 * Math.cos(angle), y: 2048 + 750 * Math.sin(angle), radius: 20 };
}

function segment(random: Random, emit: EmitSpan): void {
  const a = { x: 200 + random.uniform() * 3600, y: 200 + random.uniform() * 3600, radius: 100 };
  capsule(a, { ...a, x: a.x + 14, y: a.y + 14 }, whole, emit);
}

function wand(image: ImagePixels, contiguous: boolean, emit: EmitSpan): void {
  runToEnd(magicWand(image, 2048, 2048, { tolerance: 90, contiguous }, emit));
}

/** Waves and a little noise: of a wand's region there is much, with a ragged edge. */
function softImage(random: Random, channels: 1 | 3): ImagePixels {
  const noise = Uint8Array.from({ length: 65536 }, () => random.integer(24));
  const wave = Uint8Array.from({ length: side }, (_, x) => 90 + 60 * Math.sin(x / 90));
  const data = new Uint8Array(side * side * channels);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / channels);
    data[i] = (wave[pixel % side]! + wave[pixel >> 12]!) / 2 + noise[(i * 7919) & 65535]!;
  }
  return { width: side, height: side, channels, data };
}

function time(what: string, runs: number, work: () => void): CanvasTime {
  work();
  return summary(
    what,
    Array.from({ length: runs }, () => milliseconds(work)),
  );
}

function milliseconds(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

function summary(what: string, times: readonly number[]): CanvasTime {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
  return { what, median: at(0.5), percentile95: at(0.95) };
}
