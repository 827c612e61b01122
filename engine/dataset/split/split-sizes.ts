/**
 * From what was asked for ('70/10/20', '1400/200/400') to how many images go into each part. Assigns no image.
 * Convention: all three numbers are shares (they sum to at most 1) or all three are counts (whole, sum above 1).
 */
import type { PartName } from '../../store/types.ts';
import { SplitError } from './split-error.ts';

export const PART_NAMES: readonly PartName[] = ['train', 'val', 'test'];

/** Shares or counts. One may be left out: it is the rest. All left out: 0.7, 0.1, 0.2. */
export type AskedSizes = Readonly<Partial<Record<PartName, number | undefined>>>;

export type PartSizes = Readonly<Record<PartName, number>>;

const DEFAULT_SHARES: PartSizes = { train: 0.7, val: 0.1, test: 0.2 };
const ROUNDING = 1e-9;

const sum = (sizes: PartSizes): number => sizes.train + sizes.val + sizes.test;

function complete(asked: AskedSizes, images: number): PartSizes {
  const given = PART_NAMES.filter((part) => asked[part] !== undefined);
  if (given.length === 0) return DEFAULT_SHARES;
  for (const part of given) {
    const value = asked[part] ?? 0;
    if (!Number.isFinite(value) || value < 0) {
      const message = `${value} is no size for the part '${part}'. Give shares from 0 to 1 or whole numbers of images.`;
      throw new SplitError('split-sizes-invalid', message);
    }
  }
  if (given.length === 1) {
    const message = `Only the size of '${given[0]}' is given. Give at least two of train, val and test; the third is the rest.`;
    throw new SplitError('split-sizes-invalid', message);
  }
  const known: PartSizes = { train: asked.train ?? 0, val: asked.val ?? 0, test: asked.test ?? 0 };
  const left = PART_NAMES.find((part) => asked[part] === undefined);
  if (left === undefined) return known;
  const whole = sum(known) > 1 + ROUNDING ? images : 1;
  // A rest below zero means too many were asked for, which `partSizes` says with its numbers.
  return { ...known, [left]: Math.max(0, whole - sum(known)) };
}

/**
 * Largest remainder first. Then no wanted part stays empty while there are images for it: train has the first image,
 * val the second, test the third. One is taken from the largest part, or from a later part's only one.
 */
function fromShares(shares: PartSizes, images: number): PartSizes {
  const total = Math.round(images * Math.min(1, sum(shares)));
  const exact = PART_NAMES.map((part) => shares[part] * images);
  const counts = exact.map((value) => Math.floor(value + ROUNDING));
  const byRemainder = [0, 1, 2].sort((a, b) => exact[b]! - counts[b]! - (exact[a]! - counts[a]!) || a - b);
  const missing = total - counts.reduce((all, count) => all + count, 0);
  for (const part of byRemainder.slice(0, missing)) counts[part]!++;
  PART_NAMES.forEach((name, part) => {
    if (shares[name] === 0 || counts[part]! > 0) return;
    const largest = counts.indexOf(Math.max(...counts));
    const giver = counts[largest]! > 1 ? largest : counts.findLastIndex((count, other) => count > 0 && other > part);
    if (giver < 0) return;
    counts[giver]!--;
    counts[part]!++;
  });
  return { train: counts[0]!, val: counts[1]!, test: counts[2]! };
}

/** @param images how many there are to split, at least 1 @throws SplitError split-sizes-invalid, split-too-many */
export function partSizes(asked: AskedSizes, images: number): PartSizes {
  const sizes = complete(asked, images);
  const total = sum(sizes);
  if (total === 0) {
    throw new SplitError('split-sizes-invalid', 'All three parts are asked to be empty. Give at least one a size.');
  }
  if (total <= 1 + ROUNDING) return fromShares(sizes, images);
  const given = `train ${sizes.train}, val ${sizes.val}, test ${sizes.test}`;
  if (!PART_NAMES.every((part) => Number.isInteger(sizes[part]))) {
    const rule = 'shares must not sum to more than 1, and numbers of images must be whole.';
    throw new SplitError('split-sizes-invalid', `${given}: ${rule} Give either three shares or three numbers.`);
  }
  if (total > images) {
    const message = `The split asks for ${total} images (${given}), but only ${images} have labels.`;
    throw new SplitError('split-too-many', `${message} Ask for fewer, or label more images.`);
  }
  return sizes;
}
