/**
 * The images of a project: what is known about each file. Never opens, changes or deletes an image file.
 * Convention: a removed image keeps its row, labels and history; only `removed` and `restore` know it.
 */
import { ProjectDamaged, StoreRefusal } from './errors.ts';
import type { ReadHandle, RowOf, WriteHandle } from './handle.ts';
import { newImage } from './image-types.ts';
import { checkImagePath, pathFault } from './relative-path.ts';
import type { ImageRecord, ImageStore, NewImage } from './types.ts';

/** Of the facts, but for the path, which has its own rules. */
const factNames = newImage.omit({ path: true, state: true }).keyof().options;
const otherColumns: Readonly<Record<string, string>> = { modifiedAt: 'modified_at', group: 'group_name' };
const columnNames = factNames.map((name) => otherColumns[name] ?? name);
/** In the order of `columnNames`. */
const columnValues = (facts: NewImage): (string | number | null)[] => factNames.map((name) => facts[name] ?? null);

type ImageRow = RowOf<Omit<ImageRecord, 'missing'>> & { readonly missing: 0 | 1 };

const facts = factNames.map((name, i) => `${columnNames[i]} AS "${name}"`).join();
const images = `SELECT id, path, ${facts}, state, missing, added_at AS addedAt FROM images`;
const present = `${images} WHERE removed_at IS NULL`;

function findImage(db: ReadHandle, id: number): ImageRecord | undefined {
  return recordOf(db, db.one<ImageRow>(`${present} AND id = ?`, id));
}

/** Errors: `image-unknown`. */
export function requireImage(db: ReadHandle, id: number): ImageRecord {
  const image = findImage(db, id);
  if (image === undefined) {
    throw new StoreRefusal('image-unknown', `There is no image ${id} in this project (any more). Load the list again.`);
  }
  return image;
}

export function imageStore(db: WriteHandle): ImageStore {
  const set = (id: number, column: string, value: string | number | null): ImageRecord => {
    requireImage(db, id);
    db.run(`UPDATE images SET ${column} = ? WHERE id = ?`, value, id);
    return requireImage(db, id);
  };
  const list = (query: string): ImageRecord[] =>
    db.many<ImageRow>(`${query} ORDER BY id`).map((row) => toRecord(db, row));

  return {
    add: (images) => db.transaction(() => images.map((image) => addImage(db, image))),
    all: () => list(present),
    count: () => db.one<{ n: number }>(`SELECT count(*) AS n FROM images WHERE removed_at IS NULL`)?.n ?? 0,
    get: (id) => findImage(db, id),
    byPath: (path) => recordOf(db, db.one<ImageRow>(`${present} AND path = ?`, path)),
    setState: (id, state) => set(id, 'state', state),
    markMissing: (ids, missing) => {
      db.transaction(() => ids.forEach((id) => set(id, 'missing', missing ? 1 : 0)));
    },
    move: (id, path) =>
      db.transaction(() => {
        checkImagePath(path);
        if (requireImage(db, id).path !== path) refuseTakenPath(db, path);
        return set(id, 'path', path);
      }),
    update: (id, change) => db.transaction(() => updateImage(db, id, change)),
    remove: (ids) => {
      db.transaction(() => {
        for (const id of ids) {
          requireImage(db, id);
          db.run('UPDATE images SET removed_at = ? WHERE id = ?', new Date().toISOString(), id);
        }
      });
    },
    removed: () => list(`${images} WHERE removed_at IS NOT NULL`),
    restore: (ids) => db.transaction(() => ids.map((id) => restoreImage(db, id))),
  };
}

function addImage(db: WriteHandle, image: NewImage): ImageRecord {
  const facts = checkFacts(image);
  refuseTakenPath(db, facts.path);
  const values = [facts.path, ...columnValues(facts), facts.state ?? 'unlabelled', new Date().toISOString()];
  const { id } = db.run(
    `INSERT INTO images (path, ${columnNames.join(', ')}, state, added_at) VALUES (${values.map(() => '?').join(', ')})`,
    ...values,
  );
  return requireImage(db, id);
}

function updateImage(db: WriteHandle, id: number, change: Partial<NewImage>): ImageRecord {
  const before = requireImage(db, id);
  const facts = checkFacts({ ...before, ...change, path: before.path });
  const sameSize = facts.width === before.width && facts.height === before.height;
  if (!sameSize && db.one('SELECT 1 FROM label_maps WHERE image_id = ?', id) !== undefined) {
    throw new StoreRefusal(
      'image-size-changed',
      `${before.path} is now ${facts.width}×${facts.height}, but its labels were made for ` +
        `${before.width}×${before.height}. Put the old file back, or remove the image and add it anew.`,
      { path: before.path },
    );
  }
  const columns = columnNames.map((name) => `${name} = ?`).join(', ');
  db.run(`UPDATE images SET ${columns} WHERE id = ?`, ...columnValues(facts), id);
  return requireImage(db, id);
}

function restoreImage(db: WriteHandle, id: number): ImageRecord {
  const row = db.one<ImageRow>(`${images} WHERE id = ? AND removed_at IS NOT NULL`, id);
  if (row !== undefined) {
    refuseTakenPath(db, row.path);
    db.run('UPDATE images SET removed_at = NULL WHERE id = ?', id);
  }
  return requireImage(db, id);
}

function checkFacts(image: NewImage): NewImage {
  checkImagePath(image.path);
  const checked = newImage.safeParse(image);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0];
  throw new StoreRefusal(
    'image-invalid',
    `${image.path} cannot be added: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}.`,
    { path: image.path },
  );
}

function refuseTakenPath(db: ReadHandle, path: string): void {
  if (db.one(`${present} AND path = ?`, path) === undefined) return;
  throw new StoreRefusal('image-already-added', `${path} is in the project already. Use the record that is there.`, {
    path,
  });
}

function recordOf(db: ReadHandle, row: ImageRow | undefined): ImageRecord | undefined {
  return row === undefined ? undefined : toRecord(db, row);
}

/** Paths are checked on the way out too: a project may come from a stranger. */
function toRecord(db: ReadHandle, row: ImageRow): ImageRecord {
  const fault = pathFault(row.path);
  if (fault !== undefined) throw new ProjectDamaged(db.file, `path of image ${row.id}: ${fault}`);
  return { ...row, group: row.group ?? undefined, missing: row.missing === 1 };
}
