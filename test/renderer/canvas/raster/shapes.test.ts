/** Brush, polygon, rectangle and ellipse against their definitions, pixel by pixel, on random input. */
import { describe, expect, test } from 'vitest';
import { Random } from '../../../../engine/random.ts';
import type { Point } from '../../../../renderer/canvas/geometry.ts';
import { capsule } from '../../../../renderer/canvas/raster/capsule.ts';
import type { Disc } from '../../../../renderer/canvas/raster/capsule.ts';
import { ellipse } from '../../../../renderer/canvas/raster/ellipse.ts';
import { polygon } from '../../../../renderer/canvas/raster/polygon.ts';
import { rectangle } from '../../../../renderer/canvas/raster/rectangle.ts';
import { covered, expected, picture, timesCovered } from './covered.ts';

const size = { width: 37, height: 29 };
const bounds = { left: 3, top: 2, right: 33, bottom: 27 };

/** Half of the numbers are on the half-pixel grid, where centers and edges meet exactly. */
function coordinate(random: Random, low: number, high: number): number {
  const value = low + random.uniform() * (high - low);
  return random.integer(2) === 0 ? value : Math.round(value * 2) / 2;
}

function point(random: Random): Point {
  return { x: coordinate(random, -8, size.width + 8), y: coordinate(random, -8, size.height + 8) };
}

function within(x: number, y: number): boolean {
  return x >= bounds.left && x < bounds.right && y >= bounds.top && y < bounds.bottom;
}

describe('a brush stroke', () => {
  const disc = (random: Random): Disc => ({ ...point(random), radius: coordinate(random, 0, random.integer(14)) });
  const holds = ({ x, y }: Disc, px: number, py: number): boolean => Math.floor(x) === px && Math.floor(y) === py;

  /** Is there a disc on the way that holds the point? The distance minus the radius, looked at in many places. */
  function clearlyInside(x: number, y: number, a: Disc, b: Disc): boolean | undefined {
    let least = Infinity;
    for (let i = 0; i <= 2000; i++) {
      const t = i / 2000;
      const away = Math.hypot(x - a.x - t * (b.x - a.x), y - a.y - t * (b.y - a.y));
      least = Math.min(least, away - a.radius - t * (b.radius - a.radius));
    }
    // Too near to the edge for a search by steps to say.
    return Math.abs(least) < 1e-3 ? undefined : least < 0;
  }

  test('covers the union of all discs on its way, for any two ends and radii', () => {
    const random = new Random(1);
    for (let round = 0; round < 60; round++) {
      const a = disc(random);
      const b = disc(random);
      const got = covered(size, (emit) => capsule(a, b, bounds, emit), bounds);
      const should = expected(size, (x, y) => {
        if (!within(x, y)) return false;
        if (holds(a, x, y) && a.radius <= Math.SQRT1_2) return true;
        if (holds(b, x, y) && b.radius <= Math.SQRT1_2) return true;
        return clearlyInside(x + 0.5, y + 0.5, a, b) ?? got[y * size.width + x] === 1;
      });
      expect(picture(size, got), JSON.stringify({ a, b })).toBe(picture(size, should));
    }
  });

  test('as a dab covers exactly the pixels whose center is within the radius', () => {
    const random = new Random(2);
    for (let round = 0; round < 1500; round++) {
      const a = disc(random);
      const got = covered(size, (emit) => capsule(a, a, bounds, emit), bounds);
      const should = expected(size, (x, y) => {
        const inside = (x + 0.5 - a.x) ** 2 + (y + 0.5 - a.y) ** 2 <= a.radius ** 2;
        return within(x, y) && (inside || (holds(a, x, y) && a.radius <= Math.SQRT1_2));
      });
      expect(picture(size, got), JSON.stringify(a)).toBe(picture(size, should));
    }
  });

  test('is the same drawn backwards', () => {
    const random = new Random(3);
    for (let round = 0; round < 400; round++) {
      const [a, b] = [disc(random), disc(random)];
      const there = covered(size, (emit) => capsule(a, b, bounds, emit), bounds);
      const back = covered(size, (emit) => capsule(b, a, bounds, emit), bounds);
      expect(picture(size, there)).toBe(picture(size, back));
    }
  });

  test('of one pixel in width is a line without gaps, at every angle', () => {
    const random = new Random(4);
    for (let round = 0; round < 400; round++) {
      const a = { x: 2 + random.uniform() * 33, y: 2 + random.uniform() * 25, radius: 0.5 };
      const b = { x: 2 + random.uniform() * 33, y: 2 + random.uniform() * 25, radius: 0.5 };
      const all = { left: 0, top: 0, right: size.width, bottom: size.height };
      const line = covered(size, (emit) => capsule(a, b, all, emit));
      // Walk from the pixel of one end to that of the other by eight neighbors.
      const start = Math.floor(a.y) * size.width + Math.floor(a.x);
      const seen = new Set([start]);
      for (const at of seen) {
        for (const step of [-1, 1, -size.width, size.width].flatMap((s) => [s, s - 1, s + 1])) {
          if (line[at + step] === 1) seen.add(at + step);
        }
      }
      expect(seen.has(Math.floor(b.y) * size.width + Math.floor(b.x)), JSON.stringify({ a, b })).toBe(true);
    }
  });

  test('paints the pixel under the pointer however small the brush is', () => {
    const tiny = { x: 10.02, y: 7.97, radius: 0 };
    const got = covered(size, (emit) => capsule(tiny, tiny, bounds, emit), bounds);
    expect(picture(size, got)).toBe(
      picture(
        size,
        expected(size, (x, y) => x === 10 && y === 7),
      ),
    );
  });
});

describe('a polygon', () => {
  /** How many edges cross the center's row at or left of it: odd is inside. */
  function inside(points: readonly Point[], x: number, y: number): boolean {
    let crossings = 0;
    points.forEach((from, i) => {
      const to = points[(i + 1) % points.length]!;
      const [upper, lower] = from.y < to.y ? [from, to] : [to, from];
      if (upper.y > y || lower.y <= y) return;
      if (upper.x + ((y - upper.y) / (lower.y - upper.y)) * (lower.x - upper.x) <= x) crossings++;
    });
    return crossings % 2 === 1;
  }

  test('covers what the even-odd rule says at each center, once, however it crosses itself', () => {
    const random = new Random(5);
    for (let round = 0; round < 600; round++) {
      const points = Array.from({ length: random.integer(12) }, () => point(random));
      const got = timesCovered(size, (emit) => polygon(points, bounds, emit), bounds);
      const should = expected(size, (x, y) => within(x, y) && inside(points, x + 0.5, y + 0.5));
      expect(picture(size, got), JSON.stringify(points)).toBe(picture(size, should));
    }
  });

  test('and its neighbor share no pixel and leave none out along their common edge', () => {
    const random = new Random(6);
    for (let round = 0; round < 300; round++) {
      const corners = [
        { x: 0, y: 0 },
        { x: size.width, y: 0 },
        { x: size.width, y: size.height },
        { x: 0, y: size.height },
      ];
      const middle = { x: coordinate(random, 1, size.width - 1), y: coordinate(random, 1, size.height - 1) };
      const times = timesCovered(
        size,
        (emit) => {
          corners.forEach((corner, i) => polygon([corner, corners[(i + 1) % 4]!, middle], bounds, emit));
        },
        bounds,
      );
      expect(picture(size, times)).toBe(picture(size, expected(size, within)));
    }
  });
});

test('a rectangle covers the pixels whose center lies between its sides', () => {
  const random = new Random(7);
  for (let round = 0; round < 600; round++) {
    const [a, b] = [point(random), point(random)];
    const got = timesCovered(size, (emit) => rectangle(a, b, bounds, emit), bounds);
    const should = expected(size, (x, y) => {
      const across = Math.min(a.x, b.x) <= x + 0.5 && x + 0.5 < Math.max(a.x, b.x);
      return within(x, y) && across && Math.min(a.y, b.y) <= y + 0.5 && y + 0.5 < Math.max(a.y, b.y);
    });
    expect(picture(size, got), JSON.stringify({ a, b })).toBe(picture(size, should));
  }
});

test('an ellipse covers the pixels whose center is within it', () => {
  const random = new Random(8);
  for (let round = 0; round < 1000; round++) {
    const a = point(random);
    const b = round % 3 === 0 ? { x: a.x + random.uniform() * 3, y: a.y + random.uniform() * 3 } : point(random);
    const got = timesCovered(size, (emit) => ellipse(a, b, bounds, emit), bounds);
    const should = expected(size, (x, y) => {
      const [rx, ry] = [Math.abs(b.x - a.x) / 2, Math.abs(b.y - a.y) / 2];
      if (rx === 0 || ry === 0) return false;
      const u = (x + 0.5 - (a.x + b.x) / 2) / rx;
      const v = (y + 0.5 - (a.y + b.y) / 2) / ry;
      return within(x, y) && u * u + v * v <= 1;
    });
    expect(picture(size, got), JSON.stringify({ a, b })).toBe(picture(size, should));
  }
});
