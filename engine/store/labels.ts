/**
 * Label maps: reading, writing, strokes, undo and redo. The history's tables are label-history.ts, the bytes of a tile
 * label-tiles.ts. Convention: outside, class indices of the current order; inside the tiles, class ids (class-map.ts).
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { type ClassMap, readClassMap, toIndices, unlabelled } from './class-map.ts';
import { ProjectDamaged, StoreRefusal } from './errors.ts';
import type { ReadHandle, WriteHandle } from './handle.ts';
import { requireImage } from './images.ts';
import { mapState, readHistory, recordEdit, redoEdit, type StoredTileChange, undoEdit } from './label-history.ts';
import { cutTile, decodeTile, encodeTile, placeTile, type TileArea, tileArea, tileAreas } from './label-tiles.ts';
import type { EditNote, ImageRecord, LabelChange, LabelStore, TileChange } from './types.ts';

interface TileRow {
  readonly tileX: number;
  readonly tileY: number;
  readonly pixels: Buffer;
}

const tiles = 'SELECT tile_x AS tileX, tile_y AS tileY, pixels FROM label_tiles WHERE image_id = ?';

export function labelStore(db: WriteHandle): LabelStore {
  return {
    read: (imageId) => readLabelMap(db, requireImage(db, imageId)),
    readTile: (imageId, tileX, tileY) => {
      const image = requireImage(db, imageId);
      const area = requireArea(image, tileX, tileY);
      const tile = decode(db, image, area, storedTile(db, imageId, area));
      toIndices(readClassMap(db), tile);
      return tile;
    },
    write: (imageId, labelMap, note) => db.transaction(() => writeLabelMap(db, imageId, labelMap, note)),
    writeInSteps: (imageId, labelMap, note, isRefused) => writeInSteps(db, imageId, labelMap, note, isRefused),
    applyTiles: (imageId, changes, note) => db.transaction(() => applyTiles(db, imageId, changes, note)),
    undo: (imageId) => db.transaction(() => followState(db, imageId, undoEdit(db, requireImage(db, imageId).id))),
    redo: (imageId) => db.transaction(() => followState(db, imageId, redoEdit(db, requireImage(db, imageId).id))),
    history: (imageId) => readHistory(db, requireImage(db, imageId).id),
    revision: (imageId) => mapState(db, requireImage(db, imageId).id).revision,
    importedFrom: (imageId) =>
      db.one<{ source: string }>('SELECT source FROM mask_imports WHERE image_id = ?', requireImage(db, imageId).id)
        ?.source,
    isLabelled: (imageId) => db.one('SELECT 1 FROM label_tiles WHERE image_id = ? LIMIT 1', imageId) !== undefined,
    labelledImageIds: () =>
      db
        .many<{ id: number }>(
          `SELECT id FROM images WHERE removed_at IS NULL
             AND EXISTS (SELECT 1 FROM label_tiles WHERE image_id = images.id) ORDER BY id`,
        )
        .map((row) => row.id),
  };
}

function readLabelMap(db: ReadHandle, image: ImageRecord): Uint8Array | undefined {
  const rows = db.many<TileRow>(tiles, image.id);
  if (rows.length === 0) return undefined;
  const labelMap = new Uint8Array(image.width * image.height).fill(unlabelled);
  for (const row of rows) {
    const area = requireArea(image, row.tileX, row.tileY);
    placeTile(labelMap, image.width, area, decode(db, image, area, row.pixels));
  }
  toIndices(readClassMap(db), labelMap);
  return labelMap;
}

function writeLabelMap(
  db: WriteHandle,
  imageId: number,
  labelMap: Uint8Array,
  note: EditNote,
): LabelChange | undefined {
  const image = requireImage(db, imageId);
  const changes = [...mapChanges(db, image, labelMap)].filter((change) => change !== undefined);
  return finish(db, image, changes, note);
}

/** Checked after each tile, which takes less than a millisecond. */
const stepMilliseconds = 8;

async function writeInSteps(
  db: WriteHandle,
  imageId: number,
  labelMap: Uint8Array,
  note: EditNote,
  isRefused: () => boolean = () => false,
): Promise<LabelChange | undefined> {
  const image = requireImage(db, imageId);
  const state = (): string => JSON.stringify([mapState(db, imageId).revision, [...readClassMap(db).idOfIndex]]);
  for (;;) {
    const before = state();
    const changes: StoredTileChange[] = [];
    let since = performance.now();
    for (const change of mapChanges(db, image, labelMap)) {
      if (change !== undefined) changes.push(change);
      if (performance.now() - since < stepMilliseconds) continue;
      await breathe();
      since = performance.now();
    }
    // Somebody who painted, or changed classes, in the meantime has changed what there is to compare with.
    if (isRefused()) return undefined;
    if (state() === before) return db.transaction(() => finish(db, requireImage(db, imageId), changes, note));
  }
}

/** The tiles of a whole map that read differently by now, undefined for each of the others. */
function* mapChanges(
  db: ReadHandle,
  image: ImageRecord,
  labelMap: Uint8Array,
): Generator<StoredTileChange | undefined> {
  if (labelMap.length !== image.width * image.height) {
    throw new StoreRefusal(
      'label-size-wrong',
      `A label map of ${labelMap.length} pixels does not fit ${image.path}, which is ${image.width}×${image.height}.`,
      { path: image.path },
    );
  }
  const map = readClassMap(db);
  const rows = db.many<TileRow>(tiles, image.id);
  const stored = new Map(rows.map(({ tileX, tileY, pixels }) => [`${tileX},${tileY}`, pixels]));
  for (const area of tileAreas(image)) {
    const before = stored.get(`${area.tileX},${area.tileY}`) ?? null;
    yield tileChange(db, image, map, area, before, cutTile(labelMap, image.width, area));
  }
}

function applyTiles(
  db: WriteHandle,
  imageId: number,
  gesture: readonly TileChange[],
  note: EditNote,
): LabelChange | undefined {
  const image = requireImage(db, imageId);
  const map = readClassMap(db);
  const changes: StoredTileChange[] = [];
  for (const { tileX, tileY, after } of gesture) {
    const area = requireArea(image, tileX, tileY);
    if (after.length !== area.width * area.height) {
      throw new StoreRefusal(
        'label-size-wrong',
        `Tile ${tileX},${tileY} of ${image.path} has ${area.width}×${area.height} pixels, not ${after.length}.`,
        { path: image.path },
      );
    }
    if (changes.some((change) => change.tileX === tileX && change.tileY === tileY)) {
      throw new StoreRefusal('label-tile-twice', `Tile ${tileX},${tileY} of ${image.path} is in one gesture twice.`);
    }
    const change = tileChange(db, image, map, area, storedTile(db, imageId, area), after);
    if (change !== undefined) changes.push(change);
  }
  return finish(db, image, changes, note);
}

/**
 * Undefined when the tile reads the same. A pixel that reads the same keeps the id it has: painting beside the pixels
 * of a merged or removed class must not take its `restore` away.
 */
function tileChange(
  db: ReadHandle,
  image: ImageRecord,
  map: ClassMap,
  area: TileArea,
  before: Buffer | null,
  incoming: Uint8Array,
): StoredTileChange | undefined {
  const ids = decode(db, image, area, before);
  const { indexOfId, idOfIndex } = map;
  let changed = false;
  for (let i = 0; i < ids.length; i++) {
    const index = incoming[i] ?? unlabelled;
    if (indexOfId[ids[i] ?? unlabelled] === index) continue;
    if (index > map.count && index !== unlabelled) {
      throw new StoreRefusal(
        'label-value-unknown',
        `The label map for ${image.path} holds ${index}, but there are classes 1 to ${map.count} only ` +
          '(0 is background, 255 unlabeled). Add the class first.',
        { path: image.path },
      );
    }
    ids[i] = idOfIndex[index] ?? unlabelled;
    changed = true;
  }
  return changed ? { tileX: area.tileX, tileY: area.tileY, before, after: encodeTile(ids) } : undefined;
}

function finish(
  db: WriteHandle,
  image: ImageRecord,
  changes: readonly StoredTileChange[],
  note: EditNote,
): LabelChange | undefined {
  const change = changes.length === 0 ? undefined : recordEdit(db, image, changes, note);
  if (note.source !== undefined) {
    db.run(
      'INSERT INTO mask_imports (image_id, source) VALUES (?, ?) ON CONFLICT DO UPDATE SET source = excluded.source',
      image.id,
      note.source,
    );
  }
  if (note.state !== undefined) db.run('UPDATE images SET state = ? WHERE id = ?', note.state, image.id);
  return note.state === undefined ? followState(db, image.id, change) : change;
}

/** An image nobody called done is 'in-progress' as soon as it has labels, and 'unlabelled' once it has none. */
function followState(db: WriteHandle, imageId: number, change: LabelChange | undefined): LabelChange | undefined {
  if (change !== undefined) {
    db.run(
      `UPDATE images SET state = CASE WHEN EXISTS (SELECT 1 FROM label_tiles WHERE image_id = images.id)
         THEN 'in-progress' ELSE 'unlabelled' END WHERE id = ? AND state <> 'done'`,
      imageId,
    );
  }
  return change;
}

function storedTile(db: ReadHandle, imageId: number, area: TileArea): Buffer | null {
  return db.one<TileRow>(`${tiles} AND tile_x = ? AND tile_y = ?`, imageId, area.tileX, area.tileY)?.pixels ?? null;
}

function decode(db: ReadHandle, image: ImageRecord, area: TileArea, stored: Buffer | null): Uint8Array {
  const tile = decodeTile(stored, area);
  if (tile === undefined) throw new ProjectDamaged(db.file, `label tile ${area.tileX},${area.tileY} of ${image.path}`);
  return tile;
}

function requireArea(image: ImageRecord, tileX: number, tileY: number): TileArea {
  const area = tileArea(image, tileX, tileY);
  if (area === undefined) {
    throw new StoreRefusal(
      'label-tile-outside',
      `${image.path} is ${image.width}×${image.height} and has no tile ${tileX},${tileY}.`,
      { path: image.path },
    );
  }
  return area;
}
