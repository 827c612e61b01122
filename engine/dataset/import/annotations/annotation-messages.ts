/**
 * What the thread that reads annotations is asked and answers. Plain data. Convention: every question has a ticket, and
 * one answer with the same; every question names its file, so that any thread can answer it.
 */
import type { AnnotatedClass, LeftOut } from './annotation-file.ts';

export interface AnnotationSource {
  readonly absolute: string;
  /** For messages. */
  readonly path: string;
}

export interface FileSummary {
  readonly format: 'coco' | 'labelme';
  readonly images: number;
  readonly leftOut: readonly LeftOut[];
  readonly emptyIsBackground: boolean;
}

export interface ImageSummary {
  readonly name: string;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly objects: number;
  readonly leftOut: readonly LeftOut[];
}

export interface DrawRequest {
  readonly image: number;
  readonly width: number;
  readonly height: number;
  /** Class numbers by name; what is not among them is not drawn. */
  readonly values: ReadonlyMap<string, number>;
}

export interface DrawResult {
  /** (height, width) */
  readonly labels: Uint8Array<ArrayBuffer>;
  readonly drawn: number;
  readonly leftOut: readonly LeftOut[];
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
  readonly draw: { readonly asks: DrawRequest; readonly answers: DrawResult };
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
  readonly failure?: { readonly code: string; readonly message: string };
}
