import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EngineClient } from '../../../engine/contract/requests.ts';
import { connectInProcess } from '../../../engine/host/in-process.ts';
import { readCheckpoint } from '../../../engine/network/checkpoint.ts';
import { makeDiscFolder, temporaryFolder } from '../../fixtures/disc-pictures.ts';
import { referenceLatest } from '../../network/pytorch/reference-latest.ts';
import { divide, latestBytes, smallRun } from '../training-project.ts';

function connect(): EngineClient {
  const client = connectInProcess();
  onTestFinished(() => client.close());
  return client;
}

const annealing = { period: 50, lowest: 1e-5, learningRate: 5e-3 };

/** A project with a run of two epochs, and what the reference's code would have saved after them. */
async function withReferenceLatest(): Promise<{ client: EngineClient; project: string; file: string }> {
  const client = connect();
  const project = await divide(client, await makeDiscFolder(temporaryFolder(), 10));
  await client.request('train.start', smallRun(project, 2));
  const { run } = await client.request('train.wait', { project });
  const file = join(temporaryFolder(), 'latest.pth');
  writeFileSync(file, referenceLatest(run.latestFile!, { ...annealing, steps: 2 }));
  return { client, project, file };
}

describe('a checkpoint of PyTorch', () => {
  it('is trained on with its optimiser, epoch and schedule, and the run can be resumed', async () => {
    const { client, project, file } = await withReferenceLatest();
    const { settings } = smallRun(project, 4);
    const { learningRate: _, ...rest } = settings!;
    const started = await client.request('train.start', { project, from: file, continue: true, settings: rest });
    expect(started.notes.map(({ message }) => message).join(' ')).toContain(
      "goes on after epoch 2 of 'latest.pth', with adamw",
    );
    const ended = await client.request('train.wait', { project, run: started.run.id });
    expect(ended.run).toMatchObject({
      status: 'done',
      epochs: { done: 4, planned: 4 },
      best: expect.anything() as object,
    });
    expect(ended.epochs.map(({ epoch }) => epoch)).toEqual([3, 4]);
    await expect(client.request('train.resume', { project, run: started.run.id })).rejects.toMatchObject({
      code: 'run-finished',
    });
    await client.request('train.resume', { project, run: started.run.id, epochs: 5 });
    expect((await client.request('train.wait', { project })).run.epochs).toEqual({ done: 5, planned: 5 });
    // The same five epochs without an interruption.
    const whole = await client.request('train.start', smallRun(project, 5));
    await client.request('train.wait', { project, run: whole.run.id });
    const read = (run: number) => {
      const path = join(temporaryFolder(), 'latest.safetensors');
      writeFileSync(path, latestBytes(project, run));
      return readCheckpoint(path);
    };
    const [found, wanted] = [read(started.run.id), read(whole.run.id)];
    expect(found.parameters).toEqual(wanted.parameters);
    expect(found.moments).toEqual(wanted.moments);
  });

  it('is refused to be gone on from without a file, with nothing left to do, and by a file of parameters', async () => {
    const { client, project, file } = await withReferenceLatest();
    const codeOf = (args: object): Promise<unknown> =>
      client
        .request('train.start', { ...smallRun(project, 4), continue: true, ...args })
        .catch((error: unknown) => (error as { code: string }).code);
    expect(await codeOf({})).toBe('training-settings');
    expect(await codeOf({ from: file, settings: { epochs: 2 } })).toBe('training-settings');
    const bare = join(temporaryFolder(), 'best.pth');
    await client.request('checkpoint.convert', { checkpoint: file, output: bare, format: 'pth' });
    expect(await codeOf({ from: bare })).toBe('warm-start-mismatch');
    expect((await client.request('project.info', { project })).runs).toBe(1);
  });

  it('predicts and is evaluated as the network it holds, and is made into other files of the same network', async () => {
    const { client, project, file } = await withReferenceLatest();
    const { run } = await client.request('train.status', { project });
    const folder = temporaryFolder();
    const masks = async (checkpoint: string, name: string): Promise<Buffer[]> => {
      const { files } = await client.request('predict.project', {
        project,
        checkpoint,
        images: 'test',
        output: join(folder, name),
        size: 64,
      });
      return files.map(({ masks: [mask] }) => readFileSync(mask!));
    };
    const own = await masks(run.latestFile!, 'own');
    expect(own.length).toBeGreaterThan(0);
    expect(await masks(file, 'pth')).toEqual(own);
    const evaluated = await client.request('evaluate', { project, checkpoint: file });
    expect(evaluated).toMatchObject({ checkpoint: file, images: 1, pooled: { dice: expect.any(Number) as number } });
    for (const [format, name] of [
      ['pth', 'again.pth'],
      ['safetensors', 'again.safetensors'],
    ] as const) {
      const output = join(folder, name);
      await client.request('checkpoint.convert', { checkpoint: file, output, format });
      expect(readCheckpoint(output).parameters).toEqual(readCheckpoint(file).parameters);
    }
    // What training can go on from stays so.
    const kept = readCheckpoint(join(folder, 'again.safetensors'));
    expect(kept.moments).toEqual(readCheckpoint(file).moments);
    expect(kept.metadata['training']).toBe(readCheckpoint(file).metadata['training']);
  });
});
