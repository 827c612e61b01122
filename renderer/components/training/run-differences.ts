/** In which settings runs differ from one another, in short. Pure. */
import type { RunInfo } from '../../../engine/contract/training.ts';

/** Each has a column of its own, or says nothing about the recipe. */
const elsewhere = new Set(['seed', 'epochs', 'threads', 'executor', 'validationBatch', 'network.classes']);

type Flat = ReadonlyMap<string, string>;

export interface SettingValue {
  /** As in the form: 'optimiser.kind', 'network.widths'. */
  readonly key: string;
  readonly value: string;
}

/** By run, each setting in which not all runs agree. */
export function differencesOf(runs: readonly RunInfo[]): ReadonlyMap<number, readonly SettingValue[]> {
  const flat = runs.map(({ settings, network }): Flat => {
    const values = new Map<string, string>();
    flatten(settings, '', values);
    flatten(network, 'network.', values);
    return values;
  });
  const keys = new Set(flat.flatMap((values) => [...values.keys()]));
  const differing = [...keys].filter(
    (key) => !elsewhere.has(key) && new Set(flat.map((values) => values.get(key))).size > 1,
  );
  return new Map(
    runs.map(({ id }, at) => [
      id,
      differing.flatMap((key) => {
        const value = flat[at]!.get(key);
        return value === undefined ? [] : [{ key, value }];
      }),
    ]),
  );
}

function flatten(value: unknown, path: string, into: Map<string, string>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const name = `${path}${key}`;
    if (typeof inner !== 'object' || inner === null) into.set(name, shortly(String(inner)));
    else if (Array.isArray(inner)) into.set(name, inner.join(','));
    else flatten(inner, `${name}.`, into);
  }
}

/** Of a path, the file. */
function shortly(text: string): string {
  return text.includes('/') || text.includes('\\') ? text.split(/[\\/]/).slice(-2).join('/') : text;
}
