/**
 * The images of a project: what is known about each file. Never opens, changes or deletes an image file.
 * Convention: a removed image keeps its row, labels and history; only `removed` and `restore` know it.
 */
import { z } from 'zod';
import { ProjectDamaged, StoreRefusal } from './errors.ts';
import type { ReadHandle, WriteHandle } from './handle.ts';
import { checkImagePath, pathFault } from './relative-path.ts';
import type { ImageRecord, ImageStore, NewImage } from './types.ts';

const imageFacts = z.object({
  path: z.string(),
  width: z.int().positive(),
  height: z.int().positive(),
  channels: z.union([z.literal(1), z.literal(3), z.literal(4)]),
  bits: z.union([z.literal(8), z.literal(16)]),
  format: z.string(),
  orientation: z.int().min(1).max(8),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().nonnegative(),
  modifiedAt: z.number(),
  group: z.string().optional(),
  state: z.enum(['unlabelled', 'in-progress', 'done']).optional(),
}) satisfies z.ZodType<NewImage>;

/** The columns of the facts, but for the path, which has its own rules. */
const factColumns = {
  width: 'width',
  height: 'height',
  channels: 'channels',
  bits: 'bits',
  format: 'format',
  orientation: 'orientation',
  hash: 'hash',
  bytes: 'bytes',
  modifiedAt: 'modified_at',
  group: 'group_name',
} as const satisfies Readonly<Record<Exclude<keyof NewImage, 'path' | 'state'>, string>>;

const columnNames = Object.values(factColumns);
const factNames = Object.keys(factColumns) as (keyof typeof factColumns)[];
/** In the order of `columnNames`. */
const columnValues = (facts: NewImage): (string | number | null)[] => factNames.map((name) => facts[name] ?? null);

type ImageRow = Omit<ImageRecord, 'modifiedAt' | 'group' | 'missing' | 'addedAt'> & {
  readonly modified_at: number;
  readonly group_name: string | null;
  readonly missing: number;
  readonly added_at: string;
};

const present = 'SELECT * FROM images WHERE removed_at IS NULL';

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
  const list = (where: string, ...values: readonly string[]): ImageRecord[] =>
    db.many<ImageRow>(`${where} ORDER BY id`, ...values).map((row) => toRecord(db, row));

  return {
    add: (images) => db.transaction(() => images.map((image) => addImage(db, image))),
    all: () => list(present),
    count: () => db.one<{ n: number }>(`SELECT count(*) AS n FROM images WHERE removed_at IS NULL`)?.n ?? 0,
    get: (id) => findImage(db, id),
    byPath: (path) => recordOf(db, db.one<ImageRow>(`${present} AND path = ?`, path)),
    byHash: (hash) => list(`${present} AND hash = ?`, hash),
    setState: (id, state) => set(id, 'state', state),
    setGroup: (id, group) => set(id, 'group_name', group ?? null),
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
    removed: () => list('SELECT * FROM images WHERE removed_at IS NOT NULL'),
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
  const row = db.one<ImageRow>('SELECT * FROM images WHERE id = ? AND removed_at IS NOT NULL', id);
  if (row !== undefined) {
    refuseTakenPath(db, row.path);
    db.run('UPDATE images SET removed_at = NULL WHERE id = ?', id);
  }
  return requireImage(db, id);
}

function checkFacts(image: NewImage): NewImage {
  checkImagePath(image.path);
  const checked = imageFacts.safeParse(image);
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
  return {
    id: row.id,
    path: row.path,
    width: row.width,
    height: row.height,
    channels: row.channels,
    bits: row.bits,
    format: row.format,
    orientation: row.orientation,
    hash: row.hash,
    bytes: row.bytes,
    modifiedAt: row.modified_at,
    group: row.group_name ?? undefined,
    state: row.state,
    missing: row.missing === 1,
    addedAt: row.added_at,
  };
}
