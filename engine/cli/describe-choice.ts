/**
 * What computes, in a sentence of the command line: with what a race measured and said. Not why it is not what was asked
 * for: that is `fallback`, a sentence of its own.
 */
import type { ExecutorChoice } from '../contract/training.ts';

export function describeChoice({ description, race = [], remark }: ExecutorChoice): string {
  const figures = race.map(({ executor, milliseconds }) => `${executor} ${milliseconds.toPrecision(3)} ms`);
  const measured = figures.length === 0 ? [] : [`measured here for an image: ${figures.join(', ')}`];
  const said = [...measured, ...(remark === undefined ? [] : [remark.replace(/\.$/, '')])];
  return said.length === 0 ? description : `${description} (${said.join('; ')})`;
}
