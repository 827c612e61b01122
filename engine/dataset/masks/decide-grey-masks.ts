/**
 * Finds out what the greys of a folder's masks mean: 0/255, 0/1, class numbers, numbered objects, soft shares.
 * Convention: as in `decide-mask-reading.ts`; the thresholds below are this project's own and stand where they are used.
 */
import { byColor } from './decide-color-masks.ts';
import { choice, decided, indexClasses, twoValues, valuesOf } from './reading-decision.ts';
import type { MaskChoice, ReadingDecision, ReadingRequest } from './reading-decision.ts';
import type { MaskSurvey } from './survey-mask.ts';

/** Up to this number, small whole values are taken for class numbers. */
const LARGEST_CLASS_NUMBER = 31;
/** More class numbers than this are more likely numbered objects; said as a choice. */
const MANY_CLASSES = 12;
/** Up to so many spread-out greys are taken for a class each. */
const FEW_LEVELS = 8;
/** Values within a tenth of black or white count as black or white with soft edges. */
const EDGE = 0.1;
const MOSTLY = 0.9;

export function decideGreyMasks(surveys: readonly MaskSurvey[], request: ReadingRequest): ReadingDecision {
  const values = valuesOf(surveys);
  const shapes = [...values].filter((value) => value !== 0);
  const lossy = surveys.some((survey) => survey.lossy && survey.counts.size > 2);
  const single = decided(twoValues('nonzero', request), 'reading-nonzero', describeTwo(values));
  if (shapes.length <= 1) return single;
  const fullScale = (value: number): boolean => value === 1 || surveys.some(({ max }) => max === value);
  const twoEach = surveys.every(({ counts }) => [...counts.keys()].filter((value) => value !== 0).length <= 1);
  if (twoEach && shapes.every(fullScale)) {
    const text = 'two values in each mask (0/1 in some, 0/255 in others): what is not 0 is the class';
    return { ...single, code: 'reading-two-values', text };
  }

  const numbers = shapes.filter((value) => value !== 255);
  const largest = Math.max(...numbers);
  if (!lossy && largest <= LARGEST_CLASS_NUMBER) return classNumbers(surveys, request, numbers, values.has(255));
  if (!lossy && isNumberedObjects(surveys, shapes)) {
    const message =
      `The masks hold whole numbers up to ${Math.max(...shapes)}, as if every object had its own. ` +
      'All of them are taken together as one class.';
    const choices = [choice('mask-numbered-objects', surveys, 'binary', ['soft', 'index'], message)];
    return { ...single, code: 'reading-objects', text: 'numbered objects: what is not 0 is the class', choices };
  }
  if (!lossy && values.size <= FEW_LEVELS) {
    const levels = byColor(surveys, request, 'reading-levels', 'every grey is a class');
    const list = [...values].sort((a, b) => a - b).join(', ');
    const message = `The masks have the greys ${list}. Each one is taken as a class of its own, in ascending order.`;
    return { ...levels, choices: [choice('mask-grey-levels', surveys, 'colours', ['soft', 'binary'], message)] };
  }
  return softMasks(surveys, request, lossy);
}

function describeTwo(values: ReadonlySet<number>): string {
  const list = [...values].sort((a, b) => a - b).join('/');
  return `${list || 'no values'}: what is not 0 is the class`;
}

function classNumbers(
  surveys: readonly MaskSurvey[],
  request: ReadingRequest,
  numbers: readonly number[],
  unlabelled: boolean,
): ReadingDecision {
  const count = Math.max(...numbers);
  const choices: MaskChoice[] = [];
  if (numbers.length === 1 && unlabelled) {
    const message = `The masks have the values ${numbers[0]} and 255. 255 is taken as “unlabeled”, not as a class.`;
    choices.push(choice('mask-255-unclear', surveys, 'index', ['soft', 'binary', 'colours'], message));
  } else if (count > MANY_CLASSES) {
    const message =
      `The masks hold whole numbers up to ${count}. They are taken as ${count} classes; ` +
      'if every object has its own number, read them as one class (binary).';
    choices.push(choice('mask-many-classes', surveys, 'index', ['binary'], message));
  }
  const notes = unlabelled ? [{ code: 'mask-255-unlabelled', message: 'The value 255 is read as “unlabeled”.' }] : [];
  const text = `the value is the class number (1 to ${count})`;
  return decided({ scheme: 'index', classes: indexClasses(count, request) }, 'reading-index', text, { notes, choices });
}

/** Label images of object detectors: 1..n in each mask without large gaps, or 16 bits far from white. */
function isNumberedObjects(surveys: readonly MaskSurvey[], shapes: readonly number[]): boolean {
  const largest = Math.max(...shapes);
  const deep = surveys.some(({ max }) => max === 65535);
  if (deep) return largest < 60000 && surveys.every(({ counts }) => counts.size < 20000);
  return largest < 250 && shapes.length >= largest * MOSTLY;
}

function softMasks(surveys: readonly MaskSurvey[], request: ReadingRequest, lossy: boolean): ReadingDecision {
  let clear = 0;
  let all = 0;
  for (const { counts, max, pixels } of surveys) {
    all += pixels;
    for (const [value, count] of counts) if (value <= max * EDGE || value >= max * (1 - EDGE)) clear += count;
  }
  const share = clear / Math.max(1, all);
  const reading = twoValues('half', request);
  const percent = `${(share * 100).toFixed(1)} %`;
  if (share >= MOSTLY) {
    const why = lossy ? 'saved with losses (JPEG or WebP)' : 'soft at the edges';
    const message = `The masks are ${why}: ${percent} of their pixels are near black or white. They are cut at half.`;
    const notes = [{ code: 'mask-edges-soft', message }];
    return decided(reading, 'reading-black-white', 'black and white, cut at half', { notes });
  }
  const message =
    `Only ${percent} of the masks’ pixels are near black or white. They are taken as shares of the class, ` +
    'and cut at half.';
  const choices = [choice('mask-soft', surveys, 'soft', ['binary', 'colours'], message)];
  return decided(reading, 'reading-soft', 'soft: from half on it is the class', { choices });
}
