import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EngineClient } from '../../../engine/contract/requests.ts';
import { connectInProcess } from '../../../engine/host/in-process.ts';
import { makeDiscFolder, temporaryFolder } from '../../fixtures/disc-pictures.ts';
import { startChild } from '../../store/start-child.ts';
import { writeFreshCheckpoint } from '../trained-checkpoint.ts';

async function proposed(): Promise<{ client: EngineClient; project: string; ids: number[]; cache: string }> {
  const folder = await makeDiscFolder(temporaryFolder(), 3, 1);
  const client = connectInProcess();
  onTestFinished(() => client.close());
  const { project } = await client.request('dataset.import', { folder });
  const checkpoint = writeFreshCheckpoint(join(folder, 'net.safetensors'));
  const ids = (await client.request('images.list', { project })).images.map(({ id }) => id);
  await client.request('proposals.make', { project, images: ids, checkpoint });
  return { client, project, ids, cache: join(project, '.mambrush', 'cache') };
}

const waiting = async (client: EngineClient, project: string): Promise<number[]> =>
  (await client.request('proposals.list', { project })).proposals.map(({ image }) => image);

/** Everything of proposals but those that wait. */
const setAside = (cache: string): string[] => readdirSync(cache).filter((name) => name.includes('proposals-aside'));

describe('proposals that were decided on', () => {
  it('are gone from the disk when the project is closed, and those that wait are there', async () => {
    const { client, project, ids, cache } = await proposed();
    const [first, second, third] = ids as [number, number, number];
    await client.request('proposals.accept', { project, images: [first] });
    await client.request('proposals.reject', { project, images: [second] });
    expect(setAside(cache)).toEqual(['proposals-aside']);
    await client.request('project.close', { project });
    expect(setAside(cache)).toEqual([]);
    await client.request('project.open', { folder: project });
    expect(await waiting(client, project)).toEqual([third]);
    expect(await client.request('proposals.restore', { project, images: [second] })).toEqual({
      proposals: [],
      kept: [],
    });
  });

  it('of an engine that was killed are gone after the next opening, but not what is decided from then on', async () => {
    const { client, project, ids, cache } = await proposed();
    await client.request('project.close', { project });
    const child = startChild(new URL('../engine-process.ts', import.meta.url).href, 'reject', project);
    expect(await child.nextLine()).toBe('open');
    await child.kill();
    expect(readdirSync(join(cache, 'proposals-aside'))).toHaveLength(3);
    // As one that was killed while it swept.
    const halfSwept = join(cache, '.proposals-aside.1-1.mambrush-tmp');
    mkdirSync(halfSwept);
    writeFileSync(join(halfSwept, '1-0.bin'), 'left');
    await client.request('project.open', { folder: project });
    const checkpoint = join(project, 'net.safetensors');
    const making = client.request('proposals.make', { project, images: ids, checkpoint });
    await expect.poll(() => existsSync(halfSwept)).toBe(false);
    await making;
    await client.request('proposals.reject', { project, images: ids });
    await client.request('proposals.restore', { project, images: ids });
    expect(await waiting(client, project)).toEqual(ids);
  });

  it('can be taken back at once after the opening, while what was left is being swept', async () => {
    const { client, project, ids, cache } = await proposed();
    await client.request('project.close', { project });
    for (let at = 0; at < 500; at++) {
      mkdirSync(join(cache, 'proposals-aside'), { recursive: true });
      writeFileSync(join(cache, 'proposals-aside', `${at}-0.bin`), 'left');
    }
    await client.request('project.open', { folder: project });
    await client.request('proposals.reject', { project, images: ids });
    await expect.poll(() => setAside(cache)).toEqual(['proposals-aside']);
    await client.request('proposals.restore', { project, images: ids });
    expect(await waiting(client, project)).toEqual(ids);
  });
});
