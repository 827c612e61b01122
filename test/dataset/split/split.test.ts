/** Splits of labelled images: sizes, reproducibility, strata, groups, near-duplicates, lists. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { groupsByName } from '../../../engine/dataset/split/name-groups.ts';
import { makeSplit } from '../../../engine/dataset/split/split.ts';
import type { Split, SplitItem } from '../../../engine/dataset/split/split.ts';
import { readSplitList } from '../../../engine/dataset/split/split-list.ts';
import { partSizes } from '../../../engine/dataset/split/split-sizes.ts';
import { Random } from '../../../engine/random.ts';

/** `count` images whose foreground grows with their number, in shuffled order. */
function someItems(count: number, change: (at: number) => Partial<SplitItem> = () => ({})): SplitItem[] {
  const items = Array.from({ length: count }, (_, at) => ({
    id: at + 1,
    path: `images/${String(at).padStart(5, '0')}.png`,
    foregroundShare: at / count,
    ...change(at),
  }));
  return new Random(7).shuffled(items);
}

const sizes = ({ parts }: Split): number[] => [parts.train.length, parts.val.length, parts.test.length];
const codes = ({ report }: Split): string[] => report.warnings.map((warning) => warning.code);

describe('the sizes of the parts', () => {
  it('are 70, 10 and 20 percent unless asked otherwise', async () => {
    expect(sizes(await makeSplit(someItems(160)))).toEqual([112, 16, 32]);
  });

  it('take in what is kept where it is, what looks like it too, and fill up what is missing', async () => {
    const kept = new Map<number, 'train' | 'val' | 'test'>([...Array(9).keys()].map((at) => [at + 1, 'test'] as const));
    const items = someItems(20, (at) => ({ kept: kept.get(at + 1), group: at === 0 || at === 19 ? 'one' : undefined }));
    const split = await makeSplit(items);
    expect(split.parts.test).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 20]);
    expect(split.parts.train.length).toBeGreaterThanOrEqual(8);
    expect(split.parts.val.length).toBeGreaterThanOrEqual(1);
    expect(split.report.unused).toEqual([]);
  });

  it('are exactly the numbers asked for, and the rest is in no part', async () => {
    const split = await makeSplit(someItems(2000), { train: 1400, val: 200, test: 300 });
    expect(sizes(split)).toEqual([1400, 200, 300]);
    expect(split.report.unused).toHaveLength(100);
  });

  it('follow shares by the largest remainder', () => {
    expect(partSizes({ train: 0.5, val: 0.25, test: 0.25 }, 10)).toEqual({ train: 5, val: 3, test: 2 });
    expect(partSizes({ train: 0.7, val: 0.1 }, 2594)).toEqual({ train: 1816, val: 259, test: 519 });
    expect(partSizes({ train: 1815, val: 259 }, 2594)).toEqual({ train: 1815, val: 259, test: 520 });
    expect(partSizes({ train: 1, val: 0, test: 0 }, 9)).toEqual({ train: 9, val: 0, test: 0 });
    expect(partSizes({ train: 1, val: 1, test: 1 }, 9)).toEqual({ train: 1, val: 1, test: 1 });
  });

  it('let one image train, two train and validate, and from three on leave no part empty', async () => {
    expect([1, 2, 3, 4, 5].map((count) => Object.values(partSizes({}, count)))).toEqual([
      [1, 0, 0],
      [1, 1, 0],
      [1, 1, 1],
      [2, 1, 1],
      [3, 1, 1],
    ]);
    const one = await makeSplit(someItems(1));
    expect(sizes(one)).toEqual([1, 0, 0]);
    expect(one.report.warnings.map((warning) => warning.message).join(' ')).toContain('nothing validates');
  });

  it('are refused with their numbers when more is asked for than is there', async () => {
    await expect(makeSplit(someItems(100), { train: 80, val: 20, test: 20 })).rejects.toMatchObject({
      code: 'split-too-many',
      message: expect.stringMatching(/120 images .*only 100/) as string,
    });
    await expect(makeSplit(someItems(10), { train: 0.8, val: 0.2, test: 5 })).rejects.toMatchObject({
      code: 'split-sizes-invalid',
    });
    await expect(makeSplit(someItems(10), { train: -1, val: 0.2 })).rejects.toMatchObject({
      code: 'split-sizes-invalid',
    });
    await expect(makeSplit(someItems(10), { train: 0.5 })).rejects.toMatchObject({ code: 'split-sizes-invalid' });
    await expect(makeSplit([], {})).rejects.toMatchObject({ code: 'split-empty' });
    await expect(makeSplit(someItems(10), { seed: 1.5 })).rejects.toMatchObject({ code: 'split-seed-invalid' });
  });
});

describe('a split', () => {
  it('is the same for the same seed, whatever the order and ids of the images', async () => {
    const pathsOf = async (items: SplitItem[], seed: number): Promise<string[]> => {
      const byId = new Map(items.map((item) => [item.id, item.path]));
      return (await makeSplit(items, { seed })).parts.test.map((id) => byId.get(id)!).sort();
    };
    const items = someItems(200);
    const renumbered = [...items].reverse().map((item) => ({ ...item, id: 5000 - item.id }));
    expect(await pathsOf(renumbered, 42)).toEqual(await pathsOf(items, 42));
    expect(await pathsOf(items, 43)).not.toEqual(await pathsOf(items, 42));
  });

  it('stays what it was in earlier versions and on other machines', async () => {
    expect((await makeSplit(someItems(20), { seed: 42 })).parts).toMatchInlineSnapshot(`
      {
        "test": [
          4,
          5,
          13,
          20,
        ],
        "train": [
          2,
          3,
          6,
          7,
          8,
          9,
          10,
          11,
          12,
          14,
          15,
          16,
          17,
          19,
        ],
        "val": [
          1,
          18,
        ],
      }
    `);
  });

  it('puts every image into one part', async () => {
    const { parts } = await makeSplit(someItems(333), { seed: 3 });
    const all = [...parts.train, ...parts.val, ...parts.test];
    expect(new Set(all).size).toBe(333);
    expect(all).toHaveLength(333);
  });

  it('gives each part the same mix of small and large foreground when stratified', async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { report } = await makeSplit(someItems(100), { seed });
      for (const part of Object.values(report.parts)) expect(part.meanForegroundShare).toBeCloseTo(0.495, 1);
    }
    const spread = async (method: 'random' | 'stratified'): Promise<number> => {
      let sum = 0;
      for (let seed = 0; seed < 20; seed++) {
        const { report } = await makeSplit(someItems(100), { seed, method });
        sum += Math.abs(report.parts.val.meanForegroundShare! - 0.495);
      }
      return sum / 20;
    };
    expect(await spread('stratified')).toBeLessThan(0.4 * (await spread('random')));
  });

  it('warns when a part lacks a class that others have', async () => {
    const split = await makeSplit(someItems(30, (at) => ({ classes: at === 0 ? [1, 2] : [1] })));
    expect(codes(split)).toEqual(['class-missing', 'class-missing']);
    expect(split.report.warnings[0]!.message).toContain('class 2');
  });
});

describe('images that belong together', () => {
  it('stay in one part when they have one group, with sizes near those asked for', async () => {
    const items = someItems(300, (at) => ({ group: `patient ${Math.floor(at / 6)}` }));
    const { parts, report } = await makeSplit(items);
    const groupsOf = (ids: readonly number[]): Set<number> => new Set(ids.map((id) => Math.floor((id - 1) / 6)));
    const [train, val, test] = [groupsOf(parts.train), groupsOf(parts.val), groupsOf(parts.test)];
    expect(train.size + val.size + test.size).toBe(50);
    expect(report.groups).toBe(50);
    expect(Math.abs(parts.train.length - 210)).toBeLessThanOrEqual(6);
    expect(Math.abs(parts.val.length - 30)).toBeLessThanOrEqual(6);
  });

  it('are found by the first capture group of a pattern on the name', async () => {
    const items = someItems(60, (at) => ({ path: `p${at % 12}/lesion-${at}.png` }));
    const { parts, report } = await makeSplit(items, { groupPattern: '^p(\\d+)/' });
    expect(report.groups).toBe(12);
    const groupOf = new Map(items.map((item) => [item.id, item.path.split('/')[0]]));
    const seen = [parts.train, parts.val, parts.test].map((ids) => new Set(ids.map((id) => groupOf.get(id))));
    expect(seen.reduce((sum, groups) => sum + groups.size, 0)).toBe(12);
  });

  it('are tried on the file name before the path, and names that do not match are reported', () => {
    expect(groupsByName('^([0-9]+)_', ['7_a/12_x.png', 'b/12_y.png', '7_a/other.png', 'zzz.png'])).toEqual({
      groups: ['12', '12', '7', undefined],
      unmatched: ['zzz.png'],
    });
  });

  it('do not hang on a pattern that backtracks without end', () => {
    expect(() => groupsByName('^(a+)+$', [`${'a'.repeat(60)}!`])).toThrow(
      expect.objectContaining({ code: 'group-pattern-too-slow' }) as Error,
    );
    expect(() => groupsByName('(', ['a'])).toThrow(expect.objectContaining({ code: 'group-pattern-invalid' }) as Error);
  });

  it('fill every part even when they are few and large, and the missed sizes are said', async () => {
    const split = await makeSplit(someItems(30, (at) => ({ group: at < 20 ? 'big' : at < 26 ? 'middle' : 'small' })));
    expect(sizes(split)).toEqual([20, 6, 4]);
    expect(codes(split)).toEqual(['sizes-missed']);
    const two = await makeSplit(someItems(10, (at) => ({ group: at < 5 ? 'a' : 'b' })));
    expect(sizes(two)).toEqual([5, 5, 0]);
    expect(codes(two)).toContain('part-empty');
  });

  it('stay in one part when they look alike, unless that is switched off', async () => {
    const thumbnails = Array.from({ length: 20 }, (_, at) => {
      const random = new Random(at);
      return Uint8Array.from({ length: 256 }, () => random.integer(256));
    });
    const items = someItems(40, (at) => ({
      fingerprint: { hash: String(at % 20).padStart(16, '0'), thumbnail: thumbnails[at % 20]! },
    }));
    const { parts, report } = await makeSplit(items);
    expect(report.nearDuplicates).toHaveLength(20);
    expect(report.nearDuplicates[0]).toEqual([1, 21]);
    for (const part of Object.values(parts)) {
      expect(part.every((id) => part.includes(id > 20 ? id - 20 : id + 20))).toBe(true);
    }
    expect((await makeSplit(items, { nearDuplicates: false })).report.nearDuplicates).toEqual([]);
  });
});

describe('fixed lists', () => {
  const items = someItems(5, (at) => ({
    path: ['a/one.png', 'b/one.png', '细胞 2.png', 'three.jpg', 'four.tif'][at]!,
  }));

  it('take paths, file names and names without ending, in any spelling of Unicode', async () => {
    const split = await makeSplit(items, {
      lists: { train: ['a/one.png', 'three'], val: ['细胞 2.png'.normalize('NFD')], test: ['four.tif', 'gone.png'] },
    });
    expect(split.parts).toEqual({ train: [1, 4], val: [3], test: [5] });
    expect(split.report.unused).toEqual([2]);
    expect(split.report.unknownNames).toEqual(['gone.png']);
    expect(codes(split)).toEqual(['names-unknown']);
  });

  it('are refused when a name fits two images, an image is in two lists, or nothing fits', async () => {
    await expect(makeSplit(items, { lists: { train: ['one.png'] } })).rejects.toMatchObject({
      code: 'split-name-ambiguous',
    });
    await expect(makeSplit(items, { lists: { train: ['three'], test: ['three.jpg'] } })).rejects.toMatchObject({
      code: 'split-overlap',
    });
    await expect(makeSplit(items, { lists: { train: ['x'] } })).rejects.toMatchObject({ code: 'split-names-unknown' });
  });

  it('are read from text files with comments and blank lines', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mambrush-list-'));
    try {
      await writeFile(join(folder, 'train.txt'), '\uFEFF# names\r\n./a/one.png\r\n\r\n  b\\one.png \n');
      expect(await readSplitList(join(folder, 'train.txt'))).toEqual(['a/one.png', 'b/one.png']);
      expect(existsSync(join(folder, 'none.txt'))).toBe(false);
      await expect(readSplitList(join(folder, 'none.txt'))).rejects.toMatchObject({ path: join(folder, 'none.txt') });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('warn when they put images that belong together into several parts', async () => {
    const grouped = someItems(4, () => ({ group: 'g' }));
    const split = await makeSplit(grouped, { lists: { train: ['00000', '00001'], val: ['00002'], test: ['00003'] } });
    expect(codes(split)).toEqual(['lists-separate']);
  });
});
