/**
 * Gives every color of a folder's masks its class. For masks that were painted in colors, and palettes that differ.
 * Convention: the same colors get the same classes every time: black is background, the others go by their values.
 */
import { hexColor, MaskError } from './mask-reading.ts';
import type { ClassHint } from './mask-reading.ts';
import { choice, colorsOf, decided, MOST_CLASSES, oneClass } from './reading-decision.ts';
import type { MaskChoice, ReadingDecision, ReadingRequest } from './reading-decision.ts';
import type { MaskSurvey } from './survey-mask.ts';

/**
 * Every color is a class: black is background, or else the most frequent color; the others in the order of their
 * values, those first that a class of the project already has.
 */
export function byColor(
  surveys: readonly MaskSurvey[],
  request: ReadingRequest,
  code: string,
  text: string,
): ReadingDecision {
  const counts = colorsOf(surveys);
  const background = counts.has(0) || counts.size < 2 ? 0 : mostFrequent(counts);
  const others = [...counts.keys()].filter((color) => color !== background).sort((a, b) => a - b);
  if (others.length > MOST_CLASSES || surveys.some(({ tooMany }) => tooMany)) {
    const message = `The masks have more than ${MOST_CLASSES} colors, so colors cannot be classes. Read them as soft masks.`;
    throw new MaskError('mask-colors-too-many', message, { path: surveys[0]?.path ?? '' });
  }
  const table = new Map([[background, 0]]);
  const existing = request.existing ?? [];
  const classes: ClassHint[] = existing.map(({ name, color }) => ({ name, color }));
  const isGrey = (color: number): boolean => color >> 8 === (color & 0xffff) && color >> 16 === (color & 0xff);
  const unnamed = others.filter((color) => {
    const known = existing.findIndex((entry) => entry.color.toLowerCase() === hexColor(color));
    if (known >= 0) table.set(color, known + 1);
    return known < 0;
  });
  // White, or a single color in a project with at most one class, is what the project's first class is.
  const single = others.length === 1 ? unnamed[0] : undefined;
  if (single !== undefined && (existing.length <= 1 || isGrey(single))) {
    table.set(single, 1);
    if (classes.length === 0) classes.push(...oneClass(request));
  } else {
    for (const color of unnamed) {
      const name = `class ${classes.length + 1}`;
      classes.push(isGrey(color) || color > 0xffffff ? { name } : { name, color: hexColor(color) });
      table.set(color, classes.length);
    }
  }
  const choices: MaskChoice[] = [];
  if (background !== 0) {
    const message = `No mask has black, so the most frequent color ${hexColor(background)} is taken as background.`;
    choices.push(choice('mask-background-unclear', surveys, 'colours', ['soft', 'index'], message));
  }
  const list = others.map((color) => `${hexColor(color)} → ${table.get(color)}`).join(', ');
  const named = classes.length > 0 ? classes : oneClass(request);
  const which = list && others.length <= 12 ? ` (${list})` : '';
  return decided({ scheme: 'colours', table, classes: named }, code, `${text}${which}`, { choices });
}

function mostFrequent(counts: ReadonlyMap<number, number>): number {
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}
