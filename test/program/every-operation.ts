/**
 * Every operation that there is, read off the folder, so that a table of cases cannot miss a new one. Not a test.
 * Convention: an operation is whatever a file there exports with a kind and an `infer`.
 */
import { readdirSync } from 'node:fs';
import type { OperationDefinition } from '../../engine/program/operation.ts';

export async function everyOperation(): Promise<readonly OperationDefinition[]> {
  const folder = new URL('../../engine/program/operations/', import.meta.url);
  const found: OperationDefinition[] = [];
  for (const file of readdirSync(folder)) {
    const module = (await import(new URL(file, folder).href)) as Readonly<Record<string, unknown>>;
    found.push(...Object.values(module).filter(isDefinition));
  }
  return found;
}

function isDefinition(value: unknown): value is OperationDefinition {
  return typeof value === 'object' && value !== null && 'kind' in value && 'infer' in value;
}
