import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectInProcess } from '../../../engine/host/in-process.ts';
import { makeDiscFolder, temporaryFolder } from '../../fixtures/disc-pictures.ts';
import { divide, smallRun } from '../training-project.ts';

describe('a look at what a run has learned', () => {
  it('is a small map for each image, of the best network when it is done, and leaves proposals alone', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 10);
    const client = connectInProcess();
    onTestFinished(() => client.close());
    const project = await divide(client, folder);
    const images = (await client.request('images.list', { project })).images.map(({ id }) => id).slice(0, 3);
    const asked = { project, run: 1, images, side: 32 };
    await expect(client.request('train.preview', asked)).rejects.toMatchObject({ code: 'checkpoint-missing' });
    await client.request('train.start', smallRun(project, 30));
    const { run } = await client.request('train.wait', { project });
    const { epoch, maps } = await client.request('train.preview', asked);
    expect(epoch).toBe(run.best?.epoch);
    // The pictures are 64×48.
    expect(maps.map(({ image, width, height, data }) => [image, width, height, data.length])).toEqual(
      images.map((image) => [image, 32, 24, 32 * 24]),
    );
    // The whole proposal says the same as its small picture, but for the borders.
    const whole = await client.request('proposals.make', { project, images, run: run.id });
    expect(whole.failed).toEqual([]);
    for (const { image, data } of maps) {
      const large = (await client.request('proposals.read', { project, image })).data!;
      const share = (map: Uint8Array): number => map.filter((label) => label === 1).length / map.length;
      expect(Math.abs(share(data) - share(large))).toBeLessThan(0.03);
    }
    // One that cannot be read any more is told of, and the others are shown.
    writeFileSync(join(folder, 'images', 'p1.png'), 'no picture');
    rmSync(join(folder, 'images', 'p2.png'));
    const broken = await client.request('train.preview', asked);
    expect(broken.maps.map(({ image }) => image)).toEqual([images[0]]);
    expect(broken.failed).toMatchObject([
      { image: images[1], path: 'images/p1.png', code: 'image-not-readable' },
      { image: images[2], path: 'images/p2.png', code: 'image-missing' },
    ]);
    expect((await client.request('proposals.list', { project })).proposals).toHaveLength(3);
    expect(run.settings).toMatchObject({ epochs: 30, optimiser: { kind: 'adamw', weightDecay: 0.01 } });
    expect(run.network).toMatchObject({ classes: 1 });
  });
});
