import { expect, it } from 'vitest';
import { operations } from '../../engine/program/operations/operations.ts';
import { everyOperation } from './every-operation.ts';

it('the list of operations has every one in its folder, under its own kind', async () => {
  const wanted = await everyOperation();
  expect(wanted.length).toBeGreaterThan(20);
  expect([...operations].sort()).toEqual(wanted.map((definition) => [definition.kind, definition]).sort());
});
