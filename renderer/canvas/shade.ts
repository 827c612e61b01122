/**
 * The colour of one pixel of the screen: the definition that the shader is compared with, in plain TypeScript. Not what
 * draws. Convention: for images shown at 100 % or larger without smoothing, where one image pixel decides; device
 * pixels count from the canvas's left upper corner, colours are 0..255.
 */
import type { ImagePixels } from './image-pixels.ts';
import type { LabelImage } from './label-image.ts';
import { screenToImage } from './viewport.ts';
import type { Screen, Viewport } from './viewport.ts';
import { windowed } from './window-level.ts';
import type { ValueWindow } from './window-level.ts';

export interface Scene {
  readonly image: ImagePixels;
  readonly labels: LabelImage;
  /** (256, 4), as `paletteBytes` gives it. */
  readonly palette: Uint8Array;
  readonly window: ValueWindow;
  readonly outlinesOnly: boolean;
  readonly viewport: Viewport;
  readonly screen: Screen;
}

export type Color = readonly [number, number, number];

/** CSS pixels that an outline is wide, inwards from the border of a class. */
export const outlineWidth = 1.5;

/** Undefined beside the image. */
export function shade(scene: Scene, deviceX: number, deviceY: number): Color | undefined {
  const { image, labels, palette, viewport, screen } = scene;
  const { pixelRatio } = screen;
  const { x, y } = screenToImage(viewport, { x: (deviceX + 0.5) / pixelRatio, y: (deviceY + 0.5) / pixelRatio });
  if (x < 0 || y < 0 || x >= image.width || y >= image.height) return undefined;
  const at = Math.floor(y) * image.width + Math.floor(x);
  const channel = (index: number): number =>
    255 * windowed(image.data[at * image.channels + (image.channels === 1 ? 0 : index)]!, scene.window);
  const label = labels.pixels[at]!;
  const opacity = palette[label * 4 + 3]! / 255;
  const alpha = scene.outlinesOnly ? (opacity > 0 && isOutline(scene, x, y, label) ? 1 : 0) : opacity;
  const mixed = (index: number): number => channel(index) * (1 - alpha) + palette[label * 4 + index]! * alpha;
  return [mixed(0), mixed(1), mixed(2)];
}

/** Is another class, in one of four directions, nearer than an outline is wide? The image's border is none. */
function isOutline({ labels, viewport }: Scene, x: number, y: number, label: number): boolean {
  const reach = outlineWidth / viewport.scale;
  const { width, height } = labels;
  const clamped = (value: number, side: number): number => Math.floor(Math.max(0, Math.min(side - 1, value)));
  const steps = [
    [reach, 0],
    [-reach, 0],
    [0, reach],
    [0, -reach],
  ] as const;
  return steps.some(([dx, dy]) => labels.pixels[clamped(y + dy, height) * width + clamped(x + dx, width)] !== label);
}
