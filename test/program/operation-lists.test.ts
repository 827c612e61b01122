import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { operationKernels } from '../../engine/executors/webgpu/kernels/kernels.ts';
import { operations } from '../../engine/program/operations/operations.ts';
import { updates } from '../../engine/program/updates/updates.ts';
import { everyOperation } from './every-operation.ts';

describe('the lists of operations and updates', () => {
  it('have everything that there is, under its own kind', async () => {
    const wanted = await everyOperation();
    expect([...operations].sort()).toEqual(wanted.map((definition) => [definition.kind, definition]).sort());
    for (const kind of Object.keys(operationKernels)) expect(operations.has(kind), kind).toBe(true);
    const folder = new URL('../../engine/program/updates/', import.meta.url);
    const kinds: string[] = [];
    for (const file of readdirSync(folder)) {
      const module = (await import(new URL(file, folder).href)) as Readonly<Record<string, { readonly kind?: string }>>;
      kinds.push(...Object.values(module).flatMap(({ kind }) => kind ?? []));
    }
    expect([...updates.keys()].sort()).toEqual(kinds.sort());
    for (const [kind, definition] of updates) expect(definition.kind).toBe(kind);
  });
});
