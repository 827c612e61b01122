/**
 * From class ids, as tiles store them, to class indices, as callers see them, and back. Not the classes themselves.
 * Convention: tables of 256 entries; 0 stays 0 (background) and 255 stays 255 (unlabelled).
 */
import type { ReadHandle } from './handle.ts';

const background = 0;
export const unlabelled = 255;

export interface ClassMap {
  /** Index by id. A merged class has the index of what it was merged into, a removed one is background. */
  readonly indexOfId: Uint8Array;
  /** Id by index. */
  readonly idOfIndex: Uint8Array;
  /** K: indices 1..K exist. */
  readonly count: number;
  /** Ids and indices are the same numbers: nothing to translate. */
  readonly identity: boolean;
}

interface ClassRow {
  readonly id: number;
  readonly position: number | null;
  readonly merged_into: number | null;
}

export function readClassMap(db: ReadHandle): ClassMap {
  const rows = db.many<ClassRow>('SELECT id, position, merged_into FROM classes ORDER BY position, id');
  // An id that no class has cannot be read as anything: unlabelled counts nowhere.
  const indexOfId = new Uint8Array(256).fill(unlabelled);
  const idOfIndex = new Uint8Array(256).fill(unlabelled);
  indexOfId[background] = idOfIndex[background] = background;
  const present = rows.filter((row) => row.position !== null);
  present.forEach((row, i) => {
    indexOfId[row.id] = i + 1;
    idOfIndex[i + 1] = row.id;
  });
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const row of rows) {
    if (row.position === null) indexOfId[row.id] = indexOfId[mergeTarget(byId, row)?.id ?? background] ?? background;
  }
  const identity = rows.every((row) => indexOfId[row.id] === row.id);
  return { indexOfId, idOfIndex, count: present.length, identity };
}

/** Follows merges of merges to the class that is left; undefined: that one was removed. Merges make no circle. */
function mergeTarget(byId: ReadonlyMap<number, ClassRow>, row: ClassRow): ClassRow | undefined {
  let at: ClassRow | undefined = row;
  while (at !== undefined && at.position === null) {
    at = at.merged_into === null ? undefined : byId.get(at.merged_into);
  }
  return at;
}

/** Translates ids to indices in place. */
export function toIndices(map: ClassMap, pixels: Uint8Array): void {
  if (map.identity) return;
  const { indexOfId } = map;
  for (let i = 0; i < pixels.length; i++) pixels[i] = indexOfId[pixels[i] ?? 0] ?? unlabelled;
}
