/** The WebGL view in Chromium: every pixel as its definition says. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath } from '../../fixtures/chromium.ts';
import { openCanvasPage } from './canvas-page.ts';
import type { CanvasPage } from './canvas-page.ts';
import type { Difference, SceneOptions } from './scene-options.ts';

const small = { width: 301, height: 203, viewport: { scale: 3.3, left: 11.37, top: -4.21 }, pixelRatio: 1 };
const plain: SceneOptions = { ...small, channels: 3, bits: 8, outlinesOnly: false };

const scenes: readonly (SceneOptions & { readonly name: string })[] = [
  { ...plain, name: 'RGB, 8 bits' },
  { ...plain, name: 'grey, 8 bits', channels: 1 },
  { ...plain, name: 'RGB, 16 bits', bits: 16 },
  { ...plain, name: 'grey, 16 bits', channels: 1, bits: 16 },
  { ...plain, name: 'outlines only', outlinesOnly: true },
  {
    ...plain,
    name: 'outlines only, enlarged much',
    outlinesOnly: true,
    viewport: { scale: 21.7, left: 100.3, top: 50.9 },
  },
  { ...plain, name: 'on a screen of 1.5 device pixels per CSS pixel', pixelRatio: 1.5, outlinesOnly: true },
  { ...plain, name: 'at 100 %', viewport: { scale: 1, left: 20, top: 30 } },
  {
    ...plain,
    name: 'in pages, at a seam',
    width: 8200,
    height: 40,
    channels: 1,
    viewport: { scale: 2.3, left: 2011.4, top: -7.7 },
  },
  {
    ...plain,
    name: 'in pages, outlines at a seam',
    width: 40,
    height: 8200,
    outlinesOnly: true,
    viewport: { scale: 1.1, left: -9.4, top: 4021.7 },
  },
  { ...plain, name: 'a proposal', layer: 'proposal' },
  { ...plain, name: 'a proposal, outlines only', layer: 'proposal', outlinesOnly: true },
  {
    ...plain,
    name: 'a proposal, outlines only, at 100 % from a whole pixel',
    layer: 'proposal',
    outlinesOnly: true,
    viewport: { scale: 1, left: 20, top: 30 },
  },
  { ...plain, name: 'a proposal over grey, 16 bits', layer: 'proposal', channels: 1, bits: 16, pixelRatio: 1.5 },
  { ...plain, name: 'confusion', layer: 'confusion' },
  { ...plain, name: 'confusion, outlines only', layer: 'confusion', outlinesOnly: true, pixelRatio: 2 },
  {
    ...plain,
    name: 'confusion in pages, at a seam',
    layer: 'confusion',
    width: 8200,
    height: 40,
    viewport: { scale: 2.3, left: 2011.4, top: -7.7 },
  },
  {
    ...plain,
    name: 'a proposal in pages, outlines at a seam',
    layer: 'proposal',
    width: 40,
    height: 8200,
    outlinesOnly: true,
    viewport: { scale: 1.1, left: -9.4, top: 4021.7 },
  },
];

describe.skipIf(chromiumPath === undefined)('the view in Chromium', () => {
  let canvas: CanvasPage;
  const ask: CanvasPage['ask'] = (check, ...args) => canvas.ask(check, ...args);
  const right = (difference: Difference): void => {
    expect(difference.inside).toBeGreaterThan(2000);
    expect(difference).toMatchObject({ wrong: 0, example: '' });
  };

  beforeAll(async () => {
    canvas = await openCanvasPage();
  });
  afterAll(async () => {
    await canvas.close();
  });

  test.for(scenes)(
    'draws every pixel as defined, as opened and after strokes: $name',
    async ({ name: _, ...options }) => {
      const differences = await ask<readonly Difference[]>('scene', options);
      expect(differences).toHaveLength(10);
      differences.forEach(right);
    },
  );

  test.for([plain, { ...plain, width: 8200, height: 40, viewport: { scale: 2.3, left: 2011.4, top: -7.7 } }])(
    'shows a layer that comes, one that takes its place, and none when it is gone: $width pixels wide',
    async (options) => {
      const differences = await ask<readonly Difference[]>('layers', options);
      expect(differences).toHaveLength(9);
      differences.forEach(right);
    },
  );

  test.for([
    plain,
    { ...plain, name: 'grey, 16 bits', channels: 1, bits: 16 },
    { ...plain, width: 8200, height: 40, viewport: { scale: 2.3, left: 2011.4, top: -7.7 } },
  ])('shows the rows that have come, and a sketch below them until they have: $width pixels wide', async (options) => {
    const differences = await ask<readonly Difference[]>('coming', options, 4);
    expect(differences).toHaveLength(4);
    // Pages are shown when they are whole, and until then the overview is, whose pixels are means.
    const exact = options.width > 8192 ? differences.slice(-1) : differences;
    exact.forEach(right);
  });

  test('comes back from a lost graphics context with what was painted meanwhile', async () => {
    const options = { ...plain, layer: 'confusion' };
    const [before, after] = await ask<readonly [Difference, Difference]>('lostContext', options);
    right(before);
    right(after);
  });

  test.for([8, 16] as const)('shows an image made much smaller in its mean color: %i bits', async (bits) => {
    const options = { ...plain, width: 1000, height: 800, bits, viewport: { scale: 0.15, left: -100, top: -100 } };
    const { shown, mean } = await ask<{ shown: number; mean: number }>('overview', options);
    expect(shown).toBeGreaterThan(150 * 120 * 0.95);
    expect(Math.abs(mean - 127.5)).toBeLessThan(3);
  });

  test('shows an image beyond the largest texture whole, a little in every frame', async () => {
    const options = { ...plain, width: 9000, height: 3000, viewport: { scale: 0.02, left: -1000, top: -1000 } };
    const { frames, shown, mean } = await ask<{ frames: number; shown: number; mean: number }>('overview', options);
    expect(frames).toBeGreaterThan(3);
    expect(shown).toBeGreaterThan(180 * 60 * 0.95);
    expect(Math.abs(mean - 127.5)).toBeLessThan(3);
  });
});
