/**
 * Finds the image of every mask by the names of files and folders. Reads no file. Convention: nothing is guessed: a mask
 * that fits two images equally well, and an image that has two masks, are reported and left alone; but masks of one image
 * that differ only in a number at the end (`a_mask.png`, `a_mask_1.png`) are one per object, and joined.
 */
import {
  imageKeys,
  isImageFolderName,
  isMaskFolderName,
  maskKeys,
  maskWordOf,
  numberedMaskName,
  partsOf,
  restOfFolderName,
} from './mask-names.ts';
import type { NameKey, PathParts } from './mask-names.ts';
import { inTurns } from './in-turns.ts';

interface MaskMatch {
  readonly image: string;
  readonly mask: string;
}

interface AmbiguousMasks {
  readonly masks: readonly string[];
  readonly images: readonly string[];
  readonly message: string;
}

export interface SortedFiles {
  readonly images: readonly string[];
  readonly masks: readonly string[];
  /** Images that are called like masks, but stand beside no image that they could belong to. */
  readonly namedLikeMasks: readonly string[];
}

/** Tells images from masks among image files. @param masksFolder relative like the paths; everything in it is a mask */
export async function sortFiles(paths: readonly string[], masksFolder?: string): Promise<SortedFiles> {
  const masks: string[] = [];
  const named: PathParts[] = [];
  const images: string[] = [];
  for await (const path of inTurns(paths)) {
    const parts = partsOf(path);
    const given = masksFolder !== undefined && path.startsWith(`${masksFolder}/`);
    if (given || parts.folders.some(isMaskFolderName)) masks.push(path);
    else if (maskWordOf(parts) !== undefined) named.push(parts);
    else images.push(path);
  }
  // `x_mask.png` is a mask when there is an x; without any such pair it is a picture that happens to be called so.
  const index = await indexImages(images);
  const words = new Set<string | undefined>();
  for await (const parts of inTurns(named)) {
    const word = maskWordOf(parts);
    if (!words.has(word) && bestImages(parts, index).length > 0) words.add(word);
  }
  const namedLikeMasks: string[] = [];
  for (const parts of named) {
    if (words.has(maskWordOf(parts))) masks.push(parts.path);
    else namedLikeMasks.push(parts.path);
  }
  return { images: [...images, ...namedLikeMasks].sort(byCodePoint), masks: masks.sort(byCodePoint), namedLikeMasks };
}

function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** @param maskFolder that was named: where it lies matters less then, and outside of the project not at all */
export async function matchMasks(
  images: readonly string[],
  masks: readonly string[],
  maskFolder?: { readonly path: string; readonly isOutside: boolean },
) {
  const index = await indexImages(images);
  const found = new Map<string, string[]>();
  const unmatched: string[] = [];
  const ambiguous: AmbiguousMasks[] = [];
  for await (const mask of inTurns(masks)) {
    const parts = partsOf(mask);
    const best =
      waysIn(parts, maskFolder)
        .map((way) => bestImages(way, index))
        .find((list) => list.length > 0) ?? [];
    const exact = best.length > 1 ? best.filter(({ fileName }) => fileName === parts.fileName) : best;
    if (best.length === 0) unmatched.push(mask);
    else if (exact.length === 1) emplace(found, exact[0]!.path, () => []).push(mask);
    else {
      const list = best.map(({ path }) => path);
      const named = `${list.slice(0, 4).join(' or ')}${list.length > 4 ? ' …' : ''}`;
      const message = `${mask} could belong to ${named}. Rename it like the one it belongs to, ending included.`;
      ambiguous.push({ masks: [mask], images: list, message });
    }
  }
  const matches: MaskMatch[] = [];
  const joined: { image: string; masks: string[] }[] = [];
  for (const [image, names] of found) {
    if (names.length === 1) matches.push({ image, mask: names[0]! });
    else if (new Set(names.map((name) => numberedMaskName(partsOf(name)) ?? name)).size === 1) {
      joined.push({ image, masks: names });
    } else {
      const message =
        `${image} has ${names.length} masks: ${names.slice(0, 4).join(', ')}${names.length > 4 ? ' …' : ''}. ` +
        'Keep one of them, or name the folder whose masks are meant.';
      ambiguous.push({ masks: names, images: [image], message });
    }
  }
  matches.sort((a, b) => byCodePoint(a.image, b.image));
  return { matches, joined, unmatched, ambiguous };
}

/** With its folders as they are; in a folder that was named: without it, then without all that leads to it. */
function waysIn(mask: PathParts, maskFolder: Parameters<typeof matchMasks>[2]): PathParts[] {
  if (maskFolder === undefined || !mask.path.startsWith(`${maskFolder.path}/`)) return [mask];
  const depth = maskFolder.path.split('/').length;
  const inside = mask.folders.slice(depth);
  const below = { ...mask, folders: inside };
  return maskFolder.isOutside
    ? [below]
    : [{ ...mask, folders: [...mask.folders.slice(0, depth - 1), ...inside] }, below];
}

interface IndexedImage extends PathParts, Way {
  readonly keys: readonly NameKey[];
  readonly rank: number;
}

interface Namesakes {
  readonly all: IndexedImage[];
  /** By where they lie: their `rest`, and their `way`. */
  readonly byLocation: Map<string, IndexedImage[]>;
  /** By the last folder of their way ('' without one), and by every folder of it; made when first asked for. */
  byLastFolder?: Map<string, IndexedImage[]>;
  byAnyFolder?: Map<string, IndexedImage[]>;
}

type ImageIndex = ReadonlyMap<string, Namesakes>;

/** Upper and lower case, where the names differ only in that, count as a worse fit. */
const CASE_RANK = 10;

async function indexImages(images: readonly string[]): Promise<ImageIndex> {
  const index = new Map<string, Namesakes>();
  for await (const path of inTurns(images)) {
    const parts = partsOf(path);
    const way = wayOf(parts.folders);
    const keys = imageKeys(parts);
    for (const { key, rank } of keys) {
      const { all, byLocation } = emplace(index, key.toLowerCase(), () => ({ all: [], byLocation: new Map() }));
      const image = { ...parts, ...way, keys, rank };
      all.push(image);
      for (const location of locationsOf(way)) emplace(byLocation, location, () => []).push(image);
    }
  }
  return index;
}

function locationsOf({ rest, way }: Way): ReadonlySet<string> {
  return new Set([rest, way.join('/')]);
}

/** The value of a key, made where there is none. */
export function emplace<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const there = map.get(key);
  if (there !== undefined) return there;
  const made = make();
  map.set(key, made);
  return made;
}

/** The images that fit best: the nearest folders first, then the least altered names. */
function bestImages(mask: PathParts, index: ImageIndex): PathParts[] {
  const way = wayOf(mask.folders);
  const keys = maskKeys(mask).map(({ key, rank }) => ({ key, rank, namesakes: index.get(key.toLowerCase()) }));
  // In thousands of folders with files of the same names, only those of the mask's own way are looked at.
  const locations = [...locationsOf(way)];
  const near = bestOf(mask, way, keys, ({ byLocation }) =>
    locations.flatMap((location) => byLocation.get(location) ?? []),
  );
  return near.length > 0 ? near : bestOf(mask, way, keys, (namesakes) => alongTheWay(way, namesakes));
}

/**
 * All images that may lie along the mask's way, or the mask along theirs: the folders of one are then among those of the
 * other, so is the last of them.
 */
function alongTheWay({ way }: Way, namesakes: Namesakes): readonly IndexedImage[] {
  const last = way.at(-1);
  if (last === undefined) return namesakes.all;
  namesakes.byLastFolder ??= Map.groupBy(namesakes.all, (image) => image.way.at(-1) ?? '');
  if (namesakes.byAnyFolder === undefined) {
    namesakes.byAnyFolder = new Map();
    for (const image of namesakes.all) {
      for (const name of new Set(image.way)) emplace(namesakes.byAnyFolder, name, () => []).push(image);
    }
  }
  const above = ['', ...new Set(way)].flatMap((name) => namesakes.byLastFolder?.get(name) ?? []);
  return [...above, ...(namesakes.byAnyFolder.get(last) ?? [])];
}

function bestOf(
  mask: PathParts,
  way: Way,
  keys: readonly (NameKey & { readonly namesakes: Namesakes | undefined })[],
  candidates: (namesakes: Namesakes) => readonly IndexedImage[],
): PathParts[] {
  let best = new Map<string, PathParts>();
  let bestScore = Infinity;
  for (const { key, rank, namesakes } of keys) {
    for (const image of namesakes === undefined ? [] : candidates(namesakes)) {
      if (image.path === mask.path) continue;
      const distance = folderDistance(way, image);
      if (distance === undefined) continue;
      const sameCase = image.keys.some((other) => other.key === key);
      const score = distance * 100 + rank + image.rank + (sameCase ? 0 : CASE_RANK);
      if (score < bestScore) best = new Map();
      bestScore = Math.min(bestScore, score);
      if (score === bestScore) best.set(image.path, image);
    }
  }
  return [...best.values()];
}

/** The folders of a file without words like 'images' and 'masks' (`rest`), and without whole folders of such names. */
interface Way {
  readonly rest: string;
  readonly way: readonly string[];
}

function wayOf(folders: readonly string[]): Way {
  const way = folders.filter((name) => !isMaskFolderName(name) && !isImageFolderName(name));
  return { rest: folders.map(restOfFolderName).filter(Boolean).join('/'), way };
}

/**
 * How far a mask's folder is from an image's: 0 the same but for words like 'images' and 'masks', 1 the same but for whole
 * folders of such names, 2 one lies along the way of the other. Undefined: different branches (`train` and `val`), which
 * are never matched.
 */
function folderDistance(mask: Way, image: Way): number | undefined {
  if (mask.rest === image.rest) return 0;
  const [short, long] = mask.way.length < image.way.length ? [mask.way, image.way] : [image.way, mask.way];
  let at = 0;
  for (const name of long) if (short[at] === name) at++;
  if (at < short.length) return undefined;
  return short.length === long.length ? 1 : 2;
}
