/** What deciding how to read masks starts from and ends with, and the small questions that every decision asks. */
import type { ImportReport, Remark } from '../../contract/dataset.ts';
import { greyColor, hexColor, paletteColor } from './mask-reading.ts';
import type { ClassHint, MaskInterpretation, MaskReading } from './mask-reading.ts';
import type { MaskSurvey } from './survey-mask.ts';

/** Something that could be meant otherwise: what was taken, and what else may be asked for. */
export type MaskChoice = ImportReport['choices'][number];

export interface ReadingDecision {
  readonly reading: MaskReading;
  /** What is read as what, for machines and for translation. */
  readonly code: string;
  /** The same in plain words: '0/255: from 128 on it is “object”'. */
  readonly text: string;
  readonly notes: readonly Remark[];
  readonly choices: readonly MaskChoice[];
}

export interface ReadingRequest {
  readonly interpretation?: MaskInterpretation | undefined;
  /** Dark or 0 is the class. Only where there are two values. */
  readonly invert?: boolean | undefined;
  /** The classes that exist, in order: a mask's color that one of them has stays that class. */
  readonly existing?: readonly { readonly name: string; readonly color: string }[] | undefined;
}

export const MOST_CLASSES = 254;

export function decided(
  reading: MaskReading,
  code: string,
  text: string,
  more: Partial<Pick<ReadingDecision, 'notes' | 'choices'>> = {},
): ReadingDecision {
  return { reading, code, text, notes: [], choices: [], ...more };
}

export function twoValues(scheme: 'nonzero' | 'half', request: ReadingRequest): MaskReading {
  return { scheme, invert: false, classes: oneClass(request) };
}

function examplesOf(surveys: readonly MaskSurvey[]): string[] {
  return surveys.slice(0, 3).map(({ path }) => path);
}

export function oneClass(request: ReadingRequest): readonly ClassHint[] {
  const name = request.existing?.[0]?.name ?? 'object';
  return [{ name }];
}

export function indexClasses(count: number, request: ReadingRequest, palette?: Uint8Array): readonly ClassHint[] {
  return Array.from({ length: count }, (_, i) => {
    const name = request.existing?.[i]?.name ?? `class ${i + 1}`;
    return palette ? { name, color: hexColor(paletteColor(palette, i + 1)) } : { name };
  });
}

export function valuesOf(surveys: readonly MaskSurvey[]): Set<number> {
  return new Set(surveys.flatMap(({ counts }) => [...counts.keys()]));
}

/** Pixels by color over all masks. */
export function colorsOf(surveys: readonly MaskSurvey[]): Map<number, number> {
  const colors = new Map<number, number>();
  for (const survey of surveys) {
    for (const [value, count] of survey.counts) {
      const color =
        survey.kind === 'color'
          ? value
          : survey.kind === 'palette'
            ? paletteColor(survey.palette, value)
            : greyColor(value, survey.max);
      colors.set(color, (colors.get(color) ?? 0) + count);
    }
  }
  return colors;
}

export function choice(
  code: string,
  surveys: readonly MaskSurvey[],
  taken: MaskInterpretation,
  alternatives: MaskInterpretation[],
  message: string,
): MaskChoice {
  return { code, message, taken, alternatives, examples: examplesOf(surveys) };
}
