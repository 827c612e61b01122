import { describe, expect, it } from 'vitest';
import { findObjects } from '../../../engine/dataset/export/label-objects.ts';
import { traceOutlines } from '../../../engine/dataset/export/trace-outlines.ts';
import { fillOutlines, picture, randomLabels } from './objects.ts';

async function objectsOf(...rows: readonly string[]) {
  const { labels, size } = picture(...rows);
  return findObjects(labels, size);
}

/** What hangs together, found by flooding: an independent way. */
function flooded(labels: Uint8Array, width: number): Map<number, number[]> {
  const seen = new Uint8Array(labels.length);
  const found = new Map<number, number[]>();
  for (let start = 0; start < labels.length; start++) {
    if (seen[start] === 1 || labels[start] === 0 || labels[start] === 255) continue;
    const stack = [start];
    const pixels: number[] = [];
    seen[start] = 1;
    while (stack.length > 0) {
      const at = stack.pop()!;
      pixels.push(at);
      const x = at % width;
      for (const to of [x > 0 ? at - 1 : -1, x < width - 1 ? at + 1 : -1, at - width, at + width]) {
        if (to < 0 || to >= labels.length || seen[to] === 1 || labels[to] !== labels[start]) continue;
        seen[to] = 1;
        stack.push(to);
      }
    }
    found.set(
      start,
      pixels.sort((a, b) => a - b),
    );
  }
  return found;
}

describe('objects of a label map', () => {
  it('hang together over edges, not over corners, and never over two classes', async () => {
    const found = await objectsOf('11.2', '.1.2', '2.1.', '221?');
    const facts = found.map(({ classIndex, area, left, top, width, height }) => [
      classIndex,
      area,
      left,
      top,
      width,
      height,
    ]);
    expect(facts).toEqual([
      [1, 3, 0, 0, 2, 2],
      [2, 2, 3, 0, 1, 2],
      [2, 3, 0, 2, 2, 2],
      [1, 2, 2, 2, 1, 2],
    ]);
  });

  it('are one when their parts meet further down', async () => {
    expect((await objectsOf('1.1.1', '1.1.1', '11111')).map(({ area }) => area)).toEqual([11]);
    expect((await objectsOf('1...1', '1.1.1', '1.1.1', '111.1', '..111')).map(({ area }) => area)).toEqual([15]);
    expect(await objectsOf('...', '.?.')).toEqual([]);
  });

  it('are those that flooding finds, and their outlines enclose exactly their pixels', async () => {
    for (let seed = 0; seed < 40; seed++) {
      const [width, height] = [3 + (seed % 17), 2 + (seed % 13)];
      const labels = randomLabels(width, height, seed);
      const found = await findObjects(labels, { width, height });
      const wanted = flooded(labels, width);
      expect(found).toHaveLength(wanted.size);
      for (const object of found) {
        const first = object.runs[0]! * width + object.runs[1]!;
        const pixels = wanted.get(first)!;
        expect([object.area, object.classIndex]).toEqual([pixels.length, labels[first]]);
        const { outer, holes } = await traceOutlines(object);
        const plane = new Uint8Array(labels.length);
        fillOutlines(plane, width, [outer, ...holes], 1);
        expect([...plane.keys()].filter((at) => plane[at] === 1)).toEqual(pixels);
      }
    }
  });
});

describe('the outlines of an object', () => {
  it('begin with the outer one, clockwise on the screen, and go the other way around holes', async () => {
    const [ring] = await objectsOf('1111', '1.11', '1111');
    const { outer, holes } = await traceOutlines(ring!);
    expect(outer).toEqual([4, 0, 4, 3, 0, 3, 0, 0]);
    expect(holes).toEqual([[2, 2, 2, 1, 1, 1, 1, 2]]);
  });

  it('take what is open over a corner for no hole, and touch themselves there', async () => {
    const [open] = await objectsOf('1111', '1..1', '1.11', '11.1');
    const { outer, holes } = await traceOutlines(open!);
    expect(holes).toEqual([]);
    const corners = Array.from({ length: outer.length / 2 }, (_, at) => outer.slice(2 * at, 2 * at + 2).join());
    expect(corners.filter((corner) => corner === '2,3')).toHaveLength(2);
  });
});
