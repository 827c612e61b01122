/**
 * Runs in the browser: draws scenes with WebGL and compares every pixel with `shade`, its definition in TypeScript. Not a
 * test by itself; ../canvas/view.test.ts asks it.
 * Convention: answers are plain records that can cross to Node.
 */
import { Random } from '../../../engine/random.ts';
import { confusionPalette } from '../../../renderer/canvas/confusion.ts';
import { overlap, wholeArea } from '../../../renderer/canvas/geometry.ts';
import { emptyImage, greatestValue } from '../../../renderer/canvas/image-pixels.ts';
import type { ImagePixels } from '../../../renderer/canvas/image-pixels.ts';
import { LabelImage } from '../../../renderer/canvas/label-image.ts';
import { paletteBytes } from '../../../renderer/canvas/palette.ts';
import type { LayerKind } from '../../../renderer/canvas/layer.ts';
import { shade } from '../../../renderer/canvas/shade.ts';
import type { ShownLayer } from '../../../renderer/canvas/shade.ts';
import { visibleArea } from '../../../renderer/canvas/viewport.ts';
import { SceneRenderer } from '../../../renderer/canvas/view/scene-renderer.ts';
import type { Difference, SceneOptions } from '../canvas/scene-options.ts';
import type { SceneState } from '../../../renderer/canvas/view/scene-renderer.ts';
import { runToEnd } from '../canvas/run-to-end.ts';

const css = { width: 240, height: 160 };
const surround = [0.25, 0.5, 0.75] as const;

export interface CheckedScene {
  readonly image: ImagePixels;
  readonly labels: LabelImage;
  readonly state: SceneState;
  readonly renderer: SceneRenderer;
  readonly canvas: HTMLCanvasElement;
  readonly random: Random;
}

export function openScene(options: SceneOptions): CheckedScene {
  const random = new Random(7);
  const image = emptyImage(options, options.channels, options.bits);
  const greatest = greatestValue(image);
  for (let i = 0; i < image.data.length; i++) image.data[i] = random.integer(greatest + 1);
  const labels = new LabelImage(options, new Uint8Array(options.width * options.height));
  const screen = { ...css, pixelRatio: options.pixelRatio };
  const classes = [1, 2, 3].map((index) => ({ index, color: ['#e69f00', '#56b4e9', '#009e73'][index - 1]! }));
  const opacity = options.outlinesOnly ? 1 : 0.6;
  const palette = paletteBytes([...classes, { index: 255, color: '#808080' }], opacity);
  const window = { low: greatest * 0.1, high: greatest * 0.8 };
  const { viewport, outlinesOnly } = options;
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(css.width * options.pixelRatio);
  canvas.height = Math.round(css.height * options.pixelRatio);
  const renderer = new SceneRenderer(canvas, () => undefined);
  renderer.show({ image, labels });
  scribble(labels, random, 60);
  const layer = options.layer && layerOf(options.layer, labels, random, opacity);
  return {
    image,
    labels,
    state: { viewport, screen, window, palette, layer, outlinesOnly, smooth: false, surround },
    renderer,
    canvas,
    random,
  };
}

/** In part as the labels are, in part not. */
export function layerOf(kind: LayerKind, labels: LabelImage, random: Random, opacity: number): ShownLayer {
  const other = new LabelImage(labels, labels.pixels);
  scribble(other, random, 60);
  const classes = [1, 2, 3].map((index) => ({ index, color: ['#f0e442', '#d55e00', '#cc79a7'][index - 1]! }));
  const palette = kind === 'confusion' ? confusionPalette(opacity) : paletteBytes(classes, opacity * 0.8);
  return { kind, pixels: other.pixels, palette };
}

/** A gesture of random spans, some of them blocks. */
export function scribble(labels: LabelImage, random: Random, blocks: number): void {
  labels.begin();
  for (let i = 0; i < blocks; i++) {
    const [left, top] = [random.integer(labels.width), random.integer(labels.height)];
    const value = [0, 1, 2, 3, 255][random.integer(5)]!;
    const right = left + 1 + random.integer(30);
    for (let y = top; y < top + 1 + random.integer(12); y++) labels.fillSpan(y, left, right, value);
  }
  runToEnd(labels.commit());
}

/** A few pixels somewhere in sight: only around them is drawn again. */
export function dab({ labels, state, random }: CheckedScene): void {
  const { left, top, right, bottom } = overlap(visibleArea(state.viewport, state.screen), wholeArea(labels))!;
  const [x, y] = [left + random.integer(right - left), top + random.integer(bottom - top)];
  labels.begin();
  for (let row = y - 1; row < y + 2; row++) labels.fillSpan(row, x - 1, x + 2, 1 + random.integer(3));
  runToEnd(labels.commit());
}

/** Draws until all is on the device, and says how many frames that took. */
export function drawAll({ renderer, state }: CheckedScene): number {
  let frames = 1;
  while (renderer.draw(state)) frames++;
  return frames;
}

export function readPixels(canvas: HTMLCanvasElement): Uint8Array {
  const gl = canvas.getContext('webgl2');
  if (gl === null) throw new Error('no context');
  const bytes = new Uint8Array(canvas.width * canvas.height * 4);
  gl.readPixels(0, 0, canvas.width, canvas.height, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
  return bytes;
}

export function compare(scene: CheckedScene): Difference {
  const { canvas, image, labels, state } = scene;
  drawAll(scene);
  const bytes = readPixels(canvas);
  let inside = 0;
  let wrong = 0;
  let example = '';
  for (let y = 0; y < canvas.height; y++) {
    for (let x = 0; x < canvas.width; x++) {
      const defined = shade({ ...state, image, labels }, x, y);
      if (defined !== undefined) inside++;
      const should = defined ?? surround.map((part) => part * 255);
      const at = ((canvas.height - 1 - y) * canvas.width + x) * 4;
      const got = [...bytes.subarray(at, at + 3)];
      if (got.every((value, channel) => Math.abs(value - should[channel]!) <= 1.5)) continue;
      wrong++;
      if (example === '') example = `(${x}, ${y}): ${got.join(' ')} instead of ${should.join(' ')}`;
    }
  }
  return { compared: canvas.width * canvas.height, inside, wrong, example };
}
