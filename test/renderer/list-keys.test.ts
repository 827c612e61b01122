import { expect, it } from 'vitest';
import { keyTarget } from '../../renderer/composables/list-keys.ts';

it('keys of a list move by their step, to its ends and not beyond; other keys do not', () => {
  const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10 };
  const from = (at: number, key: string, count = 5): number | undefined => keyTarget(key, at, count, steps);
  expect([from(1, 'ArrowDown'), from(1, 'ArrowUp'), from(1, 'PageDown')]).toEqual([2, 0, 4]);
  expect([from(0, 'ArrowUp'), from(4, 'ArrowDown'), from(-1, 'ArrowDown')]).toEqual([0, 4, 0]);
  expect([from(3, 'Home'), from(3, 'End')]).toEqual([0, 4]);
  expect([from(3, 'a'), from(-1, 'End', 0)]).toEqual([undefined, undefined]);
});
