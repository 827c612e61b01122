/**
 * Finds out what the values of a folder's masks mean, from all of them together. Convention: what is certain is said as
 * a note; what could be meant otherwise is a choice: taken by the sane default, and reported with the alternatives.
 */
import { byColor } from './decide-color-masks.ts';
import { decideGreyMasks } from './decide-grey-masks.ts';
import { MaskError, paletteColor } from './mask-reading.ts';
import type { MaskReading } from './mask-reading.ts';
import { choice, colorsOf, decided, indexClasses, MOST_CLASSES, twoValues, valuesOf } from './reading-decision.ts';
import type { ReadingDecision, ReadingRequest } from './reading-decision.ts';
import type { MaskSurvey } from './survey-mask.ts';

/** A picture with more colors than this has no palette of classes. */
const MOST_CLASS_COLORS = 64;

/** @throws MaskError mask-colors-too-many, mask-invert-impossible */
export function decideMaskReading(surveys: readonly MaskSurvey[], request: ReadingRequest = {}): ReadingDecision {
  const decision = decide(surveys, request);
  const fromAlpha = surveys.filter((survey) => survey.fromAlpha);
  const notes = [...decision.notes];
  if (fromAlpha.length > 0) {
    const message = `${fromAlpha.length} masks have their shapes in the alpha channel; it is read (${fromAlpha[0]!.path} …).`;
    notes.push({ code: 'mask-from-alpha', message });
  }
  if (request.invert !== true) return { ...decision, notes };
  const text = `${decision.text}; inverted: the rest is the class`;
  return { ...decision, notes, code: 'reading-inverted', text, reading: inverted(decision.reading) };
}

function inverted(reading: MaskReading): MaskReading {
  if (reading.scheme === 'nonzero' || reading.scheme === 'half') return { ...reading, invert: true };
  if (reading.scheme === 'colours' && reading.table.size <= 2 && reading.classes.length === 1) {
    return { ...reading, table: new Map([...reading.table].map(([color, label]) => [color, 1 - label])) };
  }
  const message =
    'These masks have more than one class, so there is nothing to invert. Leave inversion off, or read them as two values.';
  throw new MaskError('mask-invert-impossible', message);
}

function decide(surveys: readonly MaskSurvey[], request: ReadingRequest): ReadingDecision {
  const fromHalf = 'values from half on are the class, as asked for';
  switch (request.interpretation ?? 'auto') {
    case 'binary':
      if (surveys.some(({ lossy }) => lossy)) return decided(twoValues('half', request), 'reading-half', fromHalf);
      return decided(twoValues('nonzero', request), 'reading-nonzero', 'every value but 0 is the class, as asked for');
    case 'soft':
      return decided(twoValues('half', request), 'reading-half', fromHalf);
    case 'index': {
      const values = [...valuesOf(surveys.filter(({ kind }) => kind !== 'color'))].filter((value) => value !== 255);
      const classes = indexClasses(Math.min(MOST_CLASSES, Math.max(1, ...values)), request, sharedPalette(surveys));
      return decided({ scheme: 'index', classes }, 'reading-index', 'the value is the class number, as asked for');
    }
    case 'colours':
      return byColor(surveys, request, 'reading-colors', 'every color or grey is a class, as asked for');
    case 'auto':
      return decideByKind(surveys, request);
  }
}

function decideByKind(surveys: readonly MaskSurvey[], request: ReadingRequest): ReadingDecision {
  const palette = surveys.filter(({ kind }) => kind === 'palette');
  if (surveys.some(({ kind }) => kind === 'color')) {
    return colorsOrLightness(surveys, request, 'reading-colors', 'every color is a class');
  }
  return palette.length > 0 ? decidePaletteMasks(surveys, palette, request) : decideGreyMasks(surveys, request);
}

function colorsOrLightness(
  surveys: readonly MaskSurvey[],
  request: ReadingRequest,
  code: string,
  text: string,
): ReadingDecision {
  const noisy = surveys.filter(
    ({ kind, tooMany, lossy, counts }) => tooMany || counts.size > MOST_CLASS_COLORS || (lossy && kind === 'color'),
  );
  if (noisy.length === 0 && colorsOf(surveys).size <= MOST_CLASS_COLORS) {
    return byColor(surveys, request, code, text);
  }
  const unclear = noisy.length > 0 ? noisy : surveys;
  const message =
    `${unclear.length} masks have more colors than there can be classes (saved as JPEG, or with soft edges). ` +
    'Their lightness is read: from half on it is the class.';
  const choices = [choice('mask-colors-unclear', unclear, 'soft', ['binary'], message)];
  return decided(twoValues('half', request), 'reading-lightness', 'colors: light is the class', { choices });
}

/** The palette that all palette masks share, as far as they use it. */
function sharedPalette(surveys: readonly MaskSurvey[]): Uint8Array | undefined {
  const shared = new Map<number, number>();
  let longest: Uint8Array | undefined;
  for (const { kind, palette, counts } of surveys) {
    if (kind !== 'palette') continue;
    for (const index of counts.keys()) {
      const color = paletteColor(palette, index);
      if ((shared.get(index) ?? color) !== color) return undefined;
      shared.set(index, color);
    }
    if (!longest || palette.length > longest.length) longest = palette;
  }
  return longest;
}

function decidePaletteMasks(
  all: readonly MaskSurvey[],
  palettes: readonly MaskSurvey[],
  request: ReadingRequest,
): ReadingDecision {
  const palette = sharedPalette(palettes);
  if (!palette) {
    const text = 'palettes differ between the masks, so colors are classes';
    return colorsOrLightness(all, request, 'reading-palettes-differ', text);
  }
  const used = valuesOf(palettes);
  const colors = new Set([...used].map((index) => paletteColor(palette, index)));
  const greyIndices = valuesOf(all.filter(({ kind }) => kind === 'grey'));
  // Of two entries the black one is background, whichever number it has; without black, number 0 is.
  if (used.size <= 2 && colors.has(0)) {
    return byColor(all, request, 'reading-two-colors', 'palette of two colors: what is not black is the class');
  }
  const numbers = [...used, ...greyIndices].filter((index) => index !== 255);
  const count = Math.max(1, ...numbers);
  if (count >= MOST_CLASS_COLORS) {
    const text = 'palette numbers are too large for class numbers; colors are the classes';
    return byColor(all, request, 'reading-palette-large', text);
  }
  const unlabelled = { code: 'mask-255-unlabelled', message: 'Palette number 255 is read as “unlabeled”.' };
  const notes = used.has(255) || greyIndices.has(255) ? [unlabelled] : [];
  const classes = indexClasses(count, request, palette);
  const text = `the palette number is the class number (1 to ${count})`;
  return decided({ scheme: 'index', classes }, 'reading-palette-index', text, { notes });
}
