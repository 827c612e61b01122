/** The whole canvas in Chromium, used by the real pointer and the real keys: what they do, and what is on the screen. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PaintSettings } from '../../../renderer/canvas/settings.ts';
import type { SelectableToolName } from '../../../renderer/canvas/tools/registry.ts';
import { chromiumPath } from '../../fixtures/chromium.ts';
import { openCanvasPage } from './canvas-page.ts';
import type { CanvasPage } from './canvas-page.ts';
import type { MountOptions, PageState } from './page-state.ts';

type At = readonly [number, number];

/** In the page: until it could have drawn so often. */
const twentyFrames = `new Promise((settle) => {
  let left = 20;
  const next = () => (left-- > 0 ? requestAnimationFrame(next) : settle());
  next();
})`;

/** A busy machine draws in software and takes its time; what is wrong stays wrong. */
const eventually = <T>(ask: () => T) => expect.poll(ask, { timeout: 20_000 });

describe.skipIf(chromiumPath === undefined)('the canvas in a page', () => {
  let canvas: CanvasPage;
  const state = (): Promise<PageState> => canvas.ask('state');
  const mount = (options: Partial<MountOptions> = {}): Promise<void> =>
    canvas.ask('mount', { width: 400, height: 300, ...options });
  const change = (settings: Partial<PaintSettings>, tool?: SelectableToolName): Promise<void> =>
    canvas.ask('change', settings, tool);
  const label = (x: number, y: number): Promise<number> => canvas.ask('label', x, y);
  /** In the middle of an image pixel. */
  const place = ([x, y]: At): Promise<{ readonly x: number; readonly y: number }> =>
    canvas.ask('place', x + 0.5, y + 0.5);
  const shown = async (at: At): Promise<readonly number[]> => {
    const { x, y } = await place(at);
    return canvas.colorAt(Math.floor(x), Math.floor(y));
  };
  const moveTo = async (at: At): Promise<void> => {
    const { x, y } = await place(at);
    await canvas.page.mouse.move(x, y, { steps: 4 });
  };
  const click = async (at: At): Promise<void> => {
    const { x, y } = await place(at);
    await canvas.page.mouse.click(x, y);
  };
  const drag = async (ways: readonly At[], button: 'left' | 'right' = 'left'): Promise<void> => {
    const [start, ...way] = ways;
    if (start !== undefined) await moveTo(start);
    await canvas.page.mouse.down({ button });
    for (const at of way) await moveTo(at);
    await canvas.page.mouse.up({ button });
  };

  beforeAll(async () => {
    canvas = await openCanvasPage();
  });
  afterAll(async () => {
    await canvas.close();
  });
  beforeEach(() => mount());

  test('is painted on by the real pointer, zoomed by the wheel, and draws nothing while nothing happens', async () => {
    const { page } = canvas;
    await page.mouse.move(300, 300);
    await page.mouse.down();
    await page.mouse.move(500, 300, { steps: 5 });
    const during = await state();
    expect(during.painted).toBeGreaterThan(1000);
    expect(during.cursor).toBe('none');
    await page.keyboard.press('Escape');
    await page.mouse.up();
    expect((await state()).painted).toBe(0);
    await page.mouse.wheel(0, -300);
    await eventually(async () => (await state()).scale).toBeGreaterThan(during.scale * 1.3);
    const drawnMeanwhile = async (): Promise<number> => {
      const before = (await state()).frames.length;
      await page.evaluate(twentyFrames);
      return (await state()).frames.length - before;
    };
    await eventually(drawnMeanwhile).toBe(0);
    const frames = (await state()).frames.length;
    expect(await drawnMeanwhile()).toBe(0);
    await page.mouse.move(400, 320);
    await eventually(async () => (await state()).frames.length).toBeGreaterThan(frames);
    await page.mouse.click(400, 320);
    await page.mouse.move(500, 320);
    // Half of the class's color over a black image.
    await eventually(() => canvas.colorAt(400, 320)).toEqual([115, 80, 0]);
  });

  test('tells of a frame how long the hand waited for it, and of a frame without a hand that there was none', async () => {
    await moveTo([200, 150]);
    await eventually(async () => (await state()).frames.some(({ waited }) => waited !== null)).toBe(true);
    for (const { milliseconds, waited } of (await state()).frames) {
      if (waited !== null) expect(waited).toBeGreaterThanOrEqual(milliseconds);
    }
    await canvas.ask('frameWithoutInput');
    await canvas.ask('frameWithoutInput');
    expect((await state()).frames.at(-1)?.waited).toBeNull();
  });

  test('dragging with the right button changes the contrast on the screen and no label', async () => {
    await mount({ halves: [60, 200] });
    await eventually(() => shown([300, 150])).toEqual([200, 200, 200]);
    const before = await state();
    await drag(
      [
        [200, 150],
        [200, 90],
      ],
      'right',
    );
    const { window, gestures } = await state();
    expect(window.low).toBeLessThan(before.window.low);
    // Upwards is brighter.
    await eventually(async () => (await shown([100, 150]))[0]).toBeGreaterThan(65);
    const value = (60 - window.low) / (window.high - window.low);
    expect(Math.abs((await shown([100, 150]))[0]! - value * 255)).toBeLessThanOrEqual(1);
    expect(gestures).toEqual([]);
    expect(await label(200, 120)).toBe(0);
  });

  test('the brush paints only inside the intensities that are set', async () => {
    await mount({ halves: [60, 200] });
    await change({ onlyInsideRange: { low: 100, high: 255 }, brushSize: 40 });
    await drag([
      [150, 150],
      [250, 150],
    ]);
    expect([await label(199, 150), await label(200, 150)]).toEqual([0, 1]);
    await moveTo([300, 250]);
    await eventually(() => shown([170, 150])).toEqual([60, 60, 60]);
    // #e69f00 with an opacity of 128 / 255 over 200.
    await eventually(() => shown([230, 150])).toEqual([215, 179, 100]);
  });

  test('a ring of the brush is filled in the same entry when that is set, and undone with it', async () => {
    await change({ fillHoles: true, brushSize: 20 });
    await drag([
      [100, 100],
      [200, 100],
      [200, 200],
      [100, 200],
      [100, 100],
    ]);
    await eventually(() => label(150, 150)).toBe(1);
    await eventually(async () => (await state()).gestures).toEqual(['brush']);
    await canvas.ask('undo');
    expect((await state()).painted).toBe(0);
  });

  test('points of a polygon are dragged, taken back by Backspace, and closed by a double click or Enter', async () => {
    await change({}, 'polygon');
    for (const at of [
      [100, 100],
      [200, 100],
      [200, 180],
      [100, 200],
      [60, 60],
    ] as const) {
      await click(at);
    }
    await canvas.page.keyboard.press('Backspace');
    await drag([
      [200, 180],
      [200, 200],
    ]);
    expect((await state()).painted).toBe(0);
    await canvas.page.keyboard.press('Enter');
    await eventually(async () => (await state()).gestures).toEqual(['polygon']);
    expect((await state()).painted).toBeGreaterThan(9500);
    expect((await state()).painted).toBeLessThan(10_500);
    expect([await label(190, 195), await label(95, 95)]).toEqual([1, 0]);
    for (const at of [
      [250, 50],
      [300, 50],
    ] as const) {
      await click(at);
    }
    const { x, y } = await place([300, 90]);
    await canvas.page.mouse.dblclick(x, y);
    await eventually(async () => (await state()).gestures).toEqual(['polygon', 'polygon']);
    expect(await label(290, 60)).toBe(1);
  });

  test('a proposal is striped over the image until it is taken by hand, and confusion shows what is right', async () => {
    const surround = [0, 0, 0];
    const orange = [230, 159, 0];
    await canvas.ask('setLayer', 'proposal', 1, 200);
    const row = async (): Promise<readonly (readonly number[])[]> => {
      const colors: (readonly number[])[] = [];
      for (let x = 80; x < 92; x++) colors.push(await shown([x, 150]));
      return colors;
    };
    await eventually(async () => (await row()).some((color) => color[0] === orange[0])).toBe(true);
    const striped = await row();
    expect(striped).toContainEqual(orange);
    expect(striped).toContainEqual(surround);
    expect(await shown([250, 150])).toEqual(surround);
    await canvas.ask('show', { hidden: true });
    await eventually(async () => new Set((await row()).flat()).size).toBe(1);
    await canvas.ask('show', { hidden: false, opacity: 1 });

    await change({ brushSize: 40 }, 'proposal-brush');
    await drag([
      [50, 50],
      [350, 50],
    ]);
    expect([await label(100, 50), await label(199, 50), await label(200, 50)]).toEqual([1, 1, 0]);
    await change({}, 'brush');
    await drag([
      [50, 250],
      [350, 250],
    ]);
    await canvas.ask('setLayer', 'confusion', 1, 200);
    await moveTo([390, 290]);
    await eventually(() => shown([100, 250])).toEqual([0, 158, 115]);
    expect(await shown([300, 250])).toEqual([86, 180, 233]);
    expect(await shown([100, 150])).toEqual([230, 159, 0]);
    expect(await shown([300, 150])).toEqual(surround);
    // It follows the strokes.
    await drag([
      [100, 150],
      [300, 150],
    ]);
    await moveTo([390, 290]);
    await eventually(() => shown([150, 150])).toEqual([0, 158, 115]);
    expect(await shown([280, 150])).toEqual([86, 180, 233]);
    await eventually(async () => (await state()).gestures).toEqual(['proposal-brush', 'brush', 'brush']);
  });

  test('a large image is filled while the wheel zooms, and all of it is on the screen in the end', async () => {
    await mount({ width: 3000, height: 3000 });
    await change({}, 'fill');
    const before = await state();
    await click([1500, 1500]);
    await canvas.page.mouse.wheel(0, -100);
    await eventually(async () => (await state()).scale).toBeGreaterThan(before.scale);
    await eventually(async () => (await state()).busy).toBe(false);
    const { painted, gestures } = await state();
    expect(painted).toBe(9_000_000);
    expect(gestures).toEqual(['fill']);
    await eventually(() => shown([1600, 1600])).toEqual([115, 80, 0]);
  });
});
