import { describe, expect, it } from 'vitest';
import type { ImageInfo } from '../../../../engine/contract/images.ts';
import type { ProposalInfo } from '../../../../engine/contract/proposals.ts';
import { createNameRanks, filterImages, sortImages } from '../../../../renderer/stores/gallery/gallery-order.ts';
import type { SortKey } from '../../../../renderer/stores/gallery/gallery-order.ts';

const base = { width: 8, height: 8, channels: 3, bits: 8, missing: false, revision: 0, labelled: false } as const;
const images: readonly ImageInfo[] = [
  { ...base, id: 1, path: 'b/p10.png', state: 'done', part: 'train' },
  { ...base, id: 2, path: 'b/p2.png', state: 'unlabelled' },
  { ...base, id: 3, path: 'A/Caf\u0065\u0301.png', state: 'in-progress', part: 'test', missing: true },
  { ...base, id: 4, path: 'b/p002x.png', state: 'unlabelled' },
];
const proposal = (image: number, uncertainty: number, dice?: number): [number, ProposalInfo] => [
  image,
  { image, uncertainty, at: '2026-01-01T00:00:00Z', ...(dice !== undefined && { dice }) },
];
const proposals = new Map([proposal(1, 0.3, 0.7), proposal(2, 0.1), proposal(3, 0.2, 0.9)]);
const ranks = createNameRanks();

function sorted(sort: SortKey, descending = false): number[] {
  return sortImages(images, { sort, descending }, proposals, ranks(images)).map(({ id }) => id);
}
function filtered(filter: object): number[] {
  const all = { search: '', state: 'all', part: 'all' } as const;
  return filterImages(images, { ...all, ...filter }, proposals).map(({ id }) => id);
}

describe('the order of the gallery', () => {
  it('takes numbers in names by their value, and capitals like small letters', () => {
    expect(sorted('name')).toEqual([3, 2, 4, 1]);
    expect(sorted('name', true)).toEqual([1, 4, 2, 3]);
  });

  it('puts images without a figure last in either direction', () => {
    expect(sorted('dice')).toEqual([1, 3, 2, 4]);
    expect(sorted('dice', true)).toEqual([3, 1, 2, 4]);
    expect(sorted('uncertainty')).toEqual([2, 3, 1, 4]);
    expect(sorted('uncertainty', true)).toEqual([1, 3, 2, 4]);
  });

  it('goes by state and then by name, and can be the order of import', () => {
    expect(sorted('state')).toEqual([2, 4, 3, 1]);
    expect(sorted('added')).toEqual([1, 2, 3, 4]);
    expect(sorted('added', true)).toEqual([4, 3, 2, 1]);
  });

  it('keeps up with renamed images', () => {
    const rank = createNameRanks();
    expect(rank(images)(images[0]!)).toBe(3);
    const renamed = images.map((image) => (image.id === 1 ? { ...image, path: 'a.png' } : image));
    expect(rank(renamed)(renamed[0]!)).toBe(0);
  });
});

describe('the filter of the gallery', () => {
  it('finds every word of a search anywhere in the path, however it is written', () => {
    expect(filtered({ search: 'B/ 2' })).toEqual([2, 4]);
    expect(filtered({ search: 'caf\u00e9' })).toEqual([3]);
    expect(filtered({ search: 'nothing' })).toEqual([]);
  });

  it('shows one state, one part, those with a prediction, those without their file', () => {
    expect(filtered({ state: 'unlabelled' })).toEqual([2, 4]);
    expect(filtered({ state: 'predicted' })).toEqual([1, 2, 3]);
    expect(filtered({ state: 'missing' })).toEqual([3]);
    expect(filtered({ part: 'train' })).toEqual([1]);
    expect(filtered({ part: 'none' })).toEqual([2, 4]);
    expect(filtered({ part: 'none', state: 'predicted' })).toEqual([2]);
  });
});
