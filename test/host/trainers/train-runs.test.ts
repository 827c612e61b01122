import { describe, expect, it, onTestFinished } from 'vitest';
import { connectInProcess } from '../../../engine/host/in-process.ts';
import { openProject } from '../../../engine/store/project-store.ts';
import { makeDiscFolder, temporaryFolder } from '../../fixtures/disc-pictures.ts';
import { divide, smallRun } from '../training-project.ts';

describe('the list of runs', () => {
  it('calls a run interrupted whose process ended while it was paused, and lets it go on', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 10);
    const client = connectInProcess();
    onTestFinished(() => client.close());
    const project = await divide(client, folder);
    await client.request('train.start', smallRun(project, 2));
    await client.request('train.wait', { project });
    await client.request('project.close', { project });
    // As a killed engine leaves it.
    const store = openProject(project);
    store.runs.update(1, { status: 'paused' });
    store.close();
    await client.request('project.open', { folder: project });
    const { runs } = await client.request('train.runs', { project });
    expect(runs).toMatchObject([{ id: 1, status: 'interrupted', resumable: true }]);
    expect(runs[0]?.message).toMatch(/paused.*Resume/);
    await client.request('train.resume', { project, run: 1, epochs: 4 });
    expect((await client.request('train.wait', { project })).run).toMatchObject({
      status: 'done',
      epochs: { done: 4 },
    });
  });
});
