/** The 95 % Hausdorff distance against SciPy, MedPy and brute force; exact distances against brute force. */
import { describe, expect, it } from 'vitest';
import { Random } from '../../../engine/random.ts';
import { distancesTo } from '../../../engine/train/metrics/distance-transform.ts';
import { hausdorffDistance, percentile } from '../../../engine/train/metrics/hausdorff.ts';

type Ellipse = readonly [x: number, y: number, radiusX: number, radiusY: number];

function ellipses(width: number, height: number, list: readonly Ellipse[]): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, at) => {
    const [x, y] = [at % width, Math.floor(at / width)];
    return list.some(([cx, cy, rx, ry]) => ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1) ? 1 : 0;
  });
}

/**
 * Made with SciPy 1.17.1: outlines as mask XOR binary_erosion(mask, 4-neighborhood), distances by
 * distance_transform_edt, numpy.percentile(…, 95) in each direction, the larger one.
 */
const measured: readonly (readonly [string, number, number, Ellipse[], Ellipse[], number])[] = [
  ['two ellipses', 64, 48, [[30, 20, 12, 9]], [[34, 25, 10, 11]], 7.228354385516113],
  ['masks at the image edge', 40, 40, [[0, 5, 14, 10]], [[4, 0, 9, 12]], 2.931370849898475],
  [
    'a far island',
    200,
    120,
    [
      [50, 60, 30, 25],
      [180, 20, 4, 4],
    ],
    [[52, 61, 30, 24]],
    105.31912518634684,
  ],
  [
    'several parts each',
    150,
    90,
    [
      [30, 30, 8, 8],
      [100, 60, 20, 10],
    ],
    [
      [32, 28, 9, 6],
      [110, 55, 15, 15],
      [140, 80, 5, 5],
    ],
    30.011119980792397,
  ],
  ['single pixels', 30, 20, [[3, 4, 0.5, 0.5]], [[20, 15, 0.5, 0.5]], 20.248456731316587],
  ['the whole image against a part', 25, 30, [[12, 15, 100, 100]], [[12, 15, 6, 6]], 12.727922061357855],
];

describe('the 95 % Hausdorff distance', () => {
  it.each(measured)('of %s is that of SciPy', (_, width, height, predicted, truth, larger) => {
    const [p, t] = [ellipses(width, height, predicted), ellipses(width, height, truth)];
    const found = hausdorffDistance(p, t, { width, height });
    expect(found).toBeCloseTo(larger, 12);
    expect(hausdorffDistance(t, p, { width, height })).toBe(found);
  });

  it('is 0 for equal masks and undefined when one or both are empty', () => {
    const mask = ellipses(30, 20, [[10, 10, 5, 4]]);
    const none = new Uint8Array(600);
    const size = { width: 30, height: 20 };
    expect(hausdorffDistance(mask, mask, size)).toBe(0);
    expect(hausdorffDistance(none, mask, size)).toBeUndefined();
    expect(hausdorffDistance(mask, none, size)).toBeUndefined();
    expect(hausdorffDistance(none, none, size)).toBeUndefined();
  });

  it('of one class does not see the others', () => {
    const size = { width: 40, height: 30 };
    const [p, t] = [ellipses(40, 30, [[12, 12, 6, 5]]), ellipses(40, 30, [[15, 13, 6, 5]])];
    const other = ellipses(40, 30, [[30, 22, 5, 5]]);
    const mixed = (map: Uint8Array): Uint8Array => map.map((value, at) => (value === 1 ? 2 : other[at]!));
    expect(hausdorffDistance(mixed(p), mixed(t), size, 2)).toBe(hausdorffDistance(p, t, size));
    expect(hausdorffDistance(mixed(p), mixed(t), size, 1)).toBe(0);
  });

  it('takes no outline from pixels that are unlabelled or from their border', () => {
    const size = { width: 40, height: 30 };
    const truth = ellipses(40, 30, [[15, 15, 8, 8]]).map((value, at) => (at % 40 > 15 ? 255 : value));
    const predicted = ellipses(40, 30, [
      [15, 15, 8, 8],
      [35, 5, 3, 3],
    ]);
    expect(hausdorffDistance(predicted, truth, size)).toBe(0);
    expect(hausdorffDistance(predicted, new Uint8Array(1200).fill(255), size)).toBeUndefined();
  });
});

describe('distances to the nearest marked pixel', () => {
  it('are exact, on planes of any shape and density', () => {
    const random = new Random(4);
    for (const [width, height, density] of [
      [17, 23, 0.1],
      [40, 3, 0.05],
      [1, 30, 0.2],
      [30, 1, 0.2],
      [25, 25, 0.004],
      [12, 12, 0.9],
    ] as const) {
      const marked = Uint8Array.from({ length: width * height }, () => (random.uniform() < density ? 1 : 0));
      marked[random.integer(marked.length)] = 1;
      const wanted = Uint8Array.from(marked, () => (random.uniform() < 0.7 ? 1 : 0));
      const expected = [...wanted.keys()]
        .filter((at) => wanted[at] === 1)
        .map((at) =>
          Math.min(
            ...[...marked.keys()]
              .filter((other) => marked[other] === 1)
              .map((other) =>
                Math.hypot((at % width) - (other % width), Math.floor(at / width) - Math.floor(other / width)),
              ),
          ),
        );
      const found = distancesTo(marked, { width, height }, wanted);
      expect(found).toHaveLength(expected.length);
      expected.forEach((distance, at) => expect(found[at]).toBeCloseTo(distance, 12));
    }
  });
});

describe('a percentile', () => {
  it('is interpolated linearly, as NumPy does', () => {
    expect(percentile(Float64Array.of(1, 2, 3, 10), 95)).toBeCloseTo(8.95, 12);
    expect(percentile(Float64Array.of(7), 95)).toBe(7);
  });
});
