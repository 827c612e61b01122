/**
 * What the person has set for painting and for looking: plain records that can be stored and shown. No behavior but
 * the brush's size.
 * Convention: readonly; whoever changes something makes a new record.
 */
import type { Viewport } from './viewport.ts';

export interface PaintSettings {
  /** The class index that is painted: 0 background, 1..K, 255 unlabelled. */
  readonly value: number;
  /** What the eraser leaves. */
  readonly erasedValue: number;
  /** Diameter in image pixels when the size is locked, in CSS pixels on the screen when it follows the zoom. */
  readonly brushSize: number;
  readonly brushLocked: boolean;
  readonly penPressure: boolean;
  /** When a stroke or shape is released, the holes it closed are filled. */
  readonly fillHoles: boolean;
  /** Paint only pixels that are of this class now. */
  readonly onlyInsideClass: number | undefined;
  /** Paint only pixels of this intensity, in the image's own values. */
  readonly onlyInsideRange: { readonly low: number; readonly high: number } | undefined;
  /** Of the wand, in the image's own values. */
  readonly tolerance: number;
  readonly contiguous: boolean;
}

export interface DisplaySettings {
  /** 0..1. */
  readonly opacity: number;
  readonly outlinesOnly: boolean;
  readonly hidden: boolean;
  /** Magnified pixels melt into each other instead of showing as squares. */
  readonly smooth: boolean;
}

export const defaultPaintSettings: PaintSettings = {
  value: 1,
  erasedValue: 0,
  brushSize: 40,
  brushLocked: false,
  penPressure: true,
  fillHoles: false,
  onlyInsideClass: undefined,
  onlyInsideRange: undefined,
  tolerance: 24,
  contiguous: true,
};

export const defaultDisplaySettings: DisplaySettings = {
  opacity: 0.5,
  outlinesOnly: false,
  hidden: false,
  smooth: false,
};

/** Of a brush, from the least to the most. */
export const brushSizes = { least: 1, most: 2000 } as const;

/** In image pixels. */
export function brushDiameter(settings: PaintSettings, viewport: Viewport): number {
  return Math.max(1, settings.brushLocked ? settings.brushSize : settings.brushSize / viewport.scale);
}

/** One step larger or smaller (a tenth, at least one pixel), for keys and wheel. */
export function steppedBrush(settings: PaintSettings, steps: number): PaintSettings {
  const size = settings.brushSize;
  const changed = size + Math.sign(steps) * Math.max(1, size * (1.1 ** Math.abs(steps) - 1));
  return { ...settings, brushSize: withinSizes(Math.round(changed)) };
}

/** Locked or not, the brush is as large as before. */
export function lockedBrush(settings: PaintSettings, locked: boolean, viewport: Viewport): PaintSettings {
  if (locked === settings.brushLocked) return settings;
  const brushSize = locked ? settings.brushSize / viewport.scale : settings.brushSize * viewport.scale;
  return { ...settings, brushLocked: locked, brushSize: withinSizes(brushSize) };
}

function withinSizes(size: number): number {
  return Math.max(brushSizes.least, Math.min(brushSizes.most, size));
}
