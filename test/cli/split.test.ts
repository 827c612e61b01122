import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { split } from '../../engine/cli/commands/split.ts';
import { parseArguments } from '../../engine/cli/parse-arguments.ts';
import { makeDiscFolder, temporaryFolder } from '../fixtures/disc-pictures.ts';
import { documentOf, mambrush } from './run-mambrush.ts';

async function imported(count: number): Promise<string> {
  const folder = temporaryFolder();
  await makeDiscFolder(join(folder, '细胞 照片'), count);
  expect(await mambrush(folder, 'import', '细胞 照片', '--quiet')).toMatchObject({ code: 0 });
  return folder;
}

const sizeOf = (value: string): number | undefined =>
  parseArguments(split, ['x', `--train=${value}`]).values.size('train');

describe('a size', () => {
  it('is a number of images, a share, or a percentage', () => {
    expect(['1400', '0.7', '70%', '12.5%', '0', '0%', '1'].map(sizeOf)).toEqual([1400, 0.7, 0.7, 0.125, 0, 0, 1]);
  });

  it.each(['many', '-3', '120%', '%', '7 %x', 'NaN', 'Infinity'])('cannot be %s', (value) => {
    expect(() => sizeOf(value)).toThrow(`--train ${value}: give a number`);
  });
});

describe('mambrush split', () => {
  it('takes counts and shares, and prints the contract’s report', async () => {
    const folder = await imported(20);
    const counts = await mambrush(
      folder,
      'split',
      '细胞 照片',
      ...'--train 14 --val 2 --test 4 --seed 42 --json'.split(' '),
    );
    expect(counts.code, counts.err).toBe(0);
    const report = documentOf(counts);
    expect(report).toMatchObject({ split: { seed: 42, train: 14, val: 2, test: 4 }, images: 20, unused: 0 });
    const shares = await mambrush(folder, 'split', '细胞 照片', ...'--train 70% --val 0.1 --seed 42 --json'.split(' '));
    expect(documentOf(shares)).toMatchObject({ parts: report['parts'] as object });
    const spoken = await mambrush(folder, 'split', '细胞 照片', '--random', '--name', 'by chance');
    expect(spoken.code).toBe(0);
    expect(spoken.out).toMatch(/^20 labeled images, seed 42:/);
    expect(spoken.out).toMatch(/training +14 +70\.0 %/);
    expect(spoken.out).toContain('train "细胞 照片"');
  });

  it('takes lists, from where the user stands', async () => {
    const folder = await imported(4);
    writeFileSync(join(folder, 'a.txt'), 'p0\np1\n');
    writeFileSync(join(folder, 'b.txt'), 'p2\n');
    const result = await mambrush(
      folder,
      'split',
      '细胞 照片',
      '--train-list',
      'a.txt',
      '--val-list',
      'b.txt',
      '--json',
    );
    expect(documentOf(result)).toMatchObject({ unused: 1, split: { method: 'lists', train: 2, val: 1, test: 0 } });
  });

  it.each([
    ['--train 70%', /--train alone/],
    ['--train 70% --val 200', /--val 200 is a number of images and --train 70% a share/],
    ['--train 70% --val 20% --test 30%', /120\.0 % in all/],
    ['--random --stratified', /--random and --stratified/],
    ['--train-list a.txt --train 5', /--train-list says which images; --train cannot/],
    ['--train-list a.txt --seed 5', /--seed cannot/],
    ['--seed -1', /--seed needs a value|--seed -1: give a number/],
    ['--seed 1.5', /--seed 1\.5: give a whole number/],
    ['--trian 5', /no option --trian\. Did you mean --train\?/],
  ])('ends with exit code 2 and one line for %s, before it opens anything', async (words, message) => {
    const result = await mambrush(temporaryFolder(), 'split', 'no folder', ...words.split(' '));
    expect([result.code, result.out]).toEqual([2, '']);
    expect(result.err).toMatch(message);
    expect(result.err.trim().split('\n')).toHaveLength(1);
  });

  it('ends with exit code 2 for a pattern that is none, and 1 for more images than there are', async () => {
    const folder = await imported(3);
    const pattern = await mambrush(folder, 'split', '细胞 照片', '--group', '(');
    expect([pattern.code, pattern.out]).toEqual([2, '']);
    expect(pattern.err).toMatch(/no regular expression/);
    const many = await mambrush(folder, 'split', '细胞 照片', ...'--train 9 --val 9 --test 9 --json'.split(' '));
    expect(many.code).toBe(1);
    expect(documentOf(many)).toMatchObject({ error: { code: 'split-too-many' } });
  });
});

describe('mambrush export', () => {
  it('writes masks and arrays, says what it did, and what is missing for it', async () => {
    const folder = await imported(4);
    const undivided = await mambrush(folder, 'export', '细胞 照片', '--output', 'a', '--format', 'npy');
    expect([undivided.code, undivided.out]).toEqual([1, '']);
    expect(undivided.err).toContain('split "细胞 照片"');
    const masks = await mambrush(folder, 'export', '细胞 照片', '--output', '掩码 out', '--overlays', '--quiet');
    expect([masks.code, masks.err]).toEqual([0, '']);
    expect(masks.out.trim()).toBe(`4 labeled images: 8 files written to ${join(folder, '掩码 out')}.`);
    const image = join(folder, '掩码 out', 'images', 'p1.png');
    writeFileSync(image, 'touched');
    const again = await mambrush(folder, 'export', '细胞 照片', '--output', '掩码 out', '--quiet');
    expect(again.out).toMatch(
      /0 files written[^]*3 files were up to date[^]*Not replaced[^]*images\/p1\.png: it was not/,
    );
    expect(readFileSync(image, 'utf8')).toBe('touched');
    const forced = await mambrush(folder, 'export', '细胞 照片', '--output', '掩码 out', '--force', '--json');
    expect(documentOf(forced)).toMatchObject({ written: 1, unchanged: 3, kept: [], files: ['images/p1.png'] });
    await mambrush(folder, 'split', '细胞 照片', '--quiet');
    const some = ['export', '细胞 照片', '--output', 'some', '--values', 'index', '--grey', '--json', '--image'];
    const chosen = await mambrush(folder, ...some, 'images/p1.png', 'images/p0.png');
    expect(documentOf(chosen)).toMatchObject({ files: ['images/p0.png', 'images/p1.png'] });
    const unknown = await mambrush(folder, ...some, 'images/p1.pgn');
    expect([unknown.code, unknown.out]).toEqual([
      2,
      expect.stringContaining('no such image. Did you mean images/p1.png?') as string,
    ]);
    const none = await mambrush(folder, 'export', '细胞 照片', '--output', 'some', '--proposals');
    expect([none.code, none.err]).toEqual([1, expect.stringContaining('has no proposals') as string]);
    const arrays = ['export', '细胞 照片', '--output', 'a', '--format', 'npy', '--size', '16', '--json'];
    expect(documentOf(await mambrush(folder, ...arrays))).toMatchObject({ images: 4, failed: [] });
    expect(existsSync(join(folder, 'a', 'data_train.npy'))).toBe(true);
  });

  it.each([
    ['x', /Say where the files go: --output FOLDER/],
    ['x --output y --size 64', /--size .* goes with --format npy/],
    ['x --output y --format npy --overlays', /--overlays goes with --format png/],
    ['x --output y --format jpg', /--format jpg: there is 'png', 'npy'/],
    ['x --output y --portable', /--portable goes with --onnx FILE/],
    ['--onnx net.onnx --output y', /--output is for masks and --onnx for a network/],
    ['--onnx net.onnx', /Say which network: --checkpoint FILE/],
    ['--output y', /Give a folder with a project/],
  ])('ends with exit code 2 and one line for %s', async (words, message) => {
    const result = await mambrush(temporaryFolder(), 'export', ...words.split(' '));
    expect([result.code, result.out]).toEqual([2, '']);
    expect(result.err).toMatch(message);
    expect(result.err.trim().split('\n')).toHaveLength(1);
  });
});
