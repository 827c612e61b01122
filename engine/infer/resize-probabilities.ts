/**
 * Brings a probability map from the network's size to the image's, band by band of rows, and decides every pixel's class
 * on the way: a 20-megapixel photo never has its probabilities in memory whole. Runs no network and writes no file.
 * Convention: the same triangle filter as everywhere: bilinear with half-pixel centers and clamped edges when enlarging
 * (OpenCV's INTER_LINEAR, PIL's BILINEAR), antialiased when shrinking.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import type { LongWork } from '../contract/progress.ts';
import { decideLabel } from '../network/decide-label.ts';
import type { DecisionRule } from '../network/decide-label.ts';
import { triangleTaps } from '../dataset/images/resize-image.ts';

export interface MapSize {
  readonly width: number;
  readonly height: number;
}

export interface ProbabilityBand {
  /** First row of the band. */
  readonly top: number;
  readonly rows: number;
  /** (rows, to.width, K); overwritten by the next band. */
  readonly values: Float32Array;
}

/** Values computed between two breaths of the event loop: about 10 ms. */
const valuesPerBand = 1 << 20;

/** The resized map from top to bottom. @param probabilities (from.height, from.width, K) */
export function* probabilityBands(
  probabilities: Float32Array,
  from: MapSize,
  to: MapSize,
  classes: number,
): Generator<ProbabilityBand, void, void> {
  if (probabilities.length !== from.width * from.height * classes) {
    throw new Error(`${probabilities.length} probabilities are not ${from.width}×${from.height}×${classes}`);
  }
  const lineLength = to.width * classes;
  const bandRows = Math.max(1, Math.min(to.height, Math.floor(valuesPerBand / lineLength)));
  if (from.width === to.width && from.height === to.height) {
    for (let top = 0; top < to.height; top += bandRows) {
      const rows = Math.min(bandRows, to.height - top);
      yield { top, rows, values: probabilities.subarray(top * lineLength, (top + rows) * lineLength) };
    }
    return;
  }
  const across = triangleTaps(from.width, to.width, 16);
  const down = triangleTaps(from.height, to.height, 16);

  /** Source rows resized across, each kept as long as an output row may need it. */
  const lines = Array.from({ length: down.stride }, () => ({ row: -1, values: new Float32Array(lineLength) }));
  const lineOf = (row: number): Float32Array => {
    const line = lines[row % lines.length]!;
    if (line.row !== row) {
      resizeAcross(probabilities, row * from.width * classes, across, classes, line.values);
      line.row = row;
    }
    return line.values;
  };

  const band = new Float32Array(bandRows * lineLength);
  for (let top = 0; top < to.height; top += bandRows) {
    const rows = Math.min(bandRows, to.height - top);
    band.fill(0);
    for (let y = top; y < top + rows; y++) {
      const target = band.subarray((y - top) * lineLength, (y - top + 1) * lineLength);
      for (let tap = 0; tap < down.count[y]!; tap++) {
        const weight = down.weights[y * down.stride + tap]!;
        if (weight === 0) continue;
        const line = lineOf(down.first[y]! + tap);
        for (let at = 0; at < lineLength; at++) target[at]! += weight * line[at]!;
      }
    }
    yield { top, rows, values: band.subarray(0, rows * lineLength) };
  }
}

function resizeAcross(
  source: Float32Array,
  offset: number,
  { first, count, weights, stride }: ReturnType<typeof triangleTaps>,
  classes: number,
  target: Float32Array,
): void {
  for (let x = 0; x < first.length; x++) {
    for (let index = 0; index < classes; index++) {
      let sum = 0;
      let at = offset + first[x]! * classes + index;
      for (let tap = 0; tap < count[x]!; tap++, at += classes) sum += source[at]! * weights[x * stride + tap]!;
      target[x * classes + index] = sum;
    }
  }
}

/**
 * The label map at the image's size: for one class where the probability is at least 0.5, for several the largest of
 * theirs and the background's.
 * @param probabilities (from.height, from.width, K)
 * @param options.rule 'sigmoid' where several classes have a probability each of their own
 * @param options.onBand takes the resized probabilities, band by band from top to bottom; the next is made when it is done
 * @returns class indices (to.height, to.width), 0..K
 */
export async function labelsFromProbabilities(
  probabilities: Float32Array,
  from: MapSize,
  to: MapSize,
  classes: number,
  options: {
    readonly rule?: DecisionRule | undefined;
    readonly onBand?: ((band: ProbabilityBand) => Promise<void>) | undefined;
  } = {},
  work: LongWork = {},
): Promise<Uint8Array> {
  const rule = options.rule ?? 'softmax';
  const labels = new Uint8Array(to.width * to.height);
  for (const band of probabilityBands(probabilities, from, to, classes)) {
    work.signal?.throwIfAborted();
    decideBand(band.values, labels.subarray(band.top * to.width), classes, rule);
    await options.onBand?.(band);
    await breathe();
  }
  return labels;
}

/** @param values (P, K) @param labels (P), written */
function decideBand(values: Float32Array, labels: Uint8Array, classes: number, rule: DecisionRule): void {
  if (classes === 1) {
    // What `decideLabel` says of one class, by either rule.
    for (let at = 0; at < values.length; at++) labels[at] = values[at]! >= 0.5 ? 1 : 0;
    return;
  }
  for (let value = 0, at = 0; value < values.length; value += classes) {
    labels[at++] = decideLabel(values, value, classes, rule);
  }
}
