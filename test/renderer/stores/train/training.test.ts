import { createPinia, setActivePinia } from 'pinia';
import { afterAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openProject } from '../../../../engine/store/project-store.ts';
import { engine } from '../../../../renderer/engine.ts';
import { useProject } from '../../../../renderer/stores/project/project.ts';
import { useNotices } from '../../../../renderer/stores/shell/notices.ts';
import { useTasks } from '../../../../renderer/stores/shell/tasks.ts';
import { useRecipe } from '../../../../renderer/stores/train/recipe.ts';
import { useRunSelection } from '../../../../renderer/stores/train/run-selection.ts';
import { useRuns } from '../../../../renderer/stores/train/runs.ts';
import { useSamplePredictions } from '../../../../renderer/stores/train/sample-predictions.ts';
import { useTraining } from '../../../../renderer/stores/train/training.ts';
import { makeDiscFolder, temporaryFolder } from '../../../fixtures/disc-pictures.ts';

/** A real engine, in this process. */
vi.mock('../../../../renderer/engine.ts', async () => {
  const { connectInProcess } = await import('../../../../engine/host/in-process.ts');
  return { engine: { ...connectInProcess(), state: { kind: 'open' }, watch: () => () => undefined } };
});
/** They belong to a page. */
vi.mock('../../../../renderer/stores/shell/preferences.ts', () => ({
  usePreferences: () => ({ remember: () => undefined, leave: () => undefined }),
}));

beforeEach(() => setActivePinia(createPinia()));
afterAll(() => engine.close());

function stores() {
  return {
    project: useProject(),
    recipe: useRecipe(),
    training: useTraining(),
    runs: useRuns(),
    selection: useRunSelection(),
    notices: useNotices(),
  };
}

/** A project of some labelled images, open in the window, with a recipe for a run of seconds. */
async function open(images: number, epochs: number) {
  const folder = await makeDiscFolder(temporaryFolder(), images);
  await engine.request('dataset.import', { folder });
  const all = stores();
  await all.project.open(folder);
  onTestFinished(() => all.project.close());
  const values = { epochs, batch: 2, size: 64, learningRate: 0.005, 'network.widths': '4,8,12,16,24,32' };
  for (const [key, value] of Object.entries(values)) all.recipe.set(key, String(value));
  return all;
}

const texts = ({ notices }: Pick<ReturnType<typeof stores>, 'notices'>): string =>
  notices.shown.map(({ text }) => text).join('\n');

describe('training from the window', () => {
  it('divides, starts, follows the run to its end, and goes on with it', async () => {
    const all = await open(10, 3);
    const { project, training, runs, selection } = all;
    const starting = training.start();
    expect(training.preparing).toBe(true);
    expect(useTasks().running).toHaveLength(1);
    await starting;
    expect([project.view, training.preparing]).toEqual(['train', false]);
    expect(project.info?.split).toBeDefined();
    expect(training.computes.get(1)).toBeDefined();
    expect(selection.shown).toMatchObject({ id: 1, epochs: { planned: 3 } });
    // A second click starts nothing.
    await training.start();
    await expect.poll(() => runs.active).toBeUndefined();
    await expect.poll(() => selection.shownEpochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(runs.runs).toMatchObject([{ id: 1, status: 'done', best: { epoch: expect.any(Number) as number } }]);
    expect(runs.live).toBeUndefined();
    expect(texts(all)).toMatch(/Run 1 finished\. Best validation Dice: 0\.\d/);
    expect(selection.predictingRun?.id).toBe(1);
    await training.resume(1, 5);
    await expect.poll(() => runs.active).toBeUndefined();
    await expect.poll(() => selection.shownEpochs).toHaveLength(5);
  });

  it('pauses, goes on and is aborted when that is asked for; an abort is no news', async () => {
    const all = await open(10, 400);
    const { training, runs } = all;
    await training.start();
    await training.pause();
    await expect.poll(() => runs.active?.status).toBe('paused');
    expect(training.ordered).toBeUndefined();
    await training.resume(1);
    await expect.poll(() => runs.active?.status).toBe('running');
    await expect.poll(() => runs.live?.epoch).toBeGreaterThan(0);
    await training.stop('abort');
    await expect.poll(() => runs.active).toBeUndefined();
    expect(training.ordered).toBeUndefined();
    expect(runs.runs).toMatchObject([{ status: 'interrupted', resumable: true }]);
    expect(texts(all)).not.toContain('Run 1');
  });

  it('says why it does not start: too few labelled images, or a field that cannot be read', async () => {
    const few = await open(2, 3);
    await few.training.start();
    expect(texts(few)).toContain('at least 3 labeled images; there are 2');
    setActivePinia(createPinia());
    const wrong = await open(6, 3);
    wrong.recipe.set('epochs', 'many');
    await wrong.training.start();
    expect(texts(wrong)).toContain('Invalid value: Epochs');
    expect((await engine.request('train.runs', { project: wrong.project.name() })).runs).toEqual([]);
  });
});

describe('runs of a project that is opened', () => {
  it('are there with the epochs of the latest; others are loaded when they are shown or compared', async () => {
    const first = await open(10, 2);
    const { folder } = first.project;
    for (const id of [1, 2]) {
      await first.training.start();
      await expect.poll(() => first.runs.runs.at(-1)).toMatchObject({ id, status: 'done' });
    }
    first.selection.predictWith(1);
    setActivePinia(createPinia());
    const { project, runs, selection } = stores();
    await project.open(folder!);
    await expect.poll(() => [...runs.epochs.keys()]).toEqual([2]);
    expect(selection.shown?.id).toBe(2);
    expect(selection.predictingRun?.id).toBe(1);
    selection.compare(1, true);
    await expect.poll(() => runs.epochs.get(1)).toHaveLength(2);
    expect([...selection.compared]).toEqual([1]);
    selection.compare(1, false);
    selection.show(1);
    expect([[...selection.compared], selection.shown?.id]).toEqual([[], 1]);
    expect(selection.shownEpochs).toHaveLength(2);
    await project.close();
    expect([runs.runs, runs.epochs.size, selection.shown]).toEqual([[], 0, undefined]);
  });

  it('that broke off are offered to be resumed, once', async () => {
    const first = await open(10, 2);
    await first.training.start();
    await expect.poll(() => first.runs.runs.at(-1)?.status).toBe('done');
    const folder = first.project.name();
    await first.project.close();
    // As a killed engine leaves it.
    const store = openProject(folder);
    store.runs.update(1, { status: 'running' });
    store.close();
    setActivePinia(createPinia());
    const { project, runs, notices } = stores();
    await project.open(folder);
    onTestFinished(() => project.close());
    await expect
      .poll(() => notices.shown)
      .toMatchObject([{ text: expect.stringMatching(/^Run 1 was interrupted/) as string }]);
    const [{ id, action }] = notices.shown as [(typeof notices.shown)[number]];
    notices.dismiss(id);
    await project.refresh();
    await expect.poll(() => runs.epochs.get(1)).toHaveLength(2);
    expect(notices.shown).toEqual([]);
    action?.run();
    await expect.poll(() => runs.runs[0]?.status).toBe('done');
  });
});

describe('predictions of some images that are not learned from', () => {
  it('are made while somebody watches, and made anew after more epochs', async () => {
    const { training, runs, selection } = await open(10, 2);
    const samples = useSamplePredictions();
    const end = samples.watch();
    await training.start();
    await expect.poll(() => runs.active).toBeUndefined();
    await expect.poll(() => samples.maps.size).toBe(samples.images.length);
    expect(samples.images.every(({ part }) => part !== 'train')).toBe(true);
    const before = samples.epoch;
    expect(before).toBeGreaterThan(0);
    await training.resume(selection.shown!.id, 6);
    await expect.poll(() => samples.epoch).not.toBe(before);
    expect(samples.trouble).toBeUndefined();
    end();
  });
});
