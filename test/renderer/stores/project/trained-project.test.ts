import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { useExporting } from '../../../../renderer/stores/export/exporting.ts';
import { useGalleryActions } from '../../../../renderer/stores/gallery/gallery-actions.ts';
import { useProject } from '../../../../renderer/stores/project/project.ts';
import { useProposalDecisions } from '../../../../renderer/stores/project/proposal-decisions.ts';
import { useNotices } from '../../../../renderer/stores/shell/notices.ts';
import { useRunSelection } from '../../../../renderer/stores/train/run-selection.ts';
import { makeDiscFolder } from '../../../fixtures/disc-pictures.ts';
import { divide, smallRun } from '../../../host/training-project.ts';
import { engine, home } from '../engine-in-process.ts';

vi.mock('../../../../renderer/engine.ts', () => import('../engine-in-process.ts'));

const folder = join(home, 'discs');

beforeAll(async () => {
  await divide(engine, await makeDiscFolder(folder, 12, 10));
  const { run } = await engine.request('train.start', smallRun(folder, 1));
  await engine.request('train.wait', { project: folder, run: run.id });
});

/** Those without labels. */
let unlabelled: number[];

beforeEach(async () => {
  const runSelection = useRunSelection();
  await useProject().open(folder);
  unlabelled = useProject()
    .images.filter(({ labelled }) => !labelled)
    .map(({ id }) => id);
  await expect.poll(() => runSelection.predictingRun?.id).toBe(1);
});

afterAll(() => engine.request('project.close', { project: folder }));

const labels = async (image: number): Promise<Uint8Array | null> =>
  (await engine.request('labels.read', { project: folder, image })).data;
const proposed = (): readonly number[] => [...useProject().proposals.keys()];
const undo = (): void => useNotices().shown.at(-1)?.action?.run();

describe('a project with a trained network', () => {
  it('predicts the selected images, and the notice leads to Review', async () => {
    await useGalleryActions().predict(unlabelled);
    await expect.poll(proposed).toEqual(unlabelled);
    expect(useNotices().shown.map(({ text }) => text)).toEqual(['2 images predicted.']);
    undo();
    expect(useProject().view).toBe('review');
  });

  it('takes accepted predictions as labels, and Undo takes them back', async () => {
    const [first] = unlabelled;
    const { data } = await engine.request('proposals.read', { project: folder, image: first! });
    const onBack = vi.fn();
    await useProposalDecisions().accept([first!], { onBack });
    expect(await labels(first!)).toEqual(data);
    await expect.poll(proposed).toEqual(unlabelled.slice(1));
    undo();
    await expect.poll(() => labels(first!)).toBeNull();
    await expect.poll(() => onBack.mock.calls).toEqual([[[first]]]);
    await expect.poll(() => [...proposed()].sort()).toEqual([...unlabelled].sort());
  });

  it('has rejected predictions again after Undo', async () => {
    const onBack = vi.fn();
    await useProposalDecisions().reject(unlabelled, { onBack });
    await expect.poll(proposed).toEqual([]);
    undo();
    await expect.poll(() => [...proposed()].sort()).toEqual([...unlabelled].sort());
    await expect.poll(() => onBack.mock.calls).toEqual([[unlabelled]]);
  });

  it('exports predictions straight from the network, from proposals, and the network itself', async () => {
    const exporting = useExporting();
    exporting.open(unlabelled);
    exporting.set({ source: 'predictions' });
    await exporting.start();
    expect(exporting.outcome).toMatchObject({ written: 2, failed: [], compute: expect.anything() as unknown });
    expect(readdirSync(join(folder, 'predictions-png', 'images'))).toHaveLength(2);
    exporting.set({ format: 'csv' });
    await exporting.start();
    expect(exporting.error).toBeUndefined();
    expect(existsSync(join(folder, 'predictions-csv', 'areas.csv'))).toBe(true);
    exporting.set({ source: 'network', network: 'safetensors' });
    await exporting.start();
    expect(exporting.outcome).toMatchObject({ output: join(folder, 'small.safetensors'), written: 1 });
    expect(existsSync(join(folder, 'small.safetensors'))).toBe(true);
  });
});
