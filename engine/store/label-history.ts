/**
 * The history of a label map: edits with their tiles before and after, and how many of them are done.
 * No pixels are understood here. Convention: edits 1..head are done, those after head are undone and can be redone;
 * stored tiles are `Buffer | null`, null for an absent tile.
 */
import type { ReadHandle, WriteHandle } from './handle.ts';
import type { EditNote, ImageRecord, LabelChange, LabelEdit, TilePosition } from './types.ts';

export interface StoredTileChange extends TilePosition {
  readonly before: Buffer | null;
  readonly after: Buffer | null;
}

export interface MapState {
  readonly revision: number;
  readonly head: number;
}

type EditRow = Omit<LabelEdit, 'undone'> & { readonly undone: 0 | 1 };

const edits = `SELECT e.id, e.image_id AS imageId, e.sequence, e.origin, e.description, e.at, e.sequence > m.head AS undone,
    (SELECT count(*) FROM label_edit_tiles t WHERE t.edit_id = e.id) AS tileCount
  FROM label_edits e JOIN label_maps m ON m.image_id = e.image_id WHERE e.image_id = ?`;

export function mapState(db: ReadHandle, imageId: number): MapState {
  return (
    db.one<MapState>('SELECT revision, head FROM label_maps WHERE image_id = ?', imageId) ?? { revision: 0, head: 0 }
  );
}

export function readHistory(db: ReadHandle, imageId: number): LabelEdit[] {
  return db.many<EditRow>(`${edits} ORDER BY e.sequence`, imageId).map(toEdit);
}

/** Within a transaction: a new edit after the last one done; what was undone is gone for good. */
export function recordEdit(
  db: WriteHandle,
  image: ImageRecord,
  changes: readonly StoredTileChange[],
  note: EditNote,
): LabelChange {
  const { revision, head } = mapState(db, image.id);
  db.run('DELETE FROM label_edits WHERE image_id = ? AND sequence > ?', image.id, head);
  moveTo(db, image.id, { revision: revision + 1, head: head + 1 });
  const { id } = db.run(
    'INSERT INTO label_edits (image_id, sequence, origin, description, at) VALUES (?, ?, ?, ?, ?)',
    image.id,
    head + 1,
    note.origin,
    note.description,
    new Date().toISOString(),
  );
  for (const { tileX, tileY, before, after } of changes) {
    db.run(
      'INSERT INTO label_edit_tiles (edit_id, tile_x, tile_y, before, after) VALUES (?, ?, ?, ?, ?)',
      id,
      tileX,
      tileY,
      before,
      after,
    );
    storeTile(db, image.id, tileX, tileY, after);
  }
  return changeOf(db, image.id, head + 1, changes);
}

/** Within a transaction. Undefined: there is nothing to undo. */
export function undoEdit(db: WriteHandle, imageId: number): LabelChange | undefined {
  return step(db, imageId, 'before');
}

/** Within a transaction. Undefined: there is nothing to redo. */
export function redoEdit(db: WriteHandle, imageId: number): LabelChange | undefined {
  return step(db, imageId, 'after');
}

/** One edit back, to the tiles before it, or forward, to those after it. */
function step(db: WriteHandle, imageId: number, to: 'before' | 'after'): LabelChange | undefined {
  const { revision, head } = mapState(db, imageId);
  const sequence = to === 'before' ? head : head + 1;
  const changes = tilesOf(db, imageId, sequence);
  if (changes.length === 0) return undefined;
  for (const change of changes) storeTile(db, imageId, change.tileX, change.tileY, change[to]);
  moveTo(db, imageId, { revision: revision + 1, head: to === 'before' ? head - 1 : head + 1 });
  return changeOf(db, imageId, sequence, changes);
}

function tilesOf(db: ReadHandle, imageId: number, sequence: number): StoredTileChange[] {
  return db.many<StoredTileChange>(
    `SELECT t.tile_x AS tileX, t.tile_y AS tileY, t.before, t.after
     FROM label_edits e JOIN label_edit_tiles t ON t.edit_id = e.id
     WHERE e.image_id = ? AND e.sequence = ? ORDER BY t.tile_y, t.tile_x`,
    imageId,
    sequence,
  );
}

function storeTile(db: WriteHandle, imageId: number, tileX: number, tileY: number, pixels: Buffer | null): void {
  if (pixels === null) {
    db.run('DELETE FROM label_tiles WHERE image_id = ? AND tile_x = ? AND tile_y = ?', imageId, tileX, tileY);
    return;
  }
  db.run(
    `INSERT INTO label_tiles (image_id, tile_x, tile_y, pixels) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET pixels = excluded.pixels`,
    imageId,
    tileX,
    tileY,
    pixels,
  );
}

function moveTo(db: WriteHandle, imageId: number, state: MapState): void {
  db.run(
    `INSERT INTO label_maps (image_id, revision, head) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET revision = excluded.revision, head = excluded.head`,
    imageId,
    state.revision,
    state.head,
  );
}

function changeOf(db: ReadHandle, imageId: number, sequence: number, tiles: readonly TilePosition[]): LabelChange {
  const row = db.one<EditRow>(`${edits} AND e.sequence = ?`, imageId, sequence);
  if (row === undefined) throw new Error(`edit ${sequence} of image ${imageId} is gone within its own transaction`);
  return {
    edit: toEdit(row),
    tiles: tiles.map(({ tileX, tileY }) => ({ tileX, tileY })),
    revision: mapState(db, imageId).revision,
  };
}

function toEdit(row: EditRow): LabelEdit {
  return { ...row, undone: row.undone === 1 };
}
