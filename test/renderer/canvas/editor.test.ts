/** Who gets the pointer, the wheel and the keys; and what undo does while things are under way. */
import { describe, expect, test } from 'vitest';
import { screenToImage } from '../../../renderer/canvas/viewport.ts';
import { createHand } from './tools/canvas-hand.ts';

describe('the pointer', () => {
  test('pans with the middle button and with Space held, whatever the tool', async () => {
    const hand = createHand();
    hand.press(50, 50, { button: 1 });
    hand.drag(60, 45, { button: 1 });
    hand.release(60, 45, { button: 1 });
    expect(hand.editor.viewport.left).toBeCloseTo(-10);
    hand.editor.pointers.holdPan(true);
    expect(hand.editor.preview.cursor).toBe('grab');
    hand.click(50, 50);
    hand.editor.pointers.holdPan(false);
    expect(await hand.gestures()).toEqual([]);
  });

  test('sets contrast with the right button, and Escape puts it back', () => {
    const hand = createHand();
    hand.press(50, 50, { button: 2 });
    hand.drag(50, 20, { button: 2 });
    expect(hand.editor.window).not.toEqual({ low: 0, high: 255 });
    hand.editor.key('escape');
    hand.release(50, 20, { button: 2 });
    expect(hand.editor.window).toEqual({ low: 0, high: 255 });
    expect(hand.count(0)).toBe(10_000);
  });

  test('a second finger takes back what the first began and zooms instead', async () => {
    const hand = createHand();
    hand.press(40, 50, { kind: 'touch', id: 7 });
    hand.drag(41, 50, { id: 7 });
    expect(hand.count(1)).toBeGreaterThan(0);
    hand.press(60, 50, { kind: 'touch', id: 8 });
    expect(hand.count(1)).toBe(0);
    const under = screenToImage(hand.editor.viewport, { x: 60, y: 50 });
    hand.drag(80, 50, { id: 8 });
    expect(hand.editor.viewport.scale).toBeGreaterThan(1.5);
    expect(screenToImage(hand.editor.viewport, { x: 80, y: 50 }).x).toBeCloseTo(under.x);
    hand.release(80, 50, { id: 8 });
    hand.drag(45, 50, { id: 7 });
    hand.release(45, 50, { id: 7 });
    expect(await hand.gestures()).toEqual([]);
    hand.click(50, 50, { kind: 'touch', id: 9 });
    expect(await hand.gestures()).toEqual(['brush']);
  });

  test('a hand that rests on the screen does not disturb the pen', async () => {
    const hand = createHand();
    hand.press(20, 20, { kind: 'pen', id: 1 });
    hand.press(90, 90, { kind: 'touch', id: 2 });
    hand.drag(91, 90, { id: 2 });
    hand.drag(60, 20, { id: 1 });
    hand.release(91, 90, { id: 2 });
    hand.release(60, 20, { id: 1 });
    expect(hand.labels.pixels[90 * 100 + 90]).toBe(0);
    expect(hand.labels.pixels[20 * 100 + 40]).toBe(1);
    expect(await hand.gestures()).toEqual(['brush']);
  });
});

describe('the wheel', () => {
  const wheel = {
    screen: { x: 30, y: 40 },
    deltaX: 0,
    deltaY: -100,
    deltaMode: 0,
    alt: false,
    shift: false,
    ctrl: false,
  };

  test('zooms at the pointer; with Alt it is the brush, with Shift the opacity', () => {
    const { editor } = createHand();
    editor.wheel(wheel);
    expect(editor.viewport.scale).toBeGreaterThan(1.1);
    expect(screenToImage(editor.viewport, wheel.screen).x).toBeCloseTo(30);
    const { viewport } = editor;
    editor.wheel({ ...wheel, alt: true });
    expect(editor.settings.brushSize).toBe(44);
    editor.wheel({ ...wheel, shift: true, deltaX: 100, deltaY: 0 });
    expect(editor.display.opacity).toBeCloseTo(0.45);
    expect(editor.viewport).toBe(viewport);
  });
});

describe('the view', () => {
  test('fits until it is moved, and what is to be kept for next time says so', () => {
    const { editor } = createHand({ viewport: undefined });
    editor.resize({ width: 200, height: 200, pixelRatio: 1 });
    expect(editor.viewport.scale).toBeCloseTo(1.68);
    editor.resize({ width: 100, height: 100, pixelRatio: 1 });
    expect(editor.viewport.scale).toBeCloseTo(0.68);
    expect(editor.state.viewport).toBeUndefined();
    editor.zoom(2);
    expect(editor.state.viewport).toEqual(editor.viewport);
    editor.fit();
    expect(editor.viewport.scale).toBeCloseTo(0.68);
  });
});

describe('undo', () => {
  test('waits for the stroke before it to be safe, and the stroke after it waits for undo', async () => {
    const hand = createHand();
    let go = (): void => undefined;
    hand.store.delay = new Promise((settle) => (go = settle));
    hand.click(20, 20);
    const undone = hand.editor.undo();
    hand.click(80, 80);
    expect(hand.editor.history.saveState).toEqual({ kind: 'saving', gestures: 1 });
    expect(hand.labels.pixels[80 * 100 + 80]).toBe(0);
    go();
    await undone;
    expect(await hand.gestures()).toEqual(['brush']);
    expect(hand.labels.pixels[20 * 100 + 20]).toBe(0);
    expect(hand.labels.pixels[80 * 100 + 80]).toBe(1);
    expect(Buffer.compare(hand.store.saved.pixels, hand.labels.pixels)).toBe(0);
    expect(hand.editor.history.canRedo).toBe(false);
  });

  test('goes back through many strokes and forth again', async () => {
    const hand = createHand();
    const states = [hand.labels.pixels.slice()];
    for (let i = 0; i < 12; i++) {
      hand.editor.change({ value: 1 + (i % 3) });
      hand.click(5 + i * 7, 50);
      states.push(hand.labels.pixels.slice());
    }
    for (const state of states.slice(0, -1).reverse()) {
      await hand.editor.undo();
      expect(Buffer.compare(hand.labels.pixels, state)).toBe(0);
    }
    expect(hand.editor.history.canUndo).toBe(false);
    for (const state of states.slice(1)) {
      await hand.editor.redo();
      expect(Buffer.compare(hand.labels.pixels, state)).toBe(0);
    }
    expect(hand.editor.history.canRedo).toBe(false);
  });

  test('is not possible in the middle of a stroke', async () => {
    const hand = createHand();
    hand.click(20, 20);
    hand.press(80, 80);
    await hand.editor.undo();
    expect(hand.labels.pixels[20 * 100 + 20]).toBe(1);
  });
});

describe('when the store fails', () => {
  test('what is painted stays on the screen, is not called saved, and is told again in order', async () => {
    const hand = createHand();
    hand.store.failure = new Error('disk full');
    hand.click(20, 20);
    hand.click(80, 80);
    await hand.editor.history.settled();
    expect(hand.editor.history.saveState).toEqual({ kind: 'failed', gestures: 2, error: hand.store.failure });
    hand.click(50, 50);
    expect(hand.store.done).toHaveLength(0);
    hand.store.failure = undefined;
    await hand.editor.history.retry();
    expect(hand.editor.history.saveState).toEqual({ kind: 'saved' });
    expect(hand.store.done).toHaveLength(3);
    expect(Buffer.compare(hand.store.saved.pixels, hand.labels.pixels)).toBe(0);
  });

  test('in an undo, nothing is painted until it is known what the store holds', async () => {
    const hand = createHand();
    hand.click(20, 20);
    await hand.editor.history.settled();
    hand.store.failure = new Error('the engine is gone');
    await hand.editor.undo();
    expect(hand.editor.history.saveState.kind).toBe('failed');
    hand.click(80, 80);
    expect(hand.labels.pixels[80 * 100 + 80]).toBe(0);
    // It had undone, and died before it could say so.
    hand.store.failure = undefined;
    await hand.store.undo();
    await hand.editor.history.retry();
    expect(hand.editor.history.saveState).toEqual({ kind: 'saved' });
    expect(hand.count(1)).toBe(0);
    hand.click(80, 80);
    expect(await hand.gestures()).toEqual(['brush']);
  });
});
