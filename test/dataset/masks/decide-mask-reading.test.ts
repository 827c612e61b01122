import { describe, expect, it } from 'vitest';
import { decideMaskReading } from '../../../engine/dataset/masks/decide-mask-reading.ts';
import type { MaskPlane } from '../../../engine/dataset/masks/load-mask.ts';
import { applyReading } from '../../../engine/dataset/masks/mask-reading.ts';
import type { MaskInterpretation } from '../../../engine/dataset/masks/mask-reading.ts';
import type { ReadingRequest } from '../../../engine/dataset/masks/reading-decision.ts';
import { surveyMask } from '../../../engine/dataset/masks/survey-mask.ts';

const grey = (
  values: readonly number[],
  max = 255,
  more: { lossy?: boolean; fromAlpha?: boolean } = {},
): MaskPlane => ({
  kind: 'grey',
  width: values.length,
  height: 1,
  lossy: more.lossy ?? false,
  fromAlpha: more.fromAlpha ?? false,
  max,
  data: max > 255 ? Uint16Array.from(values) : Uint8Array.from(values),
});
const palette = (values: readonly number[], colors: readonly number[]): MaskPlane => ({
  kind: 'palette',
  width: values.length,
  height: 1,
  lossy: false,
  data: Uint8Array.from(values),
  palette: Uint8Array.from(colors.flatMap((color) => [color >> 16, (color >> 8) & 255, color & 255])),
});
const color = (colors: readonly number[], lossy = false): MaskPlane => ({
  kind: 'color',
  width: colors.length,
  height: 1,
  lossy,
  data: Uint8Array.from(colors.flatMap((value) => [value >> 16, (value >> 8) & 255, value & 255])),
});

/** Decides over all planes and reads each one. */
async function read(planes: readonly MaskPlane[], request: ReadingRequest = {}) {
  const surveys = await Promise.all(planes.map((plane, i) => surveyMask(`mask${i}.png`, plane)));
  const { reading, text, notes, choices } = decideMaskReading(surveys, request);
  const labels: number[][] = [];
  for (const [i, plane] of planes.entries()) labels.push([...(await applyReading(plane, reading, `mask${i}.png`))]);
  return { labels, text, notes, choices: choices.map(({ code }) => code), classes: reading.classes };
}

const BLACK = 0;
const WHITE = 0xffffff;
const RED = 0x800000;
const GREEN = 0x008000;
const VOID = 0xe0e0c0;
const soft = Array.from({ length: 256 }, (_, i) => i);
const edges = [
  ...new Array<number>(500).fill(0),
  ...new Array<number>(500).fill(255),
  ...soft.filter((v) => v % 8 === 3),
];

describe('masks of two values', () => {
  it.each([
    ['0/255', [0, 255, 0], 255],
    ['0/1', [0, 1, 0], 255],
    ['one bit', [0, 1, 0], 1],
    ['0/128', [0, 128, 0], 255],
    ['16 bits', [0, 65535, 0], 65535],
  ])('%s: what is not 0 is the class, with certainty', async (_, values, max) => {
    expect(await read([grey(values, max)])).toMatchObject({
      labels: [[0, 1, 0]],
      choices: [],
      classes: [{ name: 'object' }],
    });
  });

  it('may be 0/1 in one file, 0/255 in another and empty in a third', async () => {
    const { labels, choices } = await read([grey([0, 1]), grey([255, 0]), grey([0, 0]), grey([1, 0], 1)]);
    expect(labels).toEqual([
      [0, 1],
      [1, 0],
      [0, 0],
      [1, 0],
    ]);
    expect(choices).toEqual([]);
  });

  it('may all be empty, or all be full', async () => {
    expect((await read([grey([0, 0]), grey([0, 0])])).labels).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect((await read([grey([255, 255])])).labels).toEqual([[1, 1]]);
    expect((await read([color([WHITE, WHITE])])).labels).toEqual([[1, 1]]);
  });

  it('are turned round when asked', async () => {
    expect((await read([grey([0, 255])], { invert: true })).labels).toEqual([[1, 0]]);
    expect((await read([palette([0, 1], [BLACK, WHITE])], { invert: true })).labels).toEqual([[1, 0]]);
    await expect(read([grey([0, 1, 2])], { invert: true })).rejects.toMatchObject({ code: 'mask-invert-impossible' });
  });

  it('take the name of the class that exists', async () => {
    const existing = [{ name: 'nucleus', color: '#123456' }];
    expect((await read([grey([0, 1])], { existing })).classes).toMatchObject([{ name: 'nucleus' }]);
  });

  it('in the alpha channel are said to be there', async () => {
    expect((await read([grey([0, 255], 255, { fromAlpha: true })])).notes[0]?.message).toContain('alpha');
  });
});

describe('masks of class numbers', () => {
  it('have the value as the class, and as many classes as the largest value', async () => {
    const existing = ['wall', 'crack'].map((name) => ({ name, color: '#123456' }));
    const found = await read([grey([0, 1, 2]), grey([0, 4, 0])], { existing });
    expect(found.labels).toEqual([
      [0, 1, 2],
      [0, 4, 0],
    ]);
    expect(found.classes).toEqual([{ name: 'wall' }, { name: 'crack' }, { name: 'class 3' }, { name: 'class 4' }]);
    expect(found.choices).toEqual([]);
  });

  it('have 255 as unlabelled', async () => {
    const found = await read([grey([0, 1, 2, 255])]);
    expect(found.labels).toEqual([[0, 1, 2, 255]]);
    expect(found.notes[0]?.message).toContain('unlabeled');
  });

  it('leave a question when there is only 1 and 255', async () => {
    expect(await read([grey([0, 1, 255])])).toMatchObject({ labels: [[0, 1, 255]], choices: ['mask-255-unclear'] });
  });

  it('leave a question when there are very many', async () => {
    expect((await read([grey([0, 3, 20])])).choices).toEqual(['mask-many-classes']);
  });

  it('of objects, each with its own number, are one class, and leave a question', async () => {
    const many = Array.from({ length: 90 }, (_, i) => i);
    expect(await read([grey(many)])).toMatchObject({
      labels: [many.map((v) => Math.min(v, 1))],
      choices: ['mask-numbered-objects'],
    });
    expect((await read([grey([0, 40, 700, 1203], 65535)])).labels).toEqual([[0, 1, 1, 1]]);
  });
});

describe('masks with a palette', () => {
  it('have the number as the class and the color from the palette', async () => {
    const found = await read([palette([0, 1, 2, 255], [BLACK, RED, GREEN])]);
    expect(found.labels).toEqual([[0, 1, 2, 255]]);
    expect(found.classes).toEqual([
      { name: 'class 1', color: '#800000' },
      { name: 'class 2', color: '#008000' },
    ]);
    expect(found.notes[0]?.message).toContain('unlabeled');
  });

  it('of black and something have black as background, whichever number it has', async () => {
    expect((await read([palette([0, 1], [WHITE, BLACK])])).labels).toEqual([[1, 0]]);
    expect((await read([palette([0, 1], [BLACK, RED])])).labels).toEqual([[0, 1]]);
    expect((await read([palette([0, 253], [BLACK, ...new Array<number>(252).fill(1), WHITE])])).labels).toEqual([
      [0, 1],
    ]);
  });

  it('that differs from file to file go by color', async () => {
    const found = await read([palette([0, 1, 2], [BLACK, RED, GREEN]), palette([0, 1, 2], [GREEN, BLACK, RED])]);
    expect(found.labels).toEqual([
      [0, 2, 1],
      [1, 0, 2],
    ]);
    expect(found.text).toContain('palettes differ');
  });
});

describe('masks in colors', () => {
  it('have a class per color in a stable order, black as background', async () => {
    const found = await read([color([BLACK, RED]), color([GREEN, VOID])]);
    expect(found.labels).toEqual([
      [0, 2],
      [1, 3],
    ]);
    expect(found.classes).toMatchObject([{ color: '#008000' }, { color: '#800000' }, { color: '#e0e0c0' }]);
    expect(found.choices).toEqual([]);
  });

  it('keep the classes that the project has for their colors', async () => {
    const existing = [{ name: 'roof', color: '#800000' }];
    const found = await read([color([BLACK, RED, GREEN])], { existing });
    expect(found.labels).toEqual([[0, 1, 2]]);
    expect(found.classes).toEqual([
      { name: 'roof', color: '#800000' },
      { name: 'class 2', color: '#008000' },
    ]);
  });

  it('without black have the most frequent color as background, and leave a question', async () => {
    expect(await read([color([RED, RED, GREEN])])).toMatchObject({
      labels: [[0, 0, 1]],
      choices: ['mask-background-unclear'],
    });
  });

  it('may be among masks in grey', async () => {
    expect((await read([color([BLACK, RED, WHITE]), grey([0, 255])])).labels).toEqual([
      [0, 1, 2],
      [0, 2],
    ]);
  });

  it('that were saved as JPEG go by lightness, and leave a question', async () => {
    expect(await read([color([0x010000, 0xfffefe, 0x050403], true)])).toMatchObject({
      labels: [[0, 1, 0]],
      choices: ['mask-colors-unclear'],
    });
  });
});

describe('soft and noisy masks', () => {
  it('near black and white are cut at half, and it is said', async () => {
    const found = await read([grey(edges, 255, { lossy: true })]);
    expect(found.labels[0]).toEqual(edges.map((value) => Number(value >= 128)));
    expect(found.choices).toEqual([]);
    expect(found.notes[0]?.message).toContain('cut at half');
  });

  it('full of shares are cut at half, and leave a question', async () => {
    expect(await read([grey([...soft, 255])])).toMatchObject({ choices: ['mask-soft'] });
    expect((await read([grey([0, 127, 128, 255, 3, 60, 77, 90, 200, 240])])).labels).toEqual([
      [0, 0, 1, 1, 0, 0, 0, 0, 1, 1],
    ]);
  });

  it('of few greys have a class per grey, and leave a question', async () => {
    expect(await read([grey([0, 128, 255])])).toMatchObject({ labels: [[0, 1, 2]], choices: ['mask-grey-levels'] });
    expect(await read([grey([0, 1, 2, 3], 3)])).toMatchObject({ labels: [[0, 1, 2, 3]], choices: [] });
  });
});

describe('a reading that is asked for', () => {
  it.each([
    ['binary', [0, 1, 1, 1]],
    ['soft', [0, 0, 1, 1]],
    ['colours', [0, 1, 2, 3]],
  ] as const)('%s is taken without question', async (interpretation: MaskInterpretation, want) => {
    expect(await read([grey([0, 100, 200, 254])], { interpretation })).toMatchObject({ labels: [want], choices: [] });
  });

  it('index keeps 255 for unlabelled, and refuses values that cannot be classes', async () => {
    expect((await read([grey([0, 9, 255])], { interpretation: 'index' })).labels).toEqual([[0, 9, 255]]);
    await expect(read([color([RED])], { interpretation: 'index' })).rejects.toMatchObject({
      code: 'mask-value-unknown',
    });
    await expect(read([grey([0, 300], 65535)], { interpretation: 'index' })).rejects.toMatchObject({
      code: 'mask-value-unknown',
    });
  });

  it('colors refuses a photo', async () => {
    const photo = color(Array.from({ length: 2000 }, (_, i) => i * 97));
    await expect(read([photo], { interpretation: 'colours' })).rejects.toMatchObject({ code: 'mask-colors-too-many' });
  });
});
