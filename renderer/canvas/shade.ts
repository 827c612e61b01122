/**
 * The color of one pixel of the screen: the definition that the shader is compared with, in plain TypeScript. Not what
 * draws. Convention: for images shown at 100 % or larger without smoothing, where one image pixel decides; device
 * pixels count from the canvas's left upper corner, colors are 0..255.
 */
import { outcomeOf, outcomes } from './confusion.ts';
import type { Size } from './geometry.ts';
import { isHatched } from './hatch.ts';
import type { ImagePixels } from './image-pixels.ts';
import type { LabelImage } from './label-image.ts';
import type { LayerKind } from './layer.ts';
import { screenToImage } from './viewport.ts';
import type { Screen, Viewport } from './viewport.ts';
import { windowed } from './window-level.ts';
import type { ValueWindow } from './window-level.ts';

/** A layer with its colors. */
export interface ShownLayer {
  readonly kind: LayerKind;
  /** (H, W). */
  readonly pixels: Uint8Array;
  /** (256, 4): by class for a proposal, by outcome for confusion. */
  readonly palette: Uint8Array;
}

export interface Scene {
  readonly image: ImagePixels;
  readonly labels: LabelImage;
  readonly layer: ShownLayer | undefined;
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
  const { image, viewport, screen } = scene;
  const { pixelRatio } = screen;
  const { x, y } = screenToImage(viewport, { x: (deviceX + 0.5) / pixelRatio, y: (deviceY + 0.5) / pixelRatio });
  if (x < 0 || y < 0 || x >= image.width || y >= image.height) return undefined;
  const at = Math.floor(y) * image.width + Math.floor(x);
  const channel = (index: number): number =>
    255 * windowed(image.data[at * image.channels + (image.channels === 1 ? 0 : index)]!, scene.window);
  const paints = [labelPaint(scene, x, y, at), proposalPaint(scene, x, y, at)];
  const mixed = (index: number): number =>
    paints.reduce((under, { color, alpha }) => under * (1 - alpha) + color[index]! * alpha, channel(index));
  return [mixed(0), mixed(1), mixed(2)];
}

interface Paint {
  /** RGBA, 0..255. */
  readonly color: Uint8Array;
  /** 0..1. */
  readonly alpha: number;
}

/** Of the label; or of what the prediction makes of it, where that is asked for. */
function labelPaint(scene: Scene, x: number, y: number, at: number): Paint {
  const { image, labels, layer, palette, viewport, outlinesOnly } = scene;
  const predicted = layer?.kind === 'confusion' ? layer : undefined;
  const kindAt = (pixel: number): number =>
    predicted === undefined ? labels.pixels[pixel]! : outcomeOf(labels.pixels[pixel]!, predicted.pixels[pixel]!);
  const kind = kindAt(at);
  const striped = predicted !== undefined && kind === outcomes.wrongClass;
  const { falsePositive, falseNegative } = outcomes;
  const index = striped ? (isHatched(x, y, viewport) ? falsePositive : falseNegative) : kind;
  const color = colorOf(predicted?.palette ?? palette, index);
  const opacity = color[3]! / 255;
  const outlined = outlinesOnly && opacity > 0 && isBorder(image, viewport, x, y, (pixel) => kindAt(pixel) !== kind);
  return { color, alpha: outlinesOnly ? (outlined ? 1 : 0) : opacity };
}

/** Hatched, with a line around it; where there are outlines only, the line alone, broken by the hatching. */
function proposalPaint({ image, layer, viewport, outlinesOnly }: Scene, x: number, y: number, at: number): Paint {
  if (layer?.kind !== 'proposal') return nothing;
  const { pixels, palette } = layer;
  const proposed = pixels[at]!;
  const color = colorOf(palette, proposed);
  const hatched = isHatched(x, y, viewport);
  const border = isBorder(image, viewport, x, y, (pixel) => pixels[pixel] !== proposed);
  const opacity = color[3]! / 255;
  if (outlinesOnly) return { color, alpha: hatched && border && opacity > 0 ? 1 : 0 };
  return { color, alpha: hatched || border ? opacity : 0 };
}

const nothing: Paint = { color: new Uint8Array(4), alpha: 0 };

function colorOf(palette: Uint8Array, index: number): Uint8Array {
  return palette.subarray(index * 4, index * 4 + 4);
}

/** Is another kind, in one of four directions, nearer than an outline is wide? The image's border is none. */
function isBorder(
  { width, height }: Size,
  { scale }: Viewport,
  x: number,
  y: number,
  isOther: (pixel: number) => boolean,
): boolean {
  const reach = outlineWidth / scale;
  const clamped = (value: number, side: number): number => Math.floor(Math.max(0, Math.min(side - 1, value)));
  const steps = [
    [reach, 0],
    [-reach, 0],
    [0, reach],
    [0, -reach],
  ] as const;
  return steps.some(([dx, dy]) => isOther(clamped(y + dy, height) * width + clamped(x + dx, width)));
}
