import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { useClassChanges } from '../../../../renderer/stores/project/class-changes.ts';
import { useImporting } from '../../../../renderer/stores/project/importing.ts';
import { useOpening } from '../../../../renderer/stores/project/opening.ts';
import { useProject } from '../../../../renderer/stores/project/project.ts';
import { useNotices } from '../../../../renderer/stores/shell/notices.ts';
import { useTasks } from '../../../../renderer/stores/shell/tasks.ts';
import { makeDiscFolder, temporaryFolder, writePicture } from '../../../fixtures/disc-pictures.ts';

vi.mock('../../../../renderer/engine.ts', () => import('../engine-in-process.ts'));

const stage = (): string => useImporting().stage;

describe('an import', () => {
  it('is previewed without a trace, made anew with other options, then done and opened', async () => {
    const importing = useImporting();
    const folder = await makeDiscFolder(temporaryFolder(), 3, 2);
    importing.open({ folder, opens: true });
    expect(stage()).toBe('checking');
    await expect.poll(stage).toBe('ready');
    expect(importing.counts).toEqual({ images: 3, labels: 2 });
    importing.set({ interpretation: 'index' });
    importing.set({ interpretation: 'binary', invert: true });
    expect(stage()).toBe('checking');
    await expect.poll(stage).toBe('ready');
    expect(importing.options).toEqual({ interpretation: 'binary', invert: true });
    expect(existsSync(join(folder, '.mambrush'))).toBe(false);
    const done = importing.start();
    expect([stage(), useTasks().running.map(({ title }) => title)]).toEqual([
      'importing',
      [expect.stringContaining('Importing')],
    ]);
    await done;
    expect([importing.dialog, useTasks().running]).toEqual([undefined, []]);
    expect(useProject().images.map(({ labelled }) => labelled)).toEqual([true, true, false]);
    expect(useNotices().shown).toMatchObject([{ text: 'Imported: 3 new images, 2 newly labeled.' }]);
    await useProject().close();
  });

  it('from elsewhere waits for a path, and says when there is nothing of the kind', async () => {
    const importing = useImporting();
    const folder = await makeDiscFolder(temporaryFolder(), 2, 0);
    const masks = join(await makeDiscFolder(temporaryFolder(), 2, 2), 'masks');
    importing.open({ folder, opens: true });
    await importing.choose('masks');
    expect([stage(), importing.report]).toEqual(['waiting', undefined]);
    await importing.choose('masks', join(folder, 'nowhere'));
    expect(importing).toMatchObject({ stage: 'failed', error: { code: 'masks-folder-missing' } });
    await importing.choose('masks', masks);
    expect([stage(), importing.counts]).toEqual(['ready', { images: 2, labels: 2 }]);
    importing.close();
    expect(importing.dialog).toBeUndefined();
  });

  it('that is canceled keeps what is there, says so, and shows its preview again', async () => {
    const importing = useImporting();
    importing.open({ folder: await makeDiscFolder(temporaryFolder(), 40, 40), opens: true });
    await expect.poll(stage).toBe('ready');
    const started = importing.start();
    importing.cancel();
    await started;
    expect([stage(), useProject().folder]).toEqual(['ready', undefined]);
    expect(useNotices().shown[0]?.text).toContain('Import stopped');
  });

  it('of a folder that is open finds new images, and shows what it left aside', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 2, 0);
    await useOpening().openFolder(folder);
    const importing = useImporting();
    await importing.rescan();
    expect(useNotices().shown).toMatchObject([{ text: 'Nothing new found.' }]);
    expect(useNotices().shown[0]?.action).toBeUndefined();
    await writePicture(join(folder, 'images', 'p9.png'), 9);
    await writePicture(join(folder, 'masks', 'stray.png'), 5);
    await importing.rescan();
    expect(useProject().images.map(({ path }) => path)).toContain('images/p9.png');
    useNotices().shown.at(-1)?.action?.run();
    expect(importing).toMatchObject({ stage: 'done', report: { unmatchedMasks: ['masks/stray.png'] } });
    await useProject().close();
  });
});

describe('classes', () => {
  it('are added, renamed and removed, and a removed one is back after Undo', async () => {
    await useOpening().openFolder(await makeDiscFolder(temporaryFolder(), 1, 0));
    const [project, changes] = [useProject(), useClassChanges()];
    const names = (): readonly string[] => project.classes.map(({ name }) => name);
    await changes.add('crack');
    expect(names()).toEqual(['Object', 'crack']);
    const { id } = project.classes[1]!;
    await changes.rename(id, 'fissure');
    await changes.add('Object');
    expect(useNotices().shown).toMatchObject([{ kind: 'error' }]);
    await changes.remove(id, 'fissure');
    expect([names(), project.removedClasses.map(({ name }) => name)]).toEqual([['Object'], ['fissure']]);
    useNotices().shown.at(-1)?.action?.run();
    await expect.poll(names).toEqual(['Object', 'fissure']);
    await project.close();
  });
});
