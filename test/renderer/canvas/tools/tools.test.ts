/** Every tool as a hand uses it: one change on release, none after Escape. */
import { describe, expect, test } from 'vitest';
import type { ImagePixels } from '../../../../renderer/canvas/image-pixels.ts';
import { defaultPaintSettings } from '../../../../renderer/canvas/settings.ts';
import type { PaintSettings } from '../../../../renderer/canvas/settings.ts';
import type { SelectableToolName } from '../../../../renderer/canvas/tools/registry.ts';
import { createHand } from './canvas-hand.ts';
import type { Hand } from './canvas-hand.ts';

function handWith(tool: SelectableToolName, change: Partial<PaintSettings> = {}, image?: ImagePixels): Hand {
  return createHand({ tool, settings: { ...defaultPaintSettings, brushSize: 10, ...change } }, image);
}

/** A left half of 10, a right half of 200, and a bright spot apart in the left. */
function twoHalves(): ImagePixels {
  const data = new Uint8Array(100 * 100).map((_, i) => (i % 100 < 50 ? 10 : 200));
  data[20 * 100 + 10] = 200;
  return { width: 100, height: 100, channels: 1, data };
}

const shapes: readonly { readonly tool: SelectableToolName; readonly draw: (hand: Hand) => void }[] = [
  {
    tool: 'brush',
    draw: (hand) => {
      hand.press(20, 20);
      hand.drag(60, 60);
    },
  },
  {
    tool: 'eraser',
    draw: (hand) => {
      hand.press(20, 20);
      hand.drag(60, 60);
    },
  },
  {
    tool: 'lasso',
    draw: (hand) => {
      hand.press(20, 20);
      hand.drag(60, 60, { way: [[60, 20]] });
    },
  },
  {
    tool: 'rectangle',
    draw: (hand) => {
      hand.press(20, 20);
      hand.drag(60, 60);
    },
  },
  {
    tool: 'ellipse',
    draw: (hand) => {
      hand.press(20, 20);
      hand.drag(60, 60);
    },
  },
  { tool: 'fill', draw: (hand) => hand.press(60, 60) },
  { tool: 'wand', draw: (hand) => hand.press(60, 60) },
];

describe.for(shapes)('$tool', ({ tool, draw }) => {
  const value = { value: 3, erasedValue: 2 };

  test('makes one entry of the history on release', async () => {
    const hand = handWith(tool, value);
    draw(hand);
    expect(hand.editor.busy).toBe(true);
    hand.release(60, 60);
    expect(await hand.gestures()).toEqual([tool]);
    expect(hand.count(tool === 'eraser' ? 2 : 3)).toBeGreaterThan(100);
    expect(Buffer.compare(hand.store.saved.pixels, hand.labels.pixels)).toBe(0);
    await hand.editor.undo();
    expect(hand.count(0)).toBe(10_000);
    await hand.editor.redo();
    expect(hand.count(0)).toBeLessThan(10_000);
  });

  test.for(['escape', 'system', 'another tool'] as const)('taken back by %s leaves no trace', async (by) => {
    const hand = handWith(tool, value);
    draw(hand);
    if (by === 'escape') expect(hand.editor.key('escape')).toBe(true);
    else if (by === 'system') hand.editor.pointers.cancel(1);
    else hand.editor.tool = 'pan';
    hand.drag(80, 80);
    hand.release(80, 80);
    expect(hand.editor.busy).toBe(false);
    expect(hand.count(0)).toBe(10_000);
    expect(await hand.gestures()).toEqual([]);
    expect(hand.editor.key('escape')).toBe(false);
  });
});

describe('brush and eraser', () => {
  test('swap for a stroke begun with Alt', async () => {
    const hand = handWith('brush');
    hand.click(50, 50);
    expect(hand.count(1)).toBeGreaterThan(60);
    hand.click(50, 50, { alt: true });
    expect(hand.count(1)).toBe(0);
    hand.editor.tool = 'eraser';
    hand.click(50, 50, { alt: true });
    expect(hand.count(1)).toBeGreaterThan(60);
    expect(await hand.gestures()).toEqual(['brush', 'eraser', 'brush']);
  });

  test('paint through every point on the way, not only where the frame caught the pointer', () => {
    const hand = handWith('brush');
    hand.press(10, 10);
    hand.drag(90, 10, { way: [[50, 90]] });
    expect(hand.labels.pixels[88 * 100 + 50]).toBe(1);
    expect(hand.labels.pixels[10 * 100 + 50]).toBe(0);
  });

  test('are as wide as the pen presses, unless that is switched off', () => {
    const width = (penPressure: boolean, pressure: number): number => {
      const hand = handWith('brush', { penPressure, brushSize: 40 });
      hand.click(50, 50, { pressure, kind: 'pen' });
      return Math.sqrt((hand.count(1) * 4) / Math.PI);
    };
    expect(width(true, 1)).toBeCloseTo(40, 0);
    expect(width(true, 0.5)).toBeCloseTo(22, 0);
    expect(width(true, 0)).toBeCloseTo(4, 0);
    expect(width(false, 0.1)).toBeCloseTo(40, 0);
  });

  test('the pen turned round erases', () => {
    const hand = handWith('brush');
    hand.click(50, 50);
    hand.click(50, 50, { kind: 'pen', button: 5 });
    expect(hand.count(1)).toBe(0);
  });

  test('fill the hole that a ring leaves, in the same entry, when asked to', async () => {
    const ring = (hand: Hand): void => {
      hand.press(20, 20);
      hand.drag(20, 20, {
        way: [
          [80, 20],
          [80, 80],
          [20, 80],
        ],
      });
      hand.release(20, 20);
    };
    const plain = handWith('brush');
    ring(plain);
    expect(plain.labels.pixels[50 * 100 + 50]).toBe(0);
    const filling = handWith('brush', { fillHoles: true });
    ring(filling);
    expect(filling.labels.pixels[50 * 100 + 50]).toBe(1);
    expect(await filling.gestures()).toEqual(['brush']);
  });

  test('paint only inside the class, and only inside the intensities, that are set', () => {
    const hand = handWith('brush', { onlyInsideRange: { low: 0, high: 100 }, brushSize: 30 }, twoHalves());
    hand.click(50, 20);
    expect(hand.labels.pixels[20 * 100 + 49]).toBe(1);
    expect(hand.labels.pixels[20 * 100 + 50]).toBe(0);
    hand.editor.change({ onlyInsideRange: undefined, onlyInsideClass: 1, value: 2 });
    hand.click(50, 20);
    expect(hand.count(1)).toBe(0);
    expect(hand.labels.pixels[20 * 100 + 50]).toBe(0);
    expect(hand.count(2)).toBeGreaterThan(300);
  });
});

describe('rectangle and ellipse', () => {
  test('are square with Shift and grow from their middle with Alt', () => {
    const square = handWith('rectangle');
    square.press(10, 10);
    square.release(50, 20, { shift: true });
    expect(square.count(1)).toBe(1600);
    const centered = handWith('rectangle');
    centered.press(50, 50);
    centered.release(60, 70, { alt: true });
    expect(centered.count(1)).toBe(20 * 40);
    const circle = handWith('ellipse');
    circle.press(50, 50);
    circle.release(70, 55, { alt: true, shift: true });
    expect(Math.abs(circle.count(1) - Math.PI * 400)).toBeLessThan(20);
  });

  test('show where they will be while nothing is painted', () => {
    const hand = handWith('rectangle');
    hand.press(10, 10);
    hand.drag(40, 30);
    expect(hand.count(1)).toBe(0);
    expect(hand.editor.preview.shapes).toMatchObject([{ kind: 'path', closed: true }]);
  });
});

describe('polygon', () => {
  function corners(hand: Hand, points: readonly (readonly [number, number])[]): void {
    for (const [x, y] of points) hand.click(x, y);
  }
  const square = [
    [20, 20],
    [80, 20],
    [80, 80],
    [20, 80],
  ] as const;
  const points = (hand: Hand): number => hand.editor.preview.shapes.filter(({ kind }) => kind === 'handle').length;

  test('is filled by a click on its first point, by a double click and by Enter', async () => {
    const ends: readonly ((hand: Hand) => unknown)[] = [
      (hand) => hand.click(21, 21),
      (hand) => hand.click(20, 80),
      (hand) => hand.editor.key('enter'),
    ];
    for (const end of ends) {
      const hand = handWith('polygon');
      corners(hand, square);
      expect(hand.count(1)).toBe(0);
      end(hand);
      expect(hand.count(1)).toBe(3600);
      expect(await hand.gestures()).toEqual(['polygon']);
      expect(hand.editor.busy).toBe(false);
    }
  });

  test('lets points be moved, put in and taken out before it is closed', () => {
    const hand = handWith('polygon');
    corners(hand, square);
    hand.press(80, 80);
    hand.drag(90, 90);
    hand.release(90, 90);
    expect(points(hand)).toBe(4);
    hand.click(50, 20);
    expect(points(hand)).toBe(5);
    hand.press(50, 20);
    hand.drag(50, 40);
    hand.release(50, 40);
    hand.drag(80, 20);
    hand.editor.key('delete');
    expect(points(hand)).toBe(4);
    hand.editor.key('enter');
    expect(hand.labels.pixels[25 * 100 + 50]).toBe(0);
    expect(hand.labels.pixels[45 * 100 + 50]).toBe(1);
  });

  test('takes the last point back by Backspace and by undo, and undoes nothing else meanwhile', async () => {
    const hand = handWith('polygon');
    corners(hand, square);
    hand.editor.key('enter');
    corners(hand, [
      [5, 5],
      [15, 5],
      [15, 15],
    ]);
    hand.editor.key('backspace');
    await hand.editor.undo();
    expect(points(hand)).toBe(1);
    await hand.editor.undo();
    expect(points(hand)).toBe(0);
    expect(hand.count(1)).toBe(3600);
    await hand.editor.undo();
    expect(hand.count(1)).toBe(0);
  });

  test('is thrown away by Escape, and kept when another tool is chosen', async () => {
    const hand = handWith('polygon');
    corners(hand, square);
    hand.editor.key('escape');
    expect(hand.editor.busy).toBe(false);
    corners(hand, square);
    hand.editor.tool = 'brush';
    expect(hand.count(1)).toBe(3600);
    expect(await hand.gestures()).toEqual(['polygon']);
  });

  test('of fewer than three points is nothing', async () => {
    const hand = handWith('polygon');
    corners(hand, [
      [20, 20],
      [80, 20],
    ]);
    hand.editor.key('enter');
    expect(await hand.gestures()).toEqual([]);
    expect(hand.editor.busy).toBe(false);
  });

  test('stays in the making while the image is panned and zoomed', () => {
    const hand = handWith('polygon');
    corners(hand, square.slice(0, 3));
    hand.press(50, 50, { button: 1 });
    hand.drag(60, 60, { button: 1 });
    hand.release(60, 60, { button: 1 });
    hand.editor.zoom(2);
    hand.click(20, 80);
    hand.editor.key('enter');
    expect(hand.count(1)).toBe(3600);
  });
});

describe('fill and wand', () => {
  test('fill stops at other classes and gives nothing to a region that has the class already', async () => {
    const hand = handWith('rectangle');
    hand.press(20, 20);
    hand.release(60, 60);
    hand.editor.tool = 'fill';
    hand.editor.change({ value: 2 });
    hand.click(40, 40);
    expect(hand.count(2)).toBe(1600);
    hand.click(40, 40);
    hand.click(-5, 40);
    expect(await hand.gestures()).toEqual(['rectangle', 'fill']);
  });

  test('the wand takes what is alike, joined or everywhere', () => {
    const joined = handWith('wand', {}, twoHalves());
    joined.click(80, 50);
    expect(joined.count(1)).toBe(5000);
    const everywhere = handWith('wand', {}, twoHalves());
    everywhere.click(80, 50, { shift: true });
    expect(everywhere.count(1)).toBe(5001);
  });

  test('dragging the wand changes its tolerance for this once', async () => {
    const hand = handWith('wand', {}, twoHalves());
    hand.press(20, 50);
    hand.drag(23, 50);
    expect(hand.count(1)).toBe(4999);
    hand.drag(20 + 550, 50);
    expect(hand.count(1)).toBe(10_000);
    hand.drag(21, 50);
    expect(hand.count(1)).toBe(4999);
    hand.release(21, 50);
    expect(hand.editor.settings.tolerance).toBe(24);
    expect(await hand.gestures()).toEqual(['wand']);
  });
});
