/**
 * Draws how a training sample is turned, and puts it as one affine map for the program's first operation. Moves no pixel.
 * Convention: as the reference: turned by k·90° and flipped, then rotated by 20 to 79 whole degrees, which is numpy's
 * rot90, then flip, then scipy.ndimage.rotate(order=0, reshape=False). The first two only exchange pixels, so that reading
 * the nearest pixel once through the composed map gives what the reference's two passes give.
 */
import type { Random } from '../random.ts';
import type { AugmentationSettings } from '../contract/training-settings.ts';

export interface Augmentation {
  /** numpy.rot90(k), then numpy.flip along the axis. */
  readonly turn: { readonly quarters: 0 | 1 | 2 | 3; readonly flipAxis: 0 | 1 } | undefined;
  /** 0: not rotated. */
  readonly degrees: number;
}

/** Output (column, row) reads the source at (a·column + b·row + c, d·column + e·row + f). */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

export const unmoved: Augmentation = { turn: undefined, degrees: 0 };

const smallestDegrees = 20;
const degreesRange = 60;

/** @param square whether quarter turns fit; when not, only half turns are drawn */
export function drawAugmentation(random: Random, settings: AugmentationSettings, square: boolean): Augmentation {
  if (!settings.enabled) return unmoved;
  const turned = random.uniform() < settings.turnProbability;
  const quarters = square ? random.integer(4) : 2 * random.integer(2);
  const flipAxis = random.integer(2);
  const rotated = random.uniform() < settings.rotationProbability;
  const degrees = smallestDegrees + random.integer(degreesRange);
  return {
    turn: turned ? { quarters: quarters as 0 | 1 | 2 | 3, flipAxis: flipAxis as 0 | 1 } : undefined,
    degrees: rotated ? degrees : 0,
  };
}

/** `second` after `first`, both from output to source: where the first one reads, the second one is asked. */
function through(first: Affine, second: Affine): Affine {
  const [a, b, c, d, e, f] = first;
  const [p, q, r, s, t, u] = second;
  return [p * a + q * d, p * b + q * e, p * c + q * f + r, s * a + t * d, s * b + t * e, s * c + t * f + u];
}

function rotation(degrees: number, width: number, height: number): Affine {
  if (degrees === 0) return [1, 0, 0, 0, 1, 0];
  const cos = Math.cos((degrees * Math.PI) / 180);
  const sin = Math.sin((degrees * Math.PI) / 180);
  const x = (width - 1) / 2;
  const y = (height - 1) / 2;
  return [cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y];
}

function flip(axis: 0 | 1, width: number, height: number): Affine {
  return axis === 0 ? [1, 0, 0, 0, -1, height - 1] : [-1, 0, width - 1, 0, 1, 0];
}

function quarterTurns(quarters: 0 | 1 | 2 | 3, width: number, height: number): Affine {
  switch (quarters) {
    case 0:
      return [1, 0, 0, 0, 1, 0];
    case 1:
      return [0, -1, width - 1, 1, 0, 0];
    case 2:
      return [-1, 0, width - 1, 0, -1, height - 1];
    case 3:
      return [0, 1, 0, -1, 0, height - 1];
  }
}

/** The map of a placement (program/operations/sample-placement). Odd quarter turns need a square sample. */
export function augmentationMap({ turn, degrees }: Augmentation, width: number, height: number): Affine {
  const rotated = rotation(degrees, width, height);
  if (turn === undefined) return rotated;
  if (turn.quarters % 2 === 1 && width !== height) throw new RangeError('only a square sample takes a quarter turn');
  return through(through(rotated, flip(turn.flipAxis, width, height)), quarterTurns(turn.quarters, width, height));
}
