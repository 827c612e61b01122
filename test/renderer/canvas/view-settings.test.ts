/** What decides how things are seen: viewport, window and level, palette, brush size. */
import { describe, expect, test } from 'vitest';
import { Random } from '../../../engine/random.ts';
import { nextColor } from '../../../engine/store/class-palette.ts';
import { emptyImage, setRows } from '../../../renderer/canvas/image-pixels.ts';
import { confusableWith, leastDifference, paletteBytes } from '../../../renderer/canvas/palette.ts';
import { brushDiameter, defaultPaintSettings, lockedBrush, steppedBrush } from '../../../renderer/canvas/settings.ts';
import {
  actualSize,
  fit,
  imageToScreen,
  panBy,
  pinch,
  resized,
  screenToImage,
  visibleArea,
  wheelFactor,
  zoomAt,
} from '../../../renderer/canvas/viewport.ts';
import { automaticWindow, draggedWindow, windowed } from '../../../renderer/canvas/window-level.ts';

const image = { width: 4096, height: 3000 };
const screen = { width: 1000, height: 800, pixelRatio: 2 };

describe('the viewport', () => {
  test('keeps the image point under the pointer when zooming, and goes back and forth', () => {
    const random = new Random(1);
    let viewport = fit(image, screen);
    for (let i = 0; i < 200; i++) {
      const at = { x: 300 + random.uniform() * 400, y: 300 + random.uniform() * 200 };
      const before = screenToImage(viewport, at);
      const next = zoomAt(viewport, at, 0.7 + random.uniform() * 0.7, image, screen);
      const on = before.x > 0 && before.y > 0 && before.x < image.width && before.y < image.height;
      if (on) {
        expect(imageToScreen(next, before).x).toBeCloseTo(at.x, 6);
        expect(imageToScreen(next, before).y).toBeCloseTo(at.y, 6);
      }
      viewport = next;
    }
  });

  test('fits the whole image into the screen, in the middle', () => {
    const viewport = fit(image, screen);
    const [a, b] = [imageToScreen(viewport, { x: 0, y: 0 }), imageToScreen(viewport, { x: 4096, y: 3000 })];
    expect(a.x).toBeCloseTo(16);
    expect(b.x).toBeCloseTo(984);
    expect(a.y + b.y).toBeCloseTo(800);
    expect(a.y).toBeGreaterThan(16);
  });

  test('at 100 % shows one image pixel on one pixel of the device, and keeps the middle', () => {
    const from = zoomAt(fit(image, screen), { x: 500, y: 400 }, 7, image, screen);
    const middle = screenToImage(from, { x: 500, y: 400 });
    const viewport = actualSize(from, image, screen);
    expect(viewport.scale).toBe(0.5);
    expect(screenToImage(viewport, { x: 500, y: 400 }).x).toBeCloseTo(middle.x);
  });

  test('never loses the image and never zooms beyond its limits', () => {
    const random = new Random(2);
    let viewport = fit(image, screen);
    for (let i = 0; i < 500; i++) {
      viewport = panBy(viewport, random.normal() * 5000, random.normal() * 5000, image, screen);
      const at = { x: random.uniform() * 1000, y: random.uniform() * 800 };
      viewport = zoomAt(viewport, at, Math.exp(random.normal() * 3), image, screen);
      const shown = visibleArea(viewport, screen);
      expect(shown.left).toBeLessThan(image.width);
      expect(shown.right).toBeGreaterThan(0);
      expect(shown.top).toBeLessThan(image.height);
      expect(shown.bottom).toBeGreaterThan(0);
      expect(viewport.scale).toBeLessThanOrEqual(32);
      expect(viewport.scale * 4096).toBeGreaterThanOrEqual(31.9);
    }
  });

  test('follows two fingers: what lay under them stays under them', () => {
    const viewport = fit(image, screen);
    const before = [
      { x: 400, y: 400 },
      { x: 500, y: 400 },
    ] as const;
    const after = [
      { x: 350, y: 380 },
      { x: 550, y: 380 },
    ] as const;
    const next = pinch(viewport, before, after, image, screen);
    for (const i of [0, 1] as const) {
      const under = imageToScreen(next, screenToImage(viewport, before[i]));
      expect(under.x).toBeCloseTo(after[i].x);
      expect(under.y).toBeCloseTo(after[i].y);
    }
  });

  test('keeps its middle when the canvas gets another size', () => {
    const viewport = zoomAt(fit(image, screen), { x: 500, y: 400 }, 5, image, screen);
    const to = { width: 700, height: 900, pixelRatio: 1 };
    const next = resized(viewport, image, screen, to);
    expect(screenToImage(next, { x: 350, y: 450 }).x).toBeCloseTo(screenToImage(viewport, { x: 500, y: 400 }).x);
  });

  test('zooms by a wheel in pixels, lines and pinches in comparable steps, back and forth the same', () => {
    const notch = wheelFactor({ deltaY: -100, deltaMode: 0, ctrl: false });
    expect(notch).toBeGreaterThan(1.1);
    expect(notch).toBeLessThan(1.3);
    expect(notch * wheelFactor({ deltaY: 100, deltaMode: 0, ctrl: false })).toBeCloseTo(1);
    expect(wheelFactor({ deltaY: -3, deltaMode: 1, ctrl: false })).toBeCloseTo(notch, 1);
    expect(wheelFactor({ deltaY: -5, deltaMode: 0, ctrl: true })).toBeCloseTo(Math.exp(0.05));
    expect(wheelFactor({ deltaY: -1e9, deltaMode: 0, ctrl: false })).toBeLessThan(2);
  });
});

describe('window and level', () => {
  test('show below as black, above as white, and between in proportion', () => {
    expect([10, 50, 100, 150, 200].map((value) => windowed(value, { low: 50, high: 150 }))).toEqual([0, 0, 0.5, 1, 1]);
  });

  test('dragging to the right widens, upwards brightens, and neither ever inverts', () => {
    const start = { low: 50, high: 150 };
    const wider = draggedWindow(start, 100, 0, 255);
    expect(wider.high - wider.low).toBeCloseTo(151);
    expect(wider.high + wider.low).toBeCloseTo(200);
    expect(windowed(100, draggedWindow(start, 0, -50, 255))).toBeGreaterThan(0.5);
    const narrow = draggedWindow(start, -10_000, 0, 255);
    expect(narrow.high).toBeGreaterThan(narrow.low);
  });

  test('are found for a 16-bit image that uses little of its range, outliers aside', () => {
    const dark = emptyImage({ width: 300, height: 300 }, 1, 16);
    const values = Uint16Array.from(dark.data, (_, i) => 400 + (i % 100));
    values[5] = 65535;
    setRows(dark, 0, new Uint8Array(values.buffer));
    const { low, high } = automaticWindow(dark);
    expect(low).toBeGreaterThanOrEqual(399);
    expect(low).toBeLessThan(410);
    expect(high).toBeGreaterThan(490);
    expect(high).toBeLessThan(501);
    expect(automaticWindow(emptyImage({ width: 4, height: 4 }, 3, 8))).toEqual({ low: 0, high: 255 });
  });

  test('rows that do not fit the image are refused', () => {
    const small = emptyImage({ width: 4, height: 4 }, 3, 8);
    expect(() => setRows(small, 3, new Uint8Array(24))).toThrow(RangeError);
    expect(() => setRows(small, 0, new Uint8Array(13))).toThrow(RangeError);
  });
});

describe('the palette', () => {
  const classes = [
    { index: 1, color: '#e69f00' },
    { index: 2, color: '#56b4e9' },
  ];

  test('colors the classes it is given, and never background', () => {
    const bytes = paletteBytes([...classes, { index: 255, color: '#808080' }, { index: 0, color: '#ffffff' }], 0.5);
    expect([...bytes.subarray(0, 16)]).toEqual([0, 0, 0, 0, 0xe6, 0x9f, 0, 128, 0x56, 0xb4, 0xe9, 128, 0, 0, 0, 0]);
    expect([...bytes.subarray(255 * 4)]).toEqual([128, 128, 128, 128]);
    expect(paletteBytes(classes, 1)[255 * 4 + 3]).toBe(0);
    expect(() => paletteBytes([{ index: 1, color: 'red' }], 1)).toThrow('"red"');
  });

  test('the first seven colors of a project are told apart with and without full color vision', () => {
    const colors: string[] = [];
    for (let i = 0; i < 7; i++) colors.push(nextColor(colors));
    for (const color of colors) {
      expect(
        confusableWith(
          color,
          colors.filter((other) => other !== color),
        ),
      ).toBeUndefined();
    }
  });

  test('sees that red and green of one brightness are one color to many', () => {
    expect(confusableWith('#a05a00', ['#0000ff', '#6e7800'])).toBe('#6e7800');
    expect(leastDifference('#000000', '#ffffff')).toBeCloseTo(100, 0);
    expect(leastDifference('#123456', '#123456')).toBe(0);
  });
});

describe('the brush', () => {
  const viewport = { scale: 0.25, left: 0, top: 0 };

  test('follows the zoom, or not when locked, and locking changes nothing at that moment', () => {
    const free = { ...defaultPaintSettings, brushSize: 40 };
    expect(brushDiameter(free, viewport)).toBe(160);
    const locked = lockedBrush(free, true, viewport);
    expect(brushDiameter(locked, viewport)).toBe(160);
    expect(brushDiameter(locked, { ...viewport, scale: 2 })).toBe(160);
    expect(brushDiameter(lockedBrush(locked, false, viewport), viewport)).toBe(160);
  });

  test('grows and shrinks by steps, within limits', () => {
    let settings = { ...defaultPaintSettings, brushSize: 3 };
    for (let i = 0; i < 20; i++) settings = steppedBrush(settings, -1);
    expect(settings.brushSize).toBe(1);
    expect(steppedBrush(settings, 1).brushSize).toBe(2);
    for (let i = 0; i < 200; i++) settings = steppedBrush(settings, 1);
    expect(settings.brushSize).toBe(2000);
  });
});
