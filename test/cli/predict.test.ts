import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { makeDiscFolder, temporaryFolder, writePicture } from '../fixtures/disc-pictures.ts';
import { writeFreshCheckpoint } from '../host/trained-checkpoint.ts';
import { documentOf, mambrush, startMambrush } from './run-mambrush.ts';

/** Where a user stands: a network, and a folder of pictures. */
async function desk(count: number): Promise<string> {
  const folder = temporaryFolder();
  for (let n = 0; n < count; n++) await writePicture(join(folder, '照片', `第${n}张.png`), n);
  writeFreshCheckpoint(join(folder, 'net.safetensors'));
  return folder;
}

const withoutProject = ['predict', '--checkpoint', 'net.safetensors', '--input', '照片', '--output', 'masks'] as const;

describe('predict without a project', () => {
  it('says for people how many, how fast, by what and where; a second time that they were there', async () => {
    const folder = await desk(3);
    const first = await mambrush(folder, ...withoutProject, '--probabilities', '--overlays', '--size', '32');
    expect([first.code, first.err.includes('rror')]).toEqual([0, false]);
    expect(first.out).toMatch(/^Masks for 3 images in [\d.]+ s \(\d+ images\/s\), seen at 32×32, on /);
    expect(first.out).toContain(`They are in ${join(folder, 'masks')}`);
    expect(readdirSync(join(folder, 'masks', 'overlays'))).toEqual(['第0张.png', '第1张.png', '第2张.png']);
    expect((await sharp(join(folder, 'masks', 'probabilities', '第0张.png')).metadata()).depth).toBe('ushort');
    const again = await mambrush(folder, ...withoutProject, '--probabilities', '--overlays', '--size', '32', '--quiet');
    expect([again.code, again.err]).toEqual([0, '']);
    expect(again.out).toContain('3 images had theirs already.');
  });

  it('of a single file, as an array, by the executor that is named', async () => {
    const folder = await desk(1);
    const file = join('照片', '第0张.png');
    const words = ['--input', file, '--output', 'out', '--format', 'npy', '--executor', 'reference', '--json'] as const;
    const result = await mambrush(folder, 'predict', '--checkpoint', 'net.safetensors', ...words);
    expect(result.code, result.err).toBe(0);
    expect(documentOf(result)).toMatchObject({
      written: 1,
      compute: { executor: 'reference' },
      files: [{ input: join(folder, file), width: 64, height: 48, masks: [join(folder, 'out', '第0张.npy')] }],
    });
  });

  it('does what it can, names what it cannot, and then does not count as a success', async () => {
    const folder = await desk(2);
    writeFileSync(join(folder, '照片', 'notes.png'), 'no picture');
    writeFileSync(join(folder, '照片', 'half.png'), readFileSync(join(folder, '照片', '第1张.png')).subarray(0, 500));
    const result = await mambrush(folder, ...withoutProject);
    expect(result.code).toBe(1);
    expect(result.out).toMatch(/^Masks for 2 images/);
    expect(result.out).toMatch(/Left out:\n(.*\n)* {2}.*notes\.png/);
    expect(result.out).toMatch(/half\.png is cut short/);
    const foreign = join(folder, 'masks', '第0张.png');
    writeFileSync(foreign, 'mine');
    const kept = await mambrush(folder, ...withoutProject);
    expect(kept.out).toMatch(/Not replaced \(use --force to do so\):\n {2}第0张\.png/);
    expect(readFileSync(foreign, 'utf8')).toBe('mine');
    await mambrush(folder, ...withoutProject, '--force');
    expect(readFileSync(foreign)).not.toEqual(Buffer.from('mine'));
  });

  it('says what is missing on the command line, and what is wrong with what is there', async () => {
    const folder = await desk(1);
    const said = async (...words: readonly string[]): Promise<[number | null, string]> => {
      const { code, err } = await mambrush(folder, ...words);
      return [code, err];
    };
    expect(await said('predict')).toEqual([2, expect.stringMatching(/needs --checkpoint, --input and --output/)]);
    expect(await said('predict', '.', '--input', '照片')).toEqual([2, expect.stringMatching(/Give either/)]);
    expect(await said(...withoutProject, '--format', 'gif')).toEqual([2, expect.stringMatching(/png.*npy/)]);
    expect(await said(...withoutProject, '--size', '33')).toEqual([1, expect.stringMatching(/33/)]);
    expect(await said('predict', '照片')).toEqual([1, expect.stringMatching(/import/i)]);
    const noNetwork = [...withoutProject.slice(0, 2), join('照片', '第0张.png'), ...withoutProject.slice(3)];
    expect(await said(...noNetwork)).toEqual([1, expect.stringMatching(/第0张\.png/)]);
  });

  it('stopped by Ctrl+C leaves whole masks, and the same command goes on', async () => {
    const folder = await desk(150);
    const { process: command, finished } = startMambrush(
      folder,
      ...withoutProject,
      '--executor',
      'reference',
      '--json',
    );
    const masks = (): string[] => {
      try {
        return readdirSync(join(folder, 'masks')).filter((name) => name.endsWith('.png'));
      } catch {
        return [];
      }
    };
    await expect
      .poll(() => masks().length > 0 || command.exitCode !== null, { interval: 20, timeout: 60_000 })
      .toBe(true);
    command.kill('SIGINT');
    const stopped = await finished;
    expect(stopped.code).toBe(130);
    expect(documentOf(stopped)).toMatchObject({ error: { code: 'aborted' } });
    const there = masks().length;
    expect(there).toBeLessThan(150);
    for (const name of masks()) {
      await sharp(join(folder, 'masks', name))
        .raw()
        .toBuffer();
    }
    const rest = documentOf(await mambrush(folder, ...withoutProject, '--json'));
    expect(rest).toMatchObject({ written: 150 - there, unchanged: there });
  });
});

describe('a project on the command line', () => {
  it('is evaluated as a table for people, worst images first, and as one document for machines', async () => {
    const folder = temporaryFolder();
    await makeDiscFolder(join(folder, 'cells'), 8, 6);
    writeFreshCheckpoint(join(folder, 'net.safetensors'));
    for (const words of [
      ['import', 'cells'],
      ['split', 'cells', '--train', '2', '--val', '1', '--test', '3', '--keep-duplicates-apart'],
    ]) {
      const step = await mambrush(folder, ...words, '--quiet');
      expect([words[0], step.code, step.err]).toEqual([words[0], 0, '']);
    }
    const evaluate = ['evaluate', 'cells', '--checkpoint', 'net.safetensors'] as const;
    const people = await mambrush(folder, ...evaluate, '--csv', 'figures.csv', '--quiet');
    expect([people.code, people.err]).toEqual([0, '']);
    expect(people.out).toMatch(/^3 images of the test part/);
    expect(people.out).toMatch(/Dice +IoU +accuracy +sensitivity +specificity +HD95 \(px\)/);
    expect(people.out).toMatch(/^pooled +[01]\.\d{4}/m);
    expect(people.out).toContain(`Table: ${join(folder, 'figures.csv')}`);
    const machine = documentOf(await mambrush(folder, ...evaluate, '--split', 'all', '--json')) as unknown as {
      readonly images: number;
      readonly pooled: { readonly dice: number };
      readonly perImage: { readonly dice: number; readonly iou: number };
      readonly worst: readonly { readonly path: string; readonly dice: number }[];
    };
    expect([machine.images, machine.worst.length]).toEqual([6, 6]);
    expect(machine.pooled.dice).toBeLessThanOrEqual(1);
    expect(machine.perImage.iou).toBeLessThanOrEqual(machine.perImage.dice);
    const all = await mambrush(folder, ...evaluate, '--split', 'all', '--quiet');
    const [, list = ''] = all.out.split('Worst images first:\n');
    expect(list.match(/images\/p\d\.png/g)).toEqual(machine.worst.map(({ path }) => path));
    const predict = ['predict', 'cells', '--checkpoint', 'net.safetensors'] as const;
    expect((await mambrush(folder, ...predict)).out).toMatch(/^Masks for 2 images/);
    expect(readdirSync(join(folder, 'cells', 'predictions')).sort()).toEqual(['.mambrush-export.jsonl', 'images']);
    const wrong = await mambrush(folder, ...evaluate, '--split', 'train', '--csv', join('cells', 'images', 'p0.png'));
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringMatching(/is no table of an evaluation/)]);
  });
});
