/**
 * What a tool shows over the image before anything is changed: lines, handles, the brush's circle. Data only.
 * Convention: image coordinates; radii in image pixels; lines are drawn as thin on the screen at every zoom.
 */
import type { Point } from '../geometry.ts';

export type PreviewShape =
  | { readonly kind: 'path'; readonly points: readonly Point[]; readonly closed: boolean; readonly filled: boolean }
  | { readonly kind: 'ellipse'; readonly a: Point; readonly b: Point }
  | { readonly kind: 'circle'; readonly center: Point; readonly radius: number }
  | { readonly kind: 'handle'; readonly at: Point; readonly active: boolean };

export interface Preview {
  readonly shapes: readonly PreviewShape[];
  /** A CSS cursor. */
  readonly cursor: string;
}

export const noPreview: Preview = { shapes: [], cursor: 'crosshair' };

/** What was begun goes on by itself. */
export const workingPreview: Preview = { shapes: [], cursor: 'progress' };
