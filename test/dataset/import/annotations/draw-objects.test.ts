import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Outline } from '../../../../engine/dataset/import/annotations/annotation-file.ts';
import { drawObjects } from '../../../../engine/dataset/import/annotations/draw-objects.ts';
import type { Drawing } from '../../../../engine/dataset/import/annotations/draw-objects.ts';
import { readLabelme } from '../../../../engine/dataset/import/annotations/labelme-file.ts';
import { fixture } from './annotation-fixtures.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

const drawn = async (outline: Outline, size: Size): Promise<Drawing> =>
  drawObjects([{ name: 'object 1', value: 1, outline }], size, 'as listed');

async function pixels(outline: Outline, size: Size): Promise<string> {
  const { labels, leftOut } = await drawn(outline, size);
  expect(leftOut).toEqual([]);
  return Buffer.from(labels).toString('hex');
}

const polygon = (...corners: number[]): Outline => ({ kind: 'polygons', parts: [corners] });

/** Rows of '.' and '1'. */
async function rows(outline: Outline, size: Size): Promise<string[]> {
  const { labels } = await drawn(outline, size);
  return Array.from({ length: size.height }, (_, y) =>
    [...labels.subarray(y * size.width, (y + 1) * size.width)].map((value) => (value === 0 ? '.' : value)).join(''),
  );
}

describe('a polygon', () => {
  it('covers the very pixels that pycocotools gives it, 60 of 60', async () => {
    const cases = JSON.parse(readFileSync(fixture('polygons.json'), 'utf8')) as {
      corners: number[];
      size: [number, number];
      counts: string;
    }[];
    expect(cases).toHaveLength(60);
    for (const { corners, size, counts } of cases) {
      const [height, width] = size;
      const ours = (await drawn(polygon(...corners), { width, height })).labels;
      const theirs = (await drawn({ kind: 'run-lengths', counts, width, height }, { width, height })).labels;
      expect([corners, Buffer.from(ours).toString('hex')]).toEqual([corners, Buffer.from(theirs).toString('hex')]);
    }
  });

  it('along the edges of pixels is these pixels, and one of several parts is all of them', async () => {
    const size = { width: 6, height: 4 };
    expect(await rows(polygon(1, 1, 4, 1, 4, 3, 1, 3), size)).toEqual(['......', '.111..', '.111..', '......']);
    const parts = [
      [0, 0, 2, 0, 2, 2, 0, 2],
      [1, 1, 6, 1, 6, 4, 1, 4],
    ];
    expect(await rows({ kind: 'polygons', parts }, size)).toEqual(['11....', '111111', '.11111', '.11111']);
  });

  it('with corners ten million pixels away is cut at the image, and costs no more than the image is wide', async () => {
    const far = 1e7;
    const size = { width: 300, height: 200 };
    const whole = await drawn(polygon(-far, -far, far, -far, far, far, -far, far), size);
    expect(whole.labels.every((value) => value === 1)).toBe(true);
    const half = await drawn(polygon(-far, -far, far, far, -far, far), size);
    expect(half.labels[199 * 300]).toBe(1);
    expect(half.labels[299]).toBe(0);
  });
});

describe('shapes of labelme', () => {
  it('cover what labelme gives them, but for pixels at the outline, and masks to the pixel', async () => {
    const size = { width: 50, height: 44 };
    const masks = JSON.parse(readFileSync(fixture('labelme-masks.json'), 'utf8')) as {
      label: string;
      counts: string;
    }[];
    const { images } = readLabelme(JSON.parse(readFileSync(fixture('labelme.json'), 'utf8')));
    const { objects = [], leftOut = [] } = images[0] ?? {};
    expect(leftOut.map(({ code }) => code)).toEqual(Array(3).fill('annotation-without-area'));
    expect(objects.map(({ label }) => label)).toEqual(masks.map(({ label }) => ({ className: label })));
    for (const [at, { outline }] of objects.entries()) {
      const ours = (await drawn(outline, size)).labels;
      const theirs = (await drawn({ kind: 'run-lengths', counts: masks[at]!.counts, ...size }, size)).labels;
      if (outline.kind === 'mask') expect([...ours]).toEqual([...theirs]);
      for (const [pixel, value] of ours.entries()) {
        if (value === theirs[pixel]) continue;
        const [x, y] = [pixel % 50, Math.floor(pixel / 50)];
        const around = [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => ours[(y + dy) * 50 + x + dx]));
        expect(around).toContain(1 - value);
      }
    }
  });

  it('that are circles hold the pixels whose middles they hold', async () => {
    const size = { width: 7, height: 6 };
    const circle = { kind: 'circle', x: 3.2, y: 2.5, radius: 2.1 } as const;
    const { labels } = await drawn(circle, size);
    const expected = Array.from({ length: 42 }, (_, at) =>
      Number(Math.hypot((at % 7) + 0.5 - 3.2, Math.floor(at / 7) + 0.5 - 2.5) <= 2.1),
    );
    expect([...labels]).toEqual(expected);
    expect((await drawn({ ...circle, radius: 1e7 }, size)).labels.every((value) => value === 1)).toBe(true);
  });

  it('that are masks may reach over the edge of the image, but must have the size of their place', async () => {
    const data = Buffer.from([0, 1, 1, 1, 1, 0]);
    const picture = (
      await sharp(data, { raw: { width: 3, height: 2, channels: 1 } })
        .png()
        .toBuffer()
    ).toString('base64');
    const size = { width: 4, height: 3 };
    const mask = { kind: 'mask', left: -1, top: 2, width: 3, height: 2, picture } as const;
    expect(await rows(mask, size)).toEqual(['....', '....', '11..']);
    const codes = async (outline: Outline): Promise<string[]> =>
      (await drawn(outline, size)).leftOut.map(({ code }) => code);
    expect(await codes({ ...mask, width: 2 })).toEqual(['annotation-size-mismatch']);
    expect(await codes({ ...mask, picture: 'bm8gcGljdHVyZQ==' })).toEqual(['annotation-mask-not-readable']);
  });
});

describe('run lengths', () => {
  const size = { width: 3, height: 4 };
  const of = (counts: string | readonly unknown[]): Outline => ({ kind: 'run-lengths', counts, ...size });
  const codes = async (counts: string | readonly unknown[]): Promise<string[]> =>
    (await drawn(of(counts), size)).leftOut.map(({ code }) => code);

  it('go down the columns, and what is missing at the end is outside', async () => {
    expect(await rows(of([2, 3, 1, 4]), size)).toEqual(['.11', '..1', '11.', '11.']);
    expect(await pixels(of([0, 12]), size)).toBe('01'.repeat(12));
  });

  it('that are negative, no numbers, beyond the image or no text of lengths are named', async () => {
    expect(await codes([2, -1])).toEqual(['annotation-run-lengths-wrong']);
    expect(await codes([2, 1.5])).toEqual(['annotation-run-lengths-wrong']);
    expect(await codes([2, '3'])).toEqual(['annotation-run-lengths-wrong']);
    expect(await codes([2, 11])).toEqual(['annotation-run-lengths-too-long']);
    expect(await codes([1e300, 1])).toEqual(['annotation-run-lengths-too-long']);
    expect(await codes('!!')).toEqual(['annotation-run-lengths-wrong']);
    expect(await codes('oooooooooooo0')).toEqual(['annotation-run-lengths-wrong']);
    expect(await codes('o')).toEqual(['annotation-run-lengths-wrong']);
    expect(await codes([12])).toEqual(['annotation-covers-nothing']);
  });

  it('of another image are named', async () => {
    const { leftOut } = await drawn({ kind: 'run-lengths', counts: [0, 6], width: 2, height: 3 }, size);
    expect(leftOut).toMatchObject([{ code: 'annotation-size-mismatch' }]);
  });
});

describe('objects on each other', () => {
  it('lie in the order of the list, or the smaller above the larger, and a broken one hides none', async () => {
    const objects = [
      { name: 'small', value: 1, outline: polygon(1, 0, 2, 0, 2, 1, 1, 1) },
      { name: 'broken', value: 3, outline: { kind: 'run-lengths', counts: [-4], width: 3, height: 1 } as const },
      { name: 'large', value: 2, outline: polygon(0, 0, 3, 0, 3, 1, 0, 1) },
    ];
    const size = { width: 3, height: 1 };
    const listed = await drawObjects(objects, size, 'as listed');
    expect([[...listed.labels], listed.drawn, listed.leftOut.length]).toEqual([[2, 2, 2], 2, 1]);
    expect([...(await drawObjects(objects, size, 'larger first')).labels]).toEqual([2, 1, 2]);
  });
});
