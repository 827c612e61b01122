/**
 * Finds the image of every mask by the names of files and folders. Reads no file. Convention: nothing is guessed: a mask
 * that fits two images equally well, and an image that has two masks, are reported and left alone.
 */
import {
  imageKeys,
  isImageFolderName,
  isMaskFolderName,
  maskKeys,
  maskWordOf,
  partsOf,
  restOfFolderName,
} from './mask-names.ts';
import type { PathParts } from './mask-names.ts';

export interface MaskMatch {
  readonly image: string;
  readonly mask: string;
  /** Chosen among several images of one stem, because it has the very same file name. */
  readonly byFullName: boolean;
}

export interface AmbiguousMasks {
  readonly masks: readonly string[];
  readonly images: readonly string[];
  readonly message: string;
}

export interface MatchedMasks {
  readonly matches: readonly MaskMatch[];
  /** Masks whose image is not there. */
  readonly unmatched: readonly string[];
  readonly ambiguous: readonly AmbiguousMasks[];
}

export interface SortedFiles {
  readonly images: readonly string[];
  readonly masks: readonly string[];
  /** Images that are called like masks, but stand beside no image that they could belong to. */
  readonly namedLikeMasks: readonly string[];
}

/**
 * Tells images from masks among image files.
 *
 * @param paths relative to the project folder
 * @param masksFolder relative to the project folder; everything in it is a mask
 */
export function sortFiles(paths: readonly string[], masksFolder?: string): SortedFiles {
  const masks: string[] = [];
  const named: PathParts[] = [];
  const images: string[] = [];
  for (const path of paths) {
    const parts = partsOf(path);
    const given = masksFolder !== undefined && path.startsWith(`${masksFolder}/`);
    if (given || parts.folders.some(isMaskFolderName)) masks.push(path);
    else if (maskWordOf(parts) !== undefined) named.push(parts);
    else images.push(path);
  }
  // `x_mask.png` is a mask when there is an x; without any pair of this kind it is somebody's name for a picture.
  const index = indexImages(images);
  const words = new Set(named.filter((parts) => bestImages(parts, index).length > 0).map(maskWordOf));
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

/**
 * @param masksFolder where all masks are, when somebody said so: its own place in the tree then matters less
 */
export function matchMasks(images: readonly string[], masks: readonly string[], masksFolder?: string): MatchedMasks {
  const index = indexImages(images);
  const found = new Map<string, { mask: string; byFullName: boolean }[]>();
  const unmatched: string[] = [];
  const ambiguous: AmbiguousMasks[] = [];
  for (const mask of masks) {
    const parts = partsOf(mask);
    const best =
      waysIn(parts, masksFolder)
        .map((way) => bestImages(way, index))
        .find((list) => list.length > 0) ?? [];
    const exact = best.length > 1 ? best.filter(({ fileName }) => fileName === parts.fileName) : best;
    if (best.length === 0) unmatched.push(mask);
    else if (exact.length === 1) {
      const image = exact[0]!.path;
      found.set(image, [...(found.get(image) ?? []), { mask, byFullName: best.length > 1 }]);
    } else {
      const list = best.map(({ path }) => path);
      const message = `${mask} could belong to ${list.join(' or ')}. Rename it like the one it belongs to, ending included.`;
      ambiguous.push({ masks: [mask], images: list, message });
    }
  }
  const matches: MaskMatch[] = [];
  for (const [image, list] of found) {
    if (list.length === 1) matches.push({ image, ...list[0]! });
    else {
      const names = list.map(({ mask }) => mask);
      const message =
        `${image} has ${names.length} masks: ${names.slice(0, 4).join(', ')}${names.length > 4 ? ' …' : ''}. ` +
        'Keep one of them, or name the folder whose masks are meant.';
      ambiguous.push({ masks: names, images: [image], message });
    }
  }
  matches.sort((a, b) => byCodePoint(a.image, b.image));
  return { matches, unmatched, ambiguous };
}

/** With its folders as they are; in a folder that was named: without it, then without all that leads to it. */
function waysIn(mask: PathParts, masksFolder: string | undefined): PathParts[] {
  if (masksFolder === undefined || !mask.path.startsWith(`${masksFolder}/`)) return [mask];
  const depth = masksFolder.split('/').length;
  const inside = mask.folders.slice(depth);
  return [
    { ...mask, folders: [...mask.folders.slice(0, depth - 1), ...inside] },
    { ...mask, folders: inside },
  ];
}

interface IndexedImage extends PathParts {
  readonly rank: number;
}
type ImageIndex = ReadonlyMap<string, readonly IndexedImage[]>;

/** Upper and lower case, where the names differ only in that, count as a worse fit. */
const CASE_RANK = 10;

function indexImages(images: readonly string[]): ImageIndex {
  const index = new Map<string, IndexedImage[]>();
  for (const path of images) {
    const parts = partsOf(path);
    for (const { key, rank } of imageKeys(parts)) {
      const folded = key.toLowerCase();
      index.set(folded, [...(index.get(folded) ?? []), { ...parts, rank }]);
    }
  }
  return index;
}

/** The images that fit best: the nearest folders first, then the least altered names. */
function bestImages(mask: PathParts, index: ImageIndex): PathParts[] {
  let best: PathParts[] = [];
  let bestScore = Infinity;
  for (const { key, rank } of maskKeys(mask)) {
    for (const image of index.get(key.toLowerCase()) ?? []) {
      if (image.path === mask.path) continue;
      const distance = folderDistance(mask.folders, image.folders);
      if (distance === undefined) continue;
      const sameCase = imageKeys(image).some((other) => other.key === key);
      const score = distance * 100 + rank + image.rank + (sameCase ? 0 : CASE_RANK);
      if (score < bestScore) best = [];
      bestScore = Math.min(bestScore, score);
      if (score === bestScore && !best.some(({ path }) => path === image.path)) best.push(image);
    }
  }
  return best;
}

/**
 * How far a mask's folder is from an image's: 0 the same but for words like 'images' and 'masks', 1 the same but for whole
 * folders of such names, 2 one lies along the way of the other. Undefined: different branches (`train` and `val`), which
 * are never matched.
 */
function folderDistance(mask: readonly string[], image: readonly string[]): number | undefined {
  const rest = (folders: readonly string[]): string => folders.map(restOfFolderName).filter(Boolean).join('/');
  if (rest(mask) === rest(image)) return 0;
  const maskWay = mask.filter((name) => !isMaskFolderName(name) && !isImageFolderName(name));
  const imageWay = image.filter((name) => !isMaskFolderName(name) && !isImageFolderName(name));
  if (maskWay.join('/') === imageWay.join('/')) return 1;
  const [short, long] = maskWay.length < imageWay.length ? [maskWay, imageWay] : [imageWay, maskWay];
  let at = 0;
  for (const name of long) if (short[at] === name) at++;
  return at === short.length ? 2 : undefined;
}
