/**
 * Gives a project the classes that its masks or annotations need. Convention: label i of a reading is the project's class i in its order;
 * what the reading has beyond those is added at the end, so labels need no translation.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { MambrushError } from '../../contract/error.ts';
import type { ClassRecord, ProjectStore } from '../../store/types.ts';
import type { ImportedClass } from './import-report.ts';
import type { ClassHint } from '../masks/mask-reading.ts';

/** @param hints of classes 1, 2, …; undefined: no masks are taken, and no class is */
export function takeClasses(
  store: ProjectStore,
  existing: readonly ClassRecord[],
  hints: readonly ClassHint[] | undefined,
  dryRun: boolean,
): readonly ImportedClass[] {
  const classes: ImportedClass[] = existing.map(({ index, name }) => ({ index, name, added: false }));
  for (const { name: wanted, color } of (hints ?? []).slice(existing.length)) {
    const name = freeName(wanted, new Set(classes.map((entry) => entry.name)));
    if (!dryRun) store.classes.add({ name, color });
    classes.push({ index: classes.length + 1, name, added: true });
  }
  return classes;
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted;
  for (let number = 2; taken.has(name); number++) name = `${wanted} (${number})`;
  return name;
}

/** A project numbers its classes from 1 to this. */
const mostClasses = 254;

export interface NamedClasses {
  readonly classes: readonly ImportedClass[];
  /** The number of each name; names for which there is no room are not in it. */
  readonly values: ReadonlyMap<string, number>;
}

/**
 * The same by name: a name is the class that is called so, or, if there is just one, the class that differs only in upper
 * and lower case; what is left is added at the end, in the order given.
 */
export async function takeNamedClasses(
  store: ProjectStore,
  wanted: readonly { readonly name: string; readonly color?: string | undefined }[],
  dryRun: boolean,
): Promise<NamedClasses> {
  const classes: ImportedClass[] = store.classes.all().map(({ index, name }) => ({ index, name, added: false }));
  const values = new Map<string, number>();
  for (const entry of wanted) {
    const exact = classes.filter(({ name }) => name === entry.name);
    const folded = classes.filter(({ name }) => name.toLowerCase() === entry.name.toLowerCase());
    const [found] = exact.length === 1 ? exact : folded.length === 1 ? folded : [];
    // Each that is added is a write to the disk.
    await breathe();
    if (found === undefined && !(dryRun ? classes.length < mostClasses : isAdded(store, entry))) continue;
    const index = found?.index ?? classes.length + 1;
    if (found === undefined) classes.push({ index, name: entry.name, added: true });
    values.set(entry.name, index);
  }
  return { classes, values };
}

function isAdded(store: ProjectStore, entry: { readonly name: string; readonly color?: string | undefined }): boolean {
  try {
    store.classes.add(entry);
    return true;
  } catch (error) {
    if (error instanceof MambrushError && error.code === 'too-many-classes') return false;
    throw error;
  }
}
