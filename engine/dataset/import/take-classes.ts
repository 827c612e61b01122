/**
 * Gives a project the classes that its masks or annotations need. Convention: label i of a reading is the project's class i in its order;
 * what the reading has beyond those is added at the end, so labels need no translation.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { MambrushError } from '../../contract/error.ts';
import type { ClassRecord, ProjectStore } from '../../store/types.ts';
import type { ClassHint } from '../masks/mask-reading.ts';

function asAdded(index: number, name: string): ClassRecord {
  return { id: 0, index, name, color: '#808080' };
}

export function takeClasses(
  store: ProjectStore,
  existing: readonly ClassRecord[],
  hints: readonly ClassHint[],
  dryRun: boolean,
): ClassRecord[] {
  const classes = [...existing];
  for (const { name: wanted, color } of hints.slice(existing.length)) {
    const name = freeName(wanted, new Set(classes.map((entry) => entry.name)));
    classes.push(dryRun ? asAdded(classes.length + 1, name) : store.classes.add({ name, color }));
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

interface NamedClasses {
  readonly classes: ClassRecord[];
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
  const classes = [...store.classes.all()];
  const values = new Map<string, number>();
  for (const entry of wanted) {
    const exact = classes.filter(({ name }) => name === entry.name);
    const folded = classes.filter(({ name }) => name.toLowerCase() === entry.name.toLowerCase());
    const [found] = exact.length === 1 ? exact : folded.length === 1 ? folded : [];
    // Each that is added is a write to the disk.
    await breathe();
    const used = found ?? (dryRun ? roomFor(classes, entry.name) : addedTo(store, entry));
    if (used === undefined) continue;
    if (found === undefined) classes.push(used);
    values.set(entry.name, used.index);
  }
  return { classes, values };
}

function roomFor(classes: readonly ClassRecord[], name: string): ClassRecord | undefined {
  return classes.length < mostClasses ? asAdded(classes.length + 1, name) : undefined;
}

/** @returns undefined where there is no room for another */
function addedTo(
  store: ProjectStore,
  entry: { readonly name: string; readonly color?: string | undefined },
): ClassRecord | undefined {
  try {
    return store.classes.add(entry);
  } catch (error) {
    if (error instanceof MambrushError && error.code === 'too-many-classes') return undefined;
    throw error;
  }
}
