/** Accepting a proposal by hand: what is proposed under the brush becomes a label, in one entry. */
import { describe, expect, test } from 'vitest';
import { defaultPaintSettings } from '../../../../renderer/canvas/settings.ts';
import type { PaintSettings } from '../../../../renderer/canvas/settings.ts';
import { createHand } from './canvas-hand.ts';
import type { Hand } from './canvas-hand.ts';

const side = 100;

/** Class 2 at the left, background in the middle, nothing proposed at the right. */
function proposal(): Uint8Array {
  return new Uint8Array(side * side).map((_, i) => [2, 0, 255][Math.floor((i % side) / 34)]!);
}

function handWith(change: Partial<PaintSettings> = {}): Hand {
  const settings = { ...defaultPaintSettings, brushSize: 20, fillHoles: true, ...change };
  return createHand({ tool: 'proposal-brush', settings });
}

/** From the left edge to the right, through all three. */
function strokeAcross(hand: Hand, y: number): void {
  hand.press(10, y);
  hand.drag(90, y);
  hand.release(90, y);
}

describe('the proposal brush', () => {
  test('paints what is proposed under it and leaves alone where nothing is, in one entry', async () => {
    const hand = handWith();
    hand.labels.load(new Uint8Array(side * side).fill(3));
    hand.editor.setLayer({ kind: 'proposal', pixels: proposal(), opacity: 0.5 });
    strokeAcross(hand, 50);
    const row = hand.labels.pixels.subarray(50 * side, 51 * side);
    expect([row[5], row[33], row[34], row[67], row[68], row[95]]).toEqual([2, 2, 0, 0, 3, 3]);
    expect(hand.labels.pixels[70 * side + 5]).toBe(3);
    expect(await hand.gestures()).toEqual(['proposal-brush']);
  });

  test('is undone and done again as every stroke is', async () => {
    const hand = handWith();
    const before = hand.labels.pixels.slice();
    hand.editor.setLayer({ kind: 'proposal', pixels: proposal(), opacity: 0.5 });
    strokeAcross(hand, 50);
    const after = hand.labels.pixels.slice();
    expect(Buffer.compare(before, after)).not.toBe(0);
    await hand.editor.undo();
    expect(Buffer.compare(hand.labels.pixels, before)).toBe(0);
    expect(hand.editor.history.canUndo).toBe(false);
    await hand.editor.redo();
    expect(Buffer.compare(hand.labels.pixels, after)).toBe(0);
    expect(Buffer.compare(hand.store.saved.pixels, after)).toBe(0);
  });

  test('erases with Alt, and with the pen turned round', async () => {
    const hand = handWith();
    hand.labels.load(new Uint8Array(side * side).fill(3));
    hand.editor.setLayer({ kind: 'proposal', pixels: proposal(), opacity: 0.5 });
    hand.click(15, 20, { alt: true });
    hand.click(15, 70, { kind: 'pen', button: 5 });
    expect(hand.labels.pixels[20 * side + 15]).toBe(0);
    expect(hand.labels.pixels[70 * side + 15]).toBe(0);
    expect(hand.count(2)).toBe(0);
    expect(await hand.gestures()).toEqual(['eraser', 'eraser']);
  });

  test('without a proposal does nothing, and the cursor says so', async () => {
    const hand = handWith();
    hand.drag(50, 50);
    expect(hand.editor.preview).toEqual({ shapes: [], cursor: 'not-allowed' });
    strokeAcross(hand, 50);
    hand.click(50, 50, { alt: true });
    hand.editor.setLayer({ kind: 'confusion', pixels: proposal() });
    strokeAcross(hand, 50);
    expect(await hand.gestures()).toEqual([]);
    expect(hand.editor.busy).toBe(false);
    hand.editor.setLayer({ kind: 'proposal', pixels: proposal(), opacity: 0.5 });
    expect(hand.editor.preview.shapes).toMatchObject([{ kind: 'circle', radius: 10 }]);
  });

  test('goes on with the proposal it began with when another comes in the middle of a stroke', () => {
    const hand = handWith();
    hand.editor.setLayer({ kind: 'proposal', pixels: proposal(), opacity: 0.5 });
    hand.press(10, 20);
    hand.editor.setLayer(undefined);
    hand.drag(10, 60);
    hand.release(10, 60);
    expect(hand.labels.pixels[60 * side + 10]).toBe(2);
  });

  test('paints only inside the class that is set', () => {
    const hand = handWith({ onlyInsideClass: 3 });
    hand.labels.load(new Uint8Array(side * side).map((_, i) => (i < 50 * side ? 3 : 1)));
    hand.editor.setLayer({ kind: 'proposal', pixels: proposal(), opacity: 0.5 });
    hand.click(15, 50);
    expect(hand.labels.pixels[49 * side + 15]).toBe(2);
    expect(hand.labels.pixels[50 * side + 15]).toBe(1);
  });

  test('takes no layer that is not of the image', () => {
    const hand = handWith();
    expect(() => hand.editor.setLayer({ kind: 'proposal', pixels: new Uint8Array(7), opacity: 1 })).toThrow(
      'a layer of 7 pixels over an image of 100×100',
    );
  });
});
