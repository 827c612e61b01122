/** Probability maps brought to the image's size and decided: against OpenCV and PIL, in bands, with several classes. */
import { describe, expect, it } from 'vitest';
import { labelsFromProbabilities, probabilityBands } from '../../engine/infer/resize-probabilities.ts';
import type { MapSize } from '../../engine/infer/resize-probabilities.ts';
import { Random } from '../../engine/random.ts';

const size = (width: number, height: number): MapSize => ({ width, height });

function resized(source: Float32Array, from: MapSize, to: MapSize, classes = 1): Float32Array {
  const result = new Float32Array(to.width * to.height * classes);
  for (const { top, values } of probabilityBands(source, from, to, classes)) {
    result.set(values, top * to.width * classes);
  }
  return result;
}

/** ((7 x + 13 y) mod 11) / 10. */
const pattern = ({ width, height }: MapSize): Float32Array =>
  Float32Array.from(
    { length: width * height },
    (_, at) => (((at % width) * 7 + Math.floor(at / width) * 13) % 11) / 10,
  );

function expectClose(found: Float32Array, expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  expected.forEach((value, at) => expect(found[at]).toBeCloseTo(value, 5));
}

describe('resizing a probability map', () => {
  it('enlarges as OpenCV and PIL do', () => {
    // cv2.resize(map, (7, 5), interpolation=cv2.INTER_LINEAR) of OpenCV 5.0.0; Pillow 13.0.0 gives the same.
    const expected = [
      0.0, 0.1, 0.4, 0.7, 0.528571, 0.357143, 0.3, 0.14, 0.24, 0.54, 0.84, 0.668571, 0.497143, 0.44, 0.3, 0.321429,
      0.385714, 0.45, 0.514286, 0.578571, 0.6, 0.46, 0.402857, 0.231429, 0.06, 0.36, 0.66, 0.76, 0.6, 0.542857,
      0.371429, 0.2, 0.5, 0.8, 0.9,
    ];
    expectClose(resized(pattern(size(3, 4)), size(3, 4), size(7, 5)), expected);
  });

  it('shrinks antialiased, as PIL does', () => {
    // Image.fromarray(map).resize((4, 3), Image.BILINEAR) of Pillow 13.0.0, mode F.
    const expected = [
      0.430408, 0.543902, 0.481533, 0.461429, 0.451597, 0.492252, 0.541033, 0.454622, 0.551224, 0.454355, 0.533798,
      0.447551,
    ];
    expectClose(resized(pattern(size(9, 7)), size(9, 7), size(4, 3)), expected);
  });

  it('leaves a map of the same size alone, and treats classes apart', () => {
    const random = new Random(1);
    const source = Float32Array.from({ length: 12 * 10 * 3 }, () => random.uniform());
    expect(resized(source, size(12, 10), size(12, 10), 3)).toEqual(source);
    const one = (index: number): Float32Array => source.filter((_, at) => at % 3 === index);
    const all = resized(source, size(12, 10), size(31, 7), 3);
    for (const index of [0, 1, 2]) {
      expect(all.filter((_, at) => at % 3 === index)).toEqual(resized(one(index), size(12, 10), size(31, 7)));
    }
  });

  it('interpolates across the borders of its bands as anywhere', () => {
    const [from, to] = [size(32, 32), size(3000, 1000)];
    const source = pattern(from);
    const bands = [...probabilityBands(source, from, to, 1)].map(({ top, rows }) => [top, rows] as const);
    expect(bands.length).toBeGreaterThan(2);
    expect(bands.reduce((next, [top, rows]) => (top === next ? next + rows : NaN), 0)).toBe(1000);
    const found = resized(source, from, to);
    const near = (out: number, scale: number, last: number): { low: number; high: number; part: number } => {
      const at = Math.min(last, Math.max(0, (out + 0.5) * scale - 0.5));
      return { low: Math.floor(at), high: Math.min(last, Math.floor(at) + 1), part: at - Math.floor(at) };
    };
    for (let at = 0; at < found.length; at += 997) {
      const x = near(at % 3000, 32 / 3000, 31);
      const y = near(Math.floor(at / 3000), 32 / 1000, 31);
      const row = (line: number): number =>
        source[line * 32 + x.low]! * (1 - x.part) + source[line * 32 + x.high]! * x.part;
      expect(Math.abs(found[at]! - (row(y.low) * (1 - y.part) + row(y.high) * y.part))).toBeLessThan(1e-5);
    }
  });
});

describe('labels from probabilities', () => {
  it('are 1 from one half on', async () => {
    const labels = await labelsFromProbabilities(Float32Array.of(0.5, 0.499, 1, 0), size(2, 2), size(2, 2), 1);
    expect([...labels]).toEqual([1, 0, 1, 0]);
  });

  it('are decided after resizing, so that outlines are finer than the map', async () => {
    const labels = await labelsFromProbabilities(Float32Array.of(0, 1), size(2, 1), size(8, 1), 1);
    expect([...labels]).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    const shifted = await labelsFromProbabilities(Float32Array.of(0.3, 1), size(2, 1), size(8, 1), 1);
    expect([...shifted]).toEqual([0, 0, 0, 1, 1, 1, 1, 1]);
  });

  it('of several classes are the largest, background included', async () => {
    const probabilities = Float32Array.of(0.4, 0.35, 0.3, 0.2, 0.1, 0.8, 0.25, 0.25);
    const decide = async (rule: 'softmax' | 'sigmoid'): Promise<number[]> => [
      ...(await labelsFromProbabilities(probabilities, size(4, 1), size(4, 1), 2, { rule })),
    ];
    expect(await decide('softmax')).toEqual([1, 0, 2, 0]);
    expect(await decide('sigmoid')).toEqual([0, 0, 2, 0]);
  });

  it('come with the resized probabilities, in order, and stop when told to', async () => {
    const source = pattern(size(16, 16));
    const to = size(2100, 1100);
    const seen: number[] = [];
    await labelsFromProbabilities(source, size(16, 16), to, 1, {
      onBand: async ({ top, rows, values }) => {
        expect(values).toHaveLength(rows * to.width);
        seen.push(top);
      },
    });
    expect(seen.length).toBeGreaterThan(1);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    const stop = new AbortController();
    const stopped = labelsFromProbabilities(
      source,
      size(16, 16),
      to,
      1,
      { onBand: async () => stop.abort() },
      { signal: stop.signal },
    );
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
  });
});
