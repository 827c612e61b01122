import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeDiscFolder, temporaryFolder } from '../fixtures/disc-pictures.ts';
import { isAlive, trainerOf, untilOver } from '../host/training-project.ts';
import { documentOf, mambrush, startMambrush } from './run-mambrush.ts';
import type { Started } from './run-mambrush.ts';

const small = ['--widths', '4,8,12,16,24,32', '--size', '64', '--batch', '2', '--learning-rate', '0.005'] as const;
const endless = [...small, '--epochs', '100000'] as const;

interface RunDocument {
  readonly run: { readonly status: string; readonly epochs: { readonly done: number }; readonly bestFile?: string };
}

/** Where a user stands, with a folder of pictures that are imported. */
async function imported(): Promise<string> {
  const folder = temporaryFolder();
  await makeDiscFolder(join(folder, 'my photos'), 10);
  expect(await mambrush(folder, 'import', 'my photos', '--quiet')).toMatchObject({ code: 0, err: '' });
  return folder;
}

async function startEndless(folder: string, ...words: readonly string[]): Promise<Started & { trainer: number }> {
  const started = startMambrush(folder, 'train', 'my photos', ...endless, ...words);
  await started.said(/epoch +2 /);
  return { ...started, trainer: trainerOf(join(folder, 'my photos')) };
}

describe('the way from pictures to masks', () => {
  it('gives one document a step, with paths from where the user stands', async () => {
    const folder = temporaryFolder();
    await makeDiscFolder(join(folder, 'my photos'), 12, 10);
    const step = async (...words: readonly string[]): Promise<Record<string, unknown>> => {
      const result = await mambrush(folder, ...words, '--json');
      expect(result.code, result.err).toBe(0);
      return documentOf(result);
    };
    const photos = join(folder, 'my photos');
    expect(await step('import', 'my photos')).toMatchObject({ project: photos, images: { added: 12 }, unlabelled: 2 });
    expect(await step('split', 'my photos', '--train', '6', '--val', '2', '--test', '2')).toMatchObject({
      parts: { train: { images: 6 }, val: { images: 2 }, test: { images: 2 } },
    });
    const { run } = (await step(
      'train',
      'my photos',
      ...small,
      '--epochs',
      '3',
      '--seed',
      '7',
    )) as unknown as RunDocument;
    expect(run).toMatchObject({ status: 'done', seed: 7, epochs: { done: 3 } });
    expect(existsSync(run.bestFile!)).toBe(true);
    const evaluation = await step('evaluate', 'my photos', '--split', 'test', '--csv', 'figures.csv');
    expect(evaluation).toMatchObject({ images: 2, pooled: { dice: expect.any(Number) as number } });
    expect(readFileSync(join(folder, 'figures.csv'), 'utf8')).toContain('images/p');
    const masks = await step('predict', 'my photos', '--output', 'masks');
    expect(masks).toMatchObject({ output: join(folder, 'masks'), written: 2, failed: [] });
    const bare = await step('predict', '--checkpoint', run.bestFile!, '--input', 'my photos/images', '--output', 'all');
    expect(bare).toMatchObject({ output: join(folder, 'all'), written: 12 });
    expect(await step('export', 'my photos', '--output', 'out')).toMatchObject({ written: 10 });
  });

  it('says for people what it did and what to type next', async () => {
    const folder = await imported();
    const first = await mambrush(folder, 'train', 'my photos', ...small, '--epochs', '2');
    expect(first.code).toBe(0);
    expect(first.err).toMatch(/Divided the labeled images: 7 to train, 1 to validate, 2 to test\./);
    expect(first.err).toMatch(/^epoch +1 {2}loss \d\.\d+ {2}validation \d\.\d+ {2}Dice \d\.\d+/m);
    expect(first.out).toMatch(/^Run 1 is done after 2 of 2 epochs/);
    expect(first.out).toContain(join(folder, 'my photos', '.mambrush', 'runs', '1', 'best.safetensors'));
    expect(first.out).toContain('evaluate "my photos"');
    const again = await mambrush(folder, 'train', 'my photos', '--resume');
    expect([again.code, again.out]).toEqual([1, '']);
    expect(again.err).toMatch(/Run 1 is finished/);
    const quiet = await mambrush(folder, 'train', 'my photos', '--resume', '--epochs', '3', '--quiet');
    expect([quiet.code, quiet.err]).toEqual([0, '']);
    expect(quiet.out).toMatch(/^Run 1 is done after 3 of 3 epochs/);
  });
});

describe('Ctrl+C in training', () => {
  it('once stops after the step, keeps the best, and says how to go on', async () => {
    const folder = await imported();
    const { process: command, finished, trainer } = await startEndless(folder);
    command.kill('SIGINT');
    const { code, out, err } = await finished;
    expect(code).toBe(130);
    expect(err).toMatch(/Stopping after this step/);
    expect(out).toMatch(/^Run 1 was stopped after \d+ of 100000 epochs/);
    expect(out).toContain('train "my photos" --resume');
    expect(isAlive(trainer)).toBe(false);
    const done = Number(/after (\d+) of/.exec(out)?.[1]);
    const goneOn = await mambrush(folder, 'train', 'my photos', '--resume', '--epochs', String(done + 2), '--json');
    expect(documentOf(goneOn)).toMatchObject({ run: { id: 1, status: 'done', epochs: { done: done + 2 } } });
  });

  it('twice ends at once, with a document where one was asked for, and leaves nothing at work', async () => {
    const folder = await imported();
    const { process: command, finished, trainer } = await startEndless(folder, '--json');
    command.kill('SIGINT');
    command.kill('SIGTERM');
    const result = await finished;
    expect(result.code).toBe(130);
    expect(documentOf(result)).toMatchObject({ run: { resumable: true } });
    expect(isAlive(trainer)).toBe(false);
  });
});

describe('a command line that trains', () => {
  it('keeps others out of its project, and its run goes on after kill -9', async () => {
    const folder = await imported();
    const { process: command, finished, trainer } = await startEndless(folder);
    const other = await mambrush(folder, 'import', 'my photos', '--json');
    expect(other.code).toBe(1);
    expect(documentOf(other)).toMatchObject({ error: { code: 'project-locked' } });
    expect(other.err).toContain(String(command.pid));
    command.kill('SIGKILL');
    await finished;
    await untilOver(trainer);
    const resumed = startMambrush(folder, 'train', 'my photos', '--resume');
    await resumed.said(/Run 1:/);
    await resumed.said(/^epoch +\d+ /m);
    resumed.process.kill('SIGTERM');
    expect(await resumed.finished).toMatchObject({ code: 130 });
  });
});
