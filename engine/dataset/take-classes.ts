/**
 * Gives a project the classes that its masks need. Convention: label i of a reading is the project's class i in its order;
 * what the reading has beyond those is added at the end, so labels need no translation.
 */
import type { ClassRecord, ProjectStore } from '../store/types.ts';
import type { ImportedClass } from './import-report.ts';
import type { ClassHint } from './mask-reading.ts';

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
