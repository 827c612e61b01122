/** What takes long goes on in slices: the window answers meanwhile, and what comes of it is the same. */
import { describe, expect, test } from 'vitest';
import { Random } from '../../../engine/random.ts';
import type { ImagePixels } from '../../../renderer/canvas/image-pixels.ts';
import { defaultPaintSettings } from '../../../renderer/canvas/settings.ts';
import type { PaintSettings } from '../../../renderer/canvas/settings.ts';
import { SlicedWork } from '../../../renderer/canvas/sliced-work.ts';
import type { Steps } from '../../../renderer/canvas/sliced-work.ts';
import type { SelectableToolName } from '../../../renderer/canvas/tools/registry.ts';
import { createHand, SlowPace } from './tools/canvas-hand.ts';
import type { Hand } from './tools/canvas-hand.ts';

const side = 700;

interface SlowHand extends Hand {
  readonly pace: SlowPace;
}

function slowHand(tool: SelectableToolName, change: Partial<PaintSettings> = {}, image?: ImagePixels): SlowHand {
  const pace = new SlowPace();
  return { ...createHand({ tool, settings: { ...defaultPaintSettings, ...change } }, image, side, pace), pace };
}

/** Dark at the left, brighter to the right, with noise. */
function ramp(): ImagePixels {
  const random = new Random(5);
  const data = Uint8Array.from({ length: side * side }, (_, i) => (i % side) / 4 + random.integer(9));
  return { width: side, height: side, channels: 1, data };
}

describe('work in slices', () => {
  function* steps(count: number, log: number[]): Steps<string> {
    for (let i = 0; i < count; i++) {
      log.push(i);
      yield;
    }
    return 'done';
  }

  test('goes on until it is done, tells of every later slice, and can be ended at once or dropped', () => {
    const pace = new SlowPace();
    let told = 0;
    const work = new SlicedWork(pace, () => told++);
    const log: number[] = [];
    const results: string[] = [];
    work.start(steps(3, log), (result) => results.push(result));
    expect([log, work.running, told]).toEqual([[0], true, 0]);
    expect(pace.all()).toBe(3);
    expect([results, work.running, told]).toEqual([['done'], false, 3]);
    work.start(steps(3, log), (result) => results.push(result));
    work.finish();
    expect([results, work.running]).toEqual([['done', 'done'], false]);
    let dropped = 0;
    const ended = (): never => {
      throw new Error('it was dropped');
    };
    work.start(steps(3, log), ended, () => dropped++);
    work.drop();
    expect(pace.all()).toBeGreaterThan(0);
    expect([dropped, work.running]).toEqual([1, false]);
  });

  test('is over when it throws, so that the next can begin', () => {
    const work = new SlicedWork(new SlowPace(), () => undefined);
    const broken = function* (): Steps {
      throw new Error('no');
    };
    expect(() => work.start(broken(), () => undefined)).toThrow('no');
    expect(work.running).toBe(false);
    work.start(steps(1, []), () => undefined);
    expect(() => work.start(steps(1, []), () => undefined)).toThrow('other work is under way');
  });
});

describe('a fill of a large image', () => {
  test('leaves the view usable, and is one entry when it is done', async () => {
    const hand = slowHand('fill');
    hand.click(5, 5);
    expect(hand.editor.busy).toBe(true);
    expect(hand.editor.preview.cursor).toBe('progress');
    hand.press(50, 50, { button: 1 });
    hand.drag(60, 45, { button: 1 });
    hand.release(60, 45, { button: 1 });
    expect(hand.editor.viewport.left).toBeCloseTo(-10);
    const { viewport } = hand.editor;
    hand.editor.zoom(2);
    expect(hand.editor.viewport.scale).toBeCloseTo(2 * viewport.scale);
    expect(hand.count(1)).toBeLessThan(side * side);
    expect(hand.pace.all()).toBeGreaterThan(20);
    expect(hand.editor.busy).toBe(false);
    expect(hand.count(1)).toBe(side * side);
    expect(await hand.gestures()).toEqual(['fill']);
    expect(hand.store.done[0]?.tiles).toHaveLength(9);
  });

  test('leaves no trace when Escape ends it, wherever it was', async () => {
    const probe = slowHand('fill');
    probe.click(5, 5);
    const slices = probe.pace.all();
    for (let stop = 0; stop < slices; stop += 3) {
      const hand = slowHand('fill');
      hand.click(5, 5);
      for (let i = 0; i < stop; i++) hand.pace.next();
      hand.click(600, 600);
      expect(hand.editor.key('escape')).toBe(true);
      expect(hand.editor.busy).toBe(false);
      expect(hand.count(1)).toBe(0);
      hand.pace.all();
      expect(hand.count(1)).toBe(0);
      expect(hand.editor.key('escape')).toBe(false);
      expect(await hand.gestures()).toEqual([]);
    }
  });

  test('lets the next click wait for it, and the strokes after that', async () => {
    const hand = slowHand('fill');
    hand.click(5, 5);
    hand.editor.change({ value: 2 });
    hand.click(5, 5);
    hand.press(5, 5, { kind: 'pen', button: 5 });
    hand.drag(60, 5);
    hand.release(60, 5);
    expect(hand.count(2)).toBe(0);
    hand.pace.all();
    expect(hand.editor.busy).toBe(false);
    expect(hand.count(1)).toBe(0);
    expect(hand.labels.pixels[5 * side + 30]).toBe(0);
    expect(hand.count(2)).toBeGreaterThan(side * side - 10_000);
    expect(await hand.gestures()).toEqual(['fill', 'fill', 'eraser']);
    expect(Buffer.compare(hand.store.saved.pixels, hand.labels.pixels)).toBe(0);
  });

  test('is ended at once, not lost, by undo, by another tool and by leaving the image', async () => {
    const undone = slowHand('fill');
    undone.click(5, 5);
    await undone.editor.undo();
    expect(undone.count(1)).toBe(0);
    await undone.editor.redo();
    expect(undone.count(1)).toBe(side * side);
    for (const leave of [(hand: Hand) => (hand.editor.tool = 'brush'), (hand: Hand) => hand.editor.release()]) {
      const hand = slowHand('fill');
      hand.click(5, 5);
      leave(hand);
      expect(hand.editor.busy).toBe(false);
      expect(hand.count(1)).toBe(side * side);
      expect(await hand.gestures()).toEqual(['fill']);
    }
  });
});

describe('the wand on a large image', () => {
  test('ends with the last of the tolerances that it was dragged through, as one entry', async () => {
    const image = ramp();
    const hand = slowHand('wand', {}, image);
    hand.press(100, 100);
    for (let x = 110; x <= 200; x += 10) {
      hand.drag(x, 100);
      hand.pace.next();
    }
    hand.release(200, 100);
    expect(hand.editor.busy).toBe(true);
    hand.pace.all();
    const direct = createHand({ tool: 'wand' }, image);
    direct.press(100, 100);
    direct.drag(200, 100);
    direct.release(200, 100);
    direct.editor.release();
    expect(hand.count(1)).toBeGreaterThan(10_000);
    expect(Buffer.compare(hand.labels.pixels, direct.labels.pixels)).toBe(0);
    expect(await hand.gestures()).toEqual(['wand']);
  });

  test('is taken back by Escape, held or let go', async () => {
    for (const letGo of [false, true]) {
      const hand = slowHand('wand', {}, ramp());
      hand.press(100, 100);
      for (let i = 0; i < 25; i++) hand.pace.next();
      expect(hand.count(1)).toBeGreaterThan(0);
      if (letGo) hand.release(100, 100);
      expect(hand.editor.key('escape')).toBe(true);
      if (!letGo) hand.release(100, 100);
      hand.pace.all();
      expect(hand.count(1)).toBe(0);
      expect(hand.editor.busy).toBe(false);
      expect(await hand.gestures()).toEqual([]);
    }
  });
});

test('a large ring of the brush is filled in the same entry, and the next stroke waits for that', async () => {
  const hand = slowHand('brush', { fillHoles: true, brushSize: 30 });
  hand.press(40, 40);
  const way = [
    [660, 40],
    [660, 660],
    [40, 660],
  ] as const;
  hand.drag(40, 40, { way });
  hand.release(40, 40);
  expect(hand.editor.busy).toBe(true);
  hand.editor.change({ value: 2 });
  hand.click(350, 350);
  expect(hand.count(2)).toBe(0);
  hand.pace.all();
  expect(hand.labels.pixels[200 * side + 200]).toBe(1);
  expect(hand.labels.pixels[350 * side + 350]).toBe(2);
  expect(await hand.gestures()).toEqual(['brush', 'brush']);
});

describe('what nobody labelled', () => {
  function partlyLabelled(change: Partial<PaintSettings> = {}): SlowHand {
    const hand = slowHand('brush', change);
    hand.labels.load(new Uint8Array(side * side).map((_, i) => (i % 3 === 0 ? 1 : 255)));
    return hand;
  }

  test('becomes background in one entry, whatever is set for painting, and comes back by undo', async () => {
    const hand = partlyLabelled({ onlyInsideClass: 1, onlyInsideRange: { low: 200, high: 255 } });
    const before = hand.labels.pixels.slice();
    const done = hand.editor.unlabelledToBackground();
    await hand.editor.history.settled();
    expect(hand.pace.all()).toBeGreaterThan(5);
    expect(await done).toBe(true);
    expect(hand.count(255)).toBe(0);
    expect(hand.count(0)).toBe(before.reduce((sum, value) => sum + (value === 255 ? 1 : 0), 0));
    expect(await hand.gestures()).toEqual(['unlabelled-to-background']);
    await hand.editor.undo();
    expect(Buffer.compare(hand.labels.pixels, before)).toBe(0);
  });

  test('stays when it is cancelled or somebody paints, and is no entry where there is none', async () => {
    const cancelled = partlyLabelled();
    const done = cancelled.editor.unlabelledToBackground();
    await cancelled.editor.history.settled();
    cancelled.pace.next();
    cancelled.editor.key('escape');
    expect(await done).toBe(false);
    expect(cancelled.count(0)).toBe(0);
    const painted = partlyLabelled();
    const refused = painted.editor.unlabelledToBackground();
    painted.press(50, 50);
    expect(await refused).toBe(false);
    const labelled = createHand();
    expect(await labelled.editor.unlabelledToBackground()).toBe(true);
    expect(await labelled.gestures()).toEqual([]);
  });
});
