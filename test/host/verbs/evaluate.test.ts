import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EngineClient } from '../../../engine/contract/requests.ts';
import { connectInProcess } from '../../../engine/host/in-process.ts';
import { readNpy } from '../../../engine/dataset/images/npy/npy.ts';
import { openProject } from '../../../engine/store/project-store.ts';
import { disc, makeDiscFolder, temporaryFolder } from '../../fixtures/disc-pictures.ts';
import { writeFreshCheckpoint } from '../trained-checkpoint.ts';

function connect(): EngineClient {
  const client = connectInProcess();
  onTestFinished(() => client.close());
  return client;
}

/** Dice of class 1 as one would count it by hand; 255 in the truth counts in nothing. */
function diceByHand(pairs: readonly (readonly [ArrayLike<number>, ArrayLike<number>])[]): number {
  let [both, predicted, wanted] = [0, 0, 0];
  for (const [found, truth] of pairs) {
    for (let at = 0; at < truth.length; at++) {
      if (truth[at] === 255) continue;
      both += Number(found[at] === 1 && truth[at] === 1);
      predicted += Number(found[at] === 1);
      wanted += Number(truth[at] === 1);
    }
  }
  return (2 * both) / (predicted + wanted);
}

describe('an evaluation', () => {
  it('equals what one counts by hand, pooled and per image, and leaves unlabelled pixels out', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 6, 5);
    const client = connect();
    const { project } = await client.request('dataset.import', { folder });
    await client.request('project.close', { project });
    const store = openProject(folder);
    const half = disc(2).fill(255, 0, 1500);
    store.labels.write(store.images.byPath('images/p2.png')!.id, half, { origin: 'painted', description: 'brush' });
    store.close();
    await client.request('project.open', { folder });
    const checkpoint = writeFreshCheckpoint(join(folder, 'net.safetensors'));
    const csv = join(folder, 'figures.csv');
    const result = await client.request('evaluate', { project, part: 'all', checkpoint, csv });
    const output = join(folder, 'arrays');
    const masks = await client.request('predict.project', {
      project,
      images: 'labelled',
      checkpoint,
      output,
      format: 'npy',
    });
    const pairs = await Promise.all(
      masks.files.map(async ({ input, masks: [mask] }) => {
        const truth = input === 'images/p2.png' ? half : disc(Number(/\d+/.exec(input)));
        return [(await readNpy(mask!)).values, truth] as const;
      }),
    );
    expect(result.images).toBe(5);
    expect(result.pooled.dice).toBeCloseTo(diceByHand(pairs), 10);
    const each = pairs.map((pair) => diceByHand([pair]));
    expect(result.perImage.dice).toBeCloseTo(each.reduce((a, b) => a + b, 0) / each.length, 10);
    expect(result.worst.map(({ dice }) => dice)).toEqual(
      [...each].sort((a, b) => a - b).map((dice) => expect.closeTo(dice, 10) as number),
    );
    const lines = readFileSync(csv, 'utf8').trim().split('\r\n');
    expect(lines).toHaveLength(6);
    expect(lines[1]).toMatch(/^images\/p0\.png,object,0?\.?\d/);
  });

  it('of a part needs a split, and labelled images in it', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 4, 0);
    const client = connect();
    const { project } = await client.request('dataset.import', { folder });
    const checkpoint = writeFreshCheckpoint(join(folder, 'net.safetensors'));
    const code = (part: 'test' | 'all'): Promise<unknown> =>
      client
        .request('evaluate', { project, part, checkpoint })
        .catch((error: unknown) => (error as { code: string }).code);
    expect(await code('all')).toBe('nothing-to-evaluate');
    expect(await code('test')).toBe('split-missing');
    await expect(client.request('evaluate', { project, part: 'all' })).rejects.toMatchObject({
      code: 'nothing-to-evaluate',
    });
  });

  it('by a network for other classes is refused, with both lists of classes', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 3);
    const client = connect();
    const { project } = await client.request('dataset.import', { folder });
    const checkpoint = writeFreshCheckpoint(join(folder, 'net.safetensors'), { classes: 3 });
    await expect(client.request('evaluate', { project, part: 'all', checkpoint })).rejects.toMatchObject({
      code: 'checkpoint-foreign',
      message: expect.stringMatching(/class 1, class 2, class 3.*object/) as string,
    });
    await expect(client.request('evaluate', { project, part: 'all' })).rejects.toMatchObject({
      code: 'checkpoint-missing',
    });
  });
});

describe('masks for a project', () => {
  it('are for the images without labels unless said otherwise, and an import passes their folder over', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 5, 3);
    const client = connect();
    const { project } = await client.request('dataset.import', { folder });
    const checkpoint = writeFreshCheckpoint(join(folder, 'net.safetensors'));
    const report = await client.request('predict.project', { project, checkpoint });
    expect(report.files.map(({ input }) => input)).toEqual(['images/p3.png', 'images/p4.png']);
    expect(report.output).toBe(join(folder, 'predictions'));
    const again = await client.request('dataset.import', { folder });
    expect([again.images.added, again.images.unchanged, again.masks.found]).toEqual([0, 5, 3]);
    expect(again.warnings.map(({ code }) => code)).toContain('export-ignored');
  });
});
