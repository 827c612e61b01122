/**
 * What the thread that reads annotations is asked and answers. Plain data. Convention: every question has a ticket, and
 * one answer with the same; every question names its file, so that any thread can answer it.
 */
import type { Remark } from '../../../contract/dataset.ts';
import type { Size } from '../../images/pixels.ts';
import type { AnnotatedClass, AnnotatedImage, AnnotationFile } from './annotation-file.ts';
import type { Drawing } from './draw-objects.ts';

export interface AnnotationSource {
  readonly absolute: string;
  /** For messages. */
  readonly path: string;
}

export interface FileSummary extends Omit<AnnotationFile, 'classes' | 'images'> {
  readonly images: number;
}

export interface ImageSummary extends Omit<AnnotatedImage, 'objects'> {
  readonly objects: number;
}

export interface DrawRequest extends Size {
  readonly image: number;
  /** Class numbers by name; what is not among them is not drawn. */
  readonly values: ReadonlyMap<string, number>;
}

export interface AnnotationQuestions {
  /** Undefined: it is neither COCO nor labelme. */
  readonly read: { readonly asks: null; readonly answers: FileSummary | undefined };
  /** Some of its images, so that a hundred thousand do not come in one stroke. */
  readonly list: {
    readonly asks: { readonly from: number; readonly to: number };
    readonly answers: readonly ImageSummary[];
  };
  /** The classes of objects that these images have, in the order that their numbers shall have. */
  readonly classes: {
    readonly asks: { readonly images: readonly number[] };
    readonly answers: readonly AnnotatedClass[];
  };
  readonly draw: { readonly asks: DrawRequest; readonly answers: Drawing };
}

export type QuestionKind = keyof AnnotationQuestions;

export type AnnotationQuestion = {
  readonly [Kind in QuestionKind]: {
    readonly ticket: number;
    readonly source: AnnotationSource;
    readonly kind: Kind;
    readonly asks: AnnotationQuestions[Kind]['asks'];
  };
}[QuestionKind];

export interface AnnotationAnswer {
  readonly ticket: number;
  readonly value?: unknown;
  readonly failure?: Remark;
}
