/**
 * Splits of the images into train, val and test, with how they were made. Makes none: dataset/ does.
 * Convention: a split is never changed once stored; the current one is the one made last.
 */
import { StoreRefusal } from './errors.ts';
import type { ReadHandle, WriteHandle } from './handle.ts';
import { requireImage } from './images.ts';
import { objectFromColumn, toJsonColumn } from './json-column.ts';
import type { NewSplit, PartName, SplitRecord, SplitStore } from './types.ts';

interface SplitRow extends Omit<SplitRecord, 'parts' | 'settings'> {
  readonly settings: string;
}

const splits = 'SELECT id, name, seed, method, settings, created_at AS createdAt FROM splits';

interface PartRow {
  readonly id: number;
  readonly part: PartName;
}

const partNames: readonly PartName[] = ['train', 'val', 'test'];
const partRows = `SELECT s.image_id AS id, s.part AS part FROM split_images s JOIN images i ON i.id = s.image_id
  WHERE s.split_id = (SELECT id FROM splits ORDER BY chosen DESC LIMIT 1) AND i.removed_at IS NULL`;

export function requireSplit(db: ReadHandle, id: number): SplitRecord {
  const row = db.one<SplitRow>(`${splits} WHERE id = ?`, id);
  if (row === undefined) throw new StoreRefusal('split-unknown', `There is no split ${id} in this project.`);
  return toRecord(db, row);
}

export function splitStore(db: WriteHandle): SplitStore {
  const found = (row: SplitRow | undefined): SplitRecord | undefined =>
    row === undefined ? undefined : toRecord(db, row);
  return {
    create: (split) => db.transaction(() => createSplit(db, split)),
    current: () => found(db.one<SplitRow>(`${splits} ORDER BY chosen DESC LIMIT 1`)),
    currentParts: () => new Map(db.many<PartRow>(partRows).map((row) => [row.id, row.part] as const)),
    currentPartOf: (imageId) => db.one<PartRow>(`${partRows} AND s.image_id = ?`, imageId)?.part,
    get: (id) => found(db.one<SplitRow>(`${splits} WHERE id = ?`, id)),
    all: () => db.many<SplitRow>(`${splits} ORDER BY id`).map((row) => toRecord(db, row)),
  };
}

function createSplit(db: WriteHandle, split: NewSplit): SplitRecord {
  if (!Number.isSafeInteger(split.seed)) {
    throw new StoreRefusal('split-invalid', `The seed of a split is a whole number, not ${split.seed}.`);
  }
  const ids = partNames.flatMap((part) => split.parts[part]);
  if (new Set(ids).size !== ids.length) {
    throw new StoreRefusal('split-invalid', `In the split "${split.name}" an image is in two places. One is allowed.`);
  }
  const { id } = db.run(
    `INSERT INTO splits (name, seed, method, settings, created_at, chosen) 
     VALUES (?, ?, ?, ?, ?, (SELECT coalesce(max(chosen), 0) + 1 FROM splits))`,
    split.name,
    split.seed,
    split.method,
    toJsonColumn(split.settings ?? {}, 'settings of the split', 'split-invalid'),
    new Date().toISOString(),
  );
  for (const part of partNames) {
    split.parts[part].forEach((imageId, position) => {
      requireImage(db, imageId);
      db.run(
        'INSERT INTO split_images (split_id, image_id, part, place) VALUES (?, ?, ?, ?)',
        id,
        imageId,
        part,
        position,
      );
    });
  }
  return requireSplit(db, id);
}

function toRecord(db: ReadHandle, row: SplitRow): SplitRecord {
  const part = (name: PartName): number[] =>
    db
      .many<{ id: number }>(
        `SELECT s.image_id AS id FROM split_images s JOIN images i ON i.id = s.image_id
         WHERE s.split_id = ? AND s.part = ? AND i.removed_at IS NULL ORDER BY s.place`,
        row.id,
        name,
      )
      .map((image) => image.id);
  return {
    ...row,
    parts: { train: part('train'), val: part('val'), test: part('test') },
    settings: objectFromColumn(row.settings, `settings of split ${row.id}`, db.file),
  };
}
