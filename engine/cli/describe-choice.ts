/**
 * What computes, in a sentence of the command line: with what a race measured and said. Not why it is not what was asked
 * for: that is a sentence of its own.
 */
import { fallbackText, notUsedText } from '../contract/fallback.ts';
import type { ExecutorChoice } from '../contract/training.ts';

export function describeChoice({ description, race = [], refusals = [] }: ExecutorChoice): string {
  const figures = race.map(({ executor, milliseconds }) => `${executor} ${milliseconds.toPrecision(3)} ms`);
  const measured = figures.length === 0 ? [] : [`measured here for an image: ${figures.join(', ')}`];
  const notUsed = refusals.map(notUsedText).join(' ').replace(/\.$/, '');
  const said = [...measured, ...(notUsed === '' ? [] : [notUsed])];
  return said.length === 0 ? description : `${description} (${said.join('; ')})`;
}

/** Nothing where it is what was asked for. */
export function describeFallback({ fallback }: Pick<ExecutorChoice, 'fallback'>): readonly string[] {
  return fallback === undefined ? [] : [fallbackText(fallback)];
}
