/**
 * The classes of a project, their order, names and colors. Label tiles are not touched here, ever.
 * Convention: tiles hold stable class ids; order, merge and removal change only how ids are read (class-map.ts). So
 * each of them is instant, holds for the history too, and can be taken back with `restore`.
 */
import { nextColor } from './class-palette.ts';
import { readClassMap } from './class-map.ts';
import { StoreRefusal } from './errors.ts';
import { withoutNulls } from './handle.ts';
import type { ReadHandle, RowOf, WriteHandle } from './handle.ts';
import type { ClassRecord, ClassStore, NewClass, RemovedClass } from './types.ts';

const highestId = 254;

export function readClasses(db: ReadHandle): ClassRecord[] {
  return db
    .many<Omit<ClassRecord, 'index'>>(
      'SELECT id, name, color FROM classes WHERE position IS NOT NULL ORDER BY position, id',
    )
    .map((row, i) => ({ ...row, index: i + 1 }));
}

function readRemovedClasses(db: ReadHandle): RemovedClass[] {
  return db
    .many<RowOf<RemovedClass>>(
      'SELECT id, name, color, merged_into AS mergedInto FROM classes WHERE position IS NULL ORDER BY id',
    )
    .map((row) => withoutNulls<RemovedClass>(row));
}

export function classStore(db: WriteHandle): ClassStore {
  const set = (id: number, column: 'name' | 'color', value: () => string): ClassRecord =>
    db.transaction(() => {
      requireClass(db, id);
      db.run(`UPDATE classes SET ${column} = ? WHERE id = ?`, value(), id);
      return requireClass(db, id);
    });
  return {
    all: () => readClasses(db),
    get: (id) => readClasses(db).find((entry) => entry.id === id),
    add: (entry) => db.transaction(() => addClass(db, entry)),
    rename: (id, name) => set(id, 'name', () => checkName(db, name, id)),
    recolor: (id, color) => set(id, 'color', () => checkColor(color)),
    reorder: (ids) =>
      db.transaction(() => {
        const sorted = (list: readonly number[]): string => list.toSorted((a, b) => a - b).join();
        if (sorted(ids) !== sorted(readClasses(db).map((entry) => entry.id))) {
          throw new StoreRefusal('class-order-invalid', 'A new order must name every class exactly once.');
        }
        changeReading(db, () => setOrder(db, ids));
        return readClasses(db);
      }),
    merge: (fromIds, toId) =>
      db.transaction(() => {
        requireClass(db, toId);
        changeReading(db, () => fromIds.filter((id) => id !== toId).forEach((id) => takeOut(db, id, toId)));
        return requireClass(db, toId);
      }),
    remove: (id) => {
      db.transaction(() => changeReading(db, () => takeOut(db, id, null)));
    },
    removed: () => readRemovedClasses(db),
    restore: (id) =>
      db.transaction(() => {
        const entry = readRemovedClasses(db).find((one) => one.id === id);
        if (entry !== undefined) {
          checkName(db, entry.name, id);
          changeReading(db, () => {
            db.run('UPDATE classes SET merged_into = NULL, position = ? WHERE id = ?', readClasses(db).length + 1, id);
          });
        }
        return requireClass(db, id);
      }),
  };
}

function addClass(db: WriteHandle, entry: NewClass): ClassRecord {
  const present = readClasses(db);
  // Ids of removed classes are not given again: label tiles and their history still hold them.
  const id = (db.one<{ id: number | null }>('SELECT max(id) AS id FROM classes')?.id ?? 0) + 1;
  if (id > highestId) {
    throw new StoreRefusal(
      'too-many-classes',
      `A project can have ${highestId} classes, removed ones included. Restore a removed class and rename it instead.`,
    );
  }
  const name = checkName(db, entry.name, id);
  const color = checkColor(entry.color ?? nextColor(present.map((one) => one.color)));
  db.run('INSERT INTO classes (id, name, color, position) VALUES (?, ?, ?, ?)', id, name, color, present.length + 1);
  return requireClass(db, id);
}

function takeOut(db: WriteHandle, id: number, mergedInto: number | null): void {
  requireClass(db, id);
  db.run('UPDATE classes SET position = NULL, merged_into = ? WHERE id = ?', mergedInto, id);
  setOrder(
    db,
    readClasses(db).map((entry) => entry.id),
  );
}

function setOrder(db: WriteHandle, ids: readonly number[]): void {
  ids.forEach((id, i) => db.run('UPDATE classes SET position = ? WHERE id = ?', i + 1, id));
}

/** Whoever keeps something made from label maps must see that they read differently now. */
function changeReading(db: WriteHandle, change: () => void): void {
  const before = readClassMap(db).indexOfId;
  change();
  if (Buffer.compare(before, readClassMap(db).indexOfId) !== 0) {
    db.run('UPDATE label_maps SET revision = revision + 1');
  }
}

function requireClass(db: ReadHandle, id: number): ClassRecord {
  const entry = readClasses(db).find((one) => one.id === id);
  if (entry === undefined) {
    throw new StoreRefusal('class-unknown', `There is no class ${id} in this project (any more). Load the list again.`);
  }
  return entry;
}

function checkName(db: ReadHandle, name: string, ownId: number): string {
  const trimmed = name.trim().normalize('NFC');
  if (trimmed === '' || trimmed.length > 200 || !trimmed.isWellFormed()) {
    throw new StoreRefusal('class-name-invalid', 'A class needs a name of 1 to 200 characters.');
  }
  if (readClasses(db).some((entry) => entry.name === trimmed && entry.id !== ownId)) {
    throw new StoreRefusal('class-name-taken', `There is a class "${trimmed}" already. Choose another name, or merge.`);
  }
  return trimmed;
}

function checkColor(color: string): string {
  const lower = color.toLowerCase();
  if (!/^#[0-9a-f]{6}$/.test(lower)) {
    throw new StoreRefusal(
      'class-color-invalid',
      `"${color}" is not a color. Write it as #rrggbb, for example #e69f00.`,
    );
  }
  return lower;
}
