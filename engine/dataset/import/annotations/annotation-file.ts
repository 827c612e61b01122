/**
 * What COCO and labelme files have in common once they are read: images by name, each with objects of a class. Reads
 * nothing. Convention: x runs to the right and y down from the upper left corner of the image, so the middle of its first
 * pixel is (0.5, 0.5); a class is named as a project would name it (NFC, no space around).
 */
import type { Remark } from '../../../contract/dataset.ts';
import { MambrushError } from '../../../contract/error.ts';
import type { Size } from '../../images/pixels.ts';

/** What is wrong with a file of annotations, or with one object in it. */
export class AnnotationError extends MambrushError {}

export type Outline =
  /** Corners as x, y, x, y …; the parts are taken together. */
  | { readonly kind: 'polygons'; readonly parts: readonly (readonly number[])[] }
  /** Of the whole image, column by column, the first outside; as numbers (unchecked) or in COCO's text. */
  | (Size & { readonly kind: 'run-lengths'; readonly counts: string | readonly unknown[] })
  | { readonly kind: 'circle'; readonly x: number; readonly y: number; readonly radius: number }
  /** A picture in base64 whose pixels are not 0 where the object is. */
  | (Size & { readonly kind: 'mask'; readonly left: number; readonly top: number; readonly picture: string });

export interface AnnotatedObject {
  /** For messages: 'object 12'. */
  readonly name: string;
  /** A class, or what is no class: the background, or pixels to be ignored. */
  readonly label: { readonly className: string } | { readonly value: 0 | 255 };
  readonly outline: Outline;
}

/** An object that is not drawn. */
export type LeftOut = Remark;

export interface AnnotatedImage {
  readonly name: string;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly objects: readonly AnnotatedObject[];
  readonly leftOut: readonly LeftOut[];
}

export interface AnnotatedClass {
  readonly name: string;
  /** `#rrggbb`, where the file has one. */
  readonly color: string | undefined;
}

export interface AnnotationFile {
  readonly format: 'coco' | 'labelme';
  /** In the order that their numbers shall have. */
  readonly classes: readonly AnnotatedClass[];
  readonly images: readonly AnnotatedImage[];
  readonly leftOut: readonly LeftOut[];
  /** Whether an image without objects is known to have none. */
  readonly emptyIsBackground: boolean;
}

/** The name that a project would store, undefined when it would refuse it. */
export function classNameOf(text: unknown): string | undefined {
  const name = typeof text === 'number' ? String(text) : text;
  if (typeof name !== 'string') return undefined;
  const trimmed = name.trim().normalize('NFC');
  return trimmed === '' || trimmed.length > 200 || !trimmed.isWellFormed() ? undefined : trimmed;
}

/** Farther out than this no picture goes, and no outline of one. */
const farthest = 10_000_000;
const mostCorners = 1_000_000;

/**
 * Corners as a file has them, checked.
 * @throws AnnotationError annotation-number-wrong, annotation-too-far-out, annotation-too-complex,
 *   annotation-outline-too-short
 */
export function checkedCorners(values: readonly unknown[], object: string): readonly number[] {
  if (values.length > 2 * mostCorners) {
    const message = `${object} has an outline of ${values.length / 2} corners; ${mostCorners} are the most.`;
    throw new AnnotationError('annotation-too-complex', message);
  }
  if (values.length < 6 || values.length % 2 !== 0) {
    const message = `${object} has an outline of ${values.length} numbers; it takes pairs, and three of them at least.`;
    throw new AnnotationError('annotation-outline-too-short', message);
  }
  for (const value of values) checkCoordinate(value, object);
  return values as readonly number[];
}

/** @throws AnnotationError annotation-number-wrong, annotation-too-far-out */
export function checkCoordinate(value: unknown, object: string): asserts value is number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new AnnotationError('annotation-number-wrong', `${object} has an outline with a place that is no number.`);
  }
  if (Math.abs(value) > farthest) {
    const message = `${object} has an outline that goes out to ${value}, which is beyond any picture.`;
    throw new AnnotationError('annotation-too-far-out', message);
  }
}
