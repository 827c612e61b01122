/**
 * The names by which people tell images from masks: of folders, and of files that stand beside their image.
 * Touches no files. Convention: a path is relative, with POSIX slashes; names are compared in Unicode's NFC.
 */

/** What a folder's name may end with, or be, when it holds masks. */
const MASK_WORDS = new Set([
  ...['mask', 'masks', 'label', 'labels', 'annotation', 'annotations', 'annot', 'gt', 'gts', 'groundtruth', 'truth'],
  ...['segmentation', 'segmentations', 'seg', 'segs', 'segm', 'segmentationclass', 'labelids'],
]);
/** A folder that begins with one of these holds masks too: `masks_train`. */
const LEADING_MASK_WORDS = new Set(['mask', 'masks', 'labels', 'annotations', 'gt', 'groundtruth', 'segmentations']);
/** Only behind another word: `IMD002_lesion` holds a mask, `lesions` may hold photos. */
const TRAILING_MASK_WORDS = new Set(['lesion', 'roi', 'rois']);
const IMAGE_WORDS = new Set([
  ...['image', 'images', 'img', 'imgs', 'input', 'inputs', 'photo', 'photos', 'picture', 'pictures'],
  ...['original', 'originals', 'frame', 'frames', 'scan', 'scans', 'data'],
]);

const SUFFIX =
  /[_\-\s.]+(?:masks?|segmentations?|segm?|lesions?|labels?|labelids|gt|ground[_\-\s]?truth|truth|annotations?|annot)[_\-\s]?\d{0,3}$/iu;
const PREFIX = /^(?:masks?|segmentation|seg|labels?|gt|groundtruth)[_\-\s.]+(?=.)/iu;
const IMAGE_SUFFIX = /[_\-\s.]+(?:images?|img|input|original|orig|rgb|photo)$/iu;
const IMAGE_PREFIX = /^(?:images?|img|input|photo)[_\-\s.]+(?=.)/iu;

/** 'ISIC2018_Task1_GroundTruth' → isic, 2018, task, 1, ground, truth. */
function wordsOf(name: string): string[] {
  return name
    .normalize('NFC')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+|(?<=\p{N})(?=\p{L})|(?<=\p{L})(?=\p{N})/u)
    .filter((word) => word !== '');
}

function withoutTrailingNumbers(words: readonly string[]): readonly string[] {
  const last = words.findLastIndex((word) => !/^\p{N}+$/u.test(word));
  return words.slice(0, last + 1);
}

/** Whether a folder of this name holds masks, and never images. */
export function isMaskFolderName(name: string): boolean {
  const words = withoutTrailingNumbers(wordsOf(name));
  const last = words.at(-1);
  if (last === undefined) return false;
  if ([last, words.slice(-2).join('')].some((word) => MASK_WORDS.has(word))) return true;
  if (LEADING_MASK_WORDS.has(words[0]!)) return true;
  return words.length > 1 && TRAILING_MASK_WORDS.has(last);
}

export function isImageFolderName(name: string): boolean {
  const words = withoutTrailingNumbers(wordsOf(name));
  return IMAGE_WORDS.has(words.at(-1) ?? '') || IMAGE_WORDS.has(words[0] ?? '');
}

/** A folder's name without the words that only say 'images' or 'masks': what `images_train` and `masks_train` share. */
export function restOfFolderName(name: string): string {
  const rest = wordsOf(name).filter((word) => !MASK_WORDS.has(word) && !IMAGE_WORDS.has(word) && word !== 'ground');
  return rest.join(' ');
}

export interface PathParts {
  readonly path: string;
  readonly folders: readonly string[];
  /** With ending, in NFC. */
  readonly fileName: string;
  readonly stem: string;
}

export function partsOf(path: string): PathParts {
  const folders = path.split('/');
  const fileName = folders.pop()!.normalize('NFC');
  const dot = fileName.lastIndexOf('.');
  return { path, folders, fileName, stem: dot > 0 ? fileName.slice(0, dot) : fileName };
}

/** A name that two files may share, and how far it was altered to get it (0: not at all). */
export interface NameKey {
  readonly key: string;
  readonly rank: number;
}

/** What a mask's name says about its image's name. */
export function maskKeys({ stem }: PathParts): NameKey[] {
  return distinct([
    { key: stem, rank: 0 },
    { key: stem.replace(SUFFIX, ''), rank: 1 },
    { key: stem.replace(PREFIX, ''), rank: 2 },
  ]);
}

export function imageKeys({ stem, fileName }: PathParts): NameKey[] {
  return distinct([
    // `a.jpg.png` and `a.jpg_mask.png` name their image in full.
    { key: fileName, rank: 0 },
    { key: stem, rank: 0 },
    { key: stem.replace(IMAGE_SUFFIX, ''), rank: 1 },
    { key: stem.replace(IMAGE_PREFIX, ''), rank: 2 },
  ]);
}

function distinct(keys: readonly NameKey[]): NameKey[] {
  return keys.filter(({ key }, i) => key !== '' && keys.findIndex((other) => other.key === key) === i);
}

/** What masks of one image, one per object, have in common: their path without the number behind the mask's word. */
export function numberedMaskName({ folders, stem }: PathParts): string | undefined {
  const suffix = SUFFIX.exec(stem)?.[0];
  if (suffix === undefined) return undefined;
  return [...folders, stem.replace(/[_\-\s]?\d{1,3}$/u, '')].join('/');
}

/** The word by which a file outside mask folders is called a mask: 'mask' for `x_mask`, `x-Mask2` and `mask_x`. */
export function maskWordOf({ stem }: PathParts): string | undefined {
  const suffix = SUFFIX.exec(stem)?.[0];
  const word = suffix !== undefined && suffix.length < stem.length ? suffix : PREFIX.exec(stem)?.[0];
  return word
    ?.toLowerCase()
    .replace(/[^\p{L}]/gu, '')
    .replace(/s$/, '');
}
