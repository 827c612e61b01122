/**
 * Which images the gallery shows, and in which order. Plain functions: no state, no requests. Convention: images without
 * a value to sort by come last in either direction; equal ones are sorted by name.
 */
import type { ImageInfo } from '../../../engine/contract/images.ts';
import type { ProposalInfo } from '../../../engine/contract/proposals.ts';

export const stateFilters = ['all', 'unlabelled', 'in-progress', 'done', 'predicted', 'missing'] as const;
export type StateFilter = (typeof stateFilters)[number];
export const partFilters = ['all', 'train', 'val', 'test', 'none'] as const;
export type PartFilter = (typeof partFilters)[number];
export const sortKeys = ['added', 'name', 'state', 'dice', 'uncertainty'] as const;
export type SortKey = (typeof sortKeys)[number];

export interface GalleryFilter {
  readonly search: string;
  readonly state: StateFilter;
  readonly part: PartFilter;
}

type Proposals = ReadonlyMap<number, ProposalInfo>;

const stateOrder = { unlabelled: 0, 'in-progress': 1, done: 2 };

export function hasState(image: ImageInfo, state: StateFilter, proposals: Proposals): boolean {
  if (state === 'all') return true;
  if (state === 'predicted') return proposals.has(image.id);
  return state === 'missing' ? image.missing : image.state === state;
}

export function hasPart(image: ImageInfo, part: PartFilter): boolean {
  return part === 'all' || (image.part ?? 'none') === part;
}

/** In their order; every word of the search is somewhere in the path. */
export function filterImages(
  images: readonly ImageInfo[],
  { search, state, part }: GalleryFilter,
  proposals: Proposals,
): readonly ImageInfo[] {
  const words = search
    .normalize('NFC')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0 && state === 'all' && part === 'all') return images;
  return images.filter((image) => {
    if (!hasState(image, state, proposals) || !hasPart(image, part)) return false;
    if (words.length === 0) return true;
    const path = image.path.normalize('NFC').toLowerCase();
    return words.every((word) => path.includes(word));
  });
}

export function sortImages(
  images: readonly ImageInfo[],
  { sort, descending }: { readonly sort: SortKey; readonly descending: boolean },
  proposals: Proposals,
  nameRank: (image: ImageInfo) => number,
): readonly ImageInfo[] {
  if (sort === 'added') return descending ? images.toReversed() : images;
  const valueOf = (image: ImageInfo): number | undefined => {
    if (sort === 'name') return nameRank(image);
    return sort === 'state' ? stateOrder[image.state] : proposals.get(image.id)?.[sort];
  };
  const sign = descending ? -1 : 1;
  return images
    .map((image) => ({ image, value: valueOf(image), rank: nameRank(image) }))
    .sort((a, b) => {
      if (a.value === b.value) return a.rank - b.rank;
      if (a.value === undefined || b.value === undefined) return a.value === undefined ? 1 : -1;
      return sign * (a.value - b.value);
    })
    .map(({ image }) => image);
}

/**
 * Ranks by name, numbers in names by their value: 'p2' before 'p10'. Made when first asked for (10 ms for 10,000), kept
 * until a name changes.
 */
export function createNameRanks(): (images: readonly ImageInfo[]) => (image: ImageInfo) => number {
  let known: readonly ImageInfo[] = [];
  let ranks = new Map<number, number>();
  const renew = (images: readonly ImageInfo[]): void => {
    const isSame =
      images.length === known.length &&
      images.every((image, at) => image.id === known[at]!.id && image.path === known[at]!.path);
    if (!isSame) {
      const keyed = images.map(({ id, path }) => ({ id, key: naturalKey(path) }));
      keyed.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
      ranks = new Map(keyed.map(({ id }, rank) => [id, rank]));
    }
    known = images;
  };
  return (images) => {
    let isNew = true;
    return ({ id }) => {
      if (isNew) renew(images);
      isNew = false;
      return ranks.get(id) ?? 0;
    };
  };
}

/** Comparing these as text is many times as fast as a collator. */
function naturalKey(path: string): string {
  return path
    .normalize('NFC')
    .toLowerCase()
    .replace(/\d+/g, (digits) => digits.replace(/^0+(?=\d)/, '').padStart(15, '0'));
}
