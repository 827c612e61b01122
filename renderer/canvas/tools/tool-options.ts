/**
 * What tools can be told, as data: which setting an option changes, how it is asked for, and its bounds. Not how it is
 * drawn. Convention: an option has the name of its setting, and is shown in this order.
 */
import { brushSizes } from '../settings.ts';
import type { PaintSettings } from '../settings.ts';

export type OptionForm =
  | { readonly kind: 'flag' }
  /** A length in pixels. */
  | { readonly kind: 'size'; readonly least: number; readonly most: number }
  /** A value of the image, from 0 to this share of its greatest one. */
  | { readonly kind: 'value'; readonly share: number }
  /** One class, or any. */
  | { readonly kind: 'class' }
  /** Values of the image from low to high, or all. */
  | { readonly kind: 'range' };

export const toolOptions = {
  brushSize: { kind: 'size', ...brushSizes },
  brushLocked: { kind: 'flag' },
  tolerance: { kind: 'value', share: 0.5 },
  contiguous: { kind: 'flag' },
  fillHoles: { kind: 'flag' },
  onlyInsideClass: { kind: 'class' },
  onlyInsideRange: { kind: 'range' },
} as const satisfies Partial<Record<keyof PaintSettings, OptionForm>>;

export type ToolOption = keyof typeof toolOptions;

/** Of every tool that paints. */
export const paintOptions = ['onlyInsideClass', 'onlyInsideRange'] as const satisfies readonly ToolOption[];

/** Of the brushes. */
export const strokeOptions = [
  'brushSize',
  'brushLocked',
  'fillHoles',
  ...paintOptions,
] as const satisfies readonly ToolOption[];
