import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { useImporting } from '../../../../renderer/stores/project/importing.ts';
import { useOpening } from '../../../../renderer/stores/project/opening.ts';
import { useProject } from '../../../../renderer/stores/project/project.ts';
import { useNotices } from '../../../../renderer/stores/shell/notices.ts';
import { usePreferences } from '../../../../renderer/stores/shell/preferences.ts';
import { makeDiscFolder, temporaryFolder } from '../../../fixtures/disc-pictures.ts';
import { breakConnection, engine } from '../engine-in-process.ts';

vi.mock('../../../../renderer/engine.ts', () => import('../engine-in-process.ts'));

const imagesAlone = (count = 3): Promise<string> => makeDiscFolder(temporaryFolder(), count, 0);

describe('a folder that is opened', () => {
  it('with images alone is a project at once, with a class to paint with', async () => {
    const folder = await imagesAlone();
    expect(await useOpening().openFolder(folder)).toBe(true);
    const project = useProject();
    expect(project.images).toHaveLength(3);
    expect(project.current).toBe(project.images[0]);
    expect(project.classes).toMatchObject([{ name: 'Object' }]);
    expect(usePreferences().values).toMatchObject({ recent: [{ folder }], lastProject: folder });
    expect(useNotices().shown).toEqual([]);
    await project.close();
    expect([project.folder, project.images, usePreferences().values.lastProject]).toEqual([undefined, [], null]);
  });

  it('with masks is previewed first', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 3, 2);
    expect(await useOpening().openFolder(folder)).toBe(true);
    expect(useProject().folder).toBeUndefined();
    expect(useImporting().dialog).toEqual({ folder, opens: true });
  });

  it('names the files that were skipped', async () => {
    const folder = await imagesAlone();
    writeFileSync(join(folder, 'images', 'notes.png'), 'a list of names');
    await useOpening().openFolder(folder);
    const [notice] = useNotices().shown;
    expect(notice?.text).toContain('1 file was skipped');
    notice?.action?.run();
    expect(useImporting()).toMatchObject({ stage: 'done', report: { skipped: [{ path: 'images/notes.png' }] } });
    await useProject().close();
  });

  it('that is not there leaves what is open as it is', async () => {
    const folder = await imagesAlone();
    await useOpening().openFolder(folder);
    expect(await useOpening().openFolder(join(folder, 'nowhere'))).toBe(false);
    expect(useNotices().shown).toMatchObject([{ kind: 'error', text: expect.stringContaining('nowhere') as string }]);
    expect(useProject().folder).toBe(folder);
    await useProject().close();
  });

  it('is opened one at a time, and not at all when its person stops it', async () => {
    const opening = useOpening();
    const folder = await imagesAlone();
    const opened = opening.openFolder(folder);
    expect(opening.busy?.title).toContain('Opening');
    expect(await opening.openFolder(folder)).toBe(false);
    opening.busy?.cancel();
    expect(await opened).toBe(false);
    expect([opening.busy, useProject().folder]).toEqual([undefined, undefined]);
    expect(existsSync(join(folder, '.mambrush'))).toBe(false);
    expect(useNotices().shown).toEqual([]);
  });

  it('is the one that the address names, once, else the last one', async () => {
    const [named, last] = [await imagesAlone(), await imagesAlone()];
    const location = { href: `http://localhost/?open=${encodeURIComponent(named)}` };
    vi.stubGlobal('location', location);
    vi.stubGlobal('history', { replaceState: (_data: null, _unused: string, to: URL) => (location.href = to.href) });
    usePreferences().set({ lastProject: last });
    await useOpening().begin();
    expect(useProject().folder).toBe(named);
    usePreferences().set({ lastProject: last });
    await useOpening().begin();
    expect(useProject().folder).toBe(last);
    await useProject().close();
    await useOpening().begin();
    expect(useProject().folder).toBeUndefined();
  });
});

describe('an open project', () => {
  it('is shown as it was left: view and image', async () => {
    const project = useProject();
    const [one, other] = [await imagesAlone(), await imagesAlone()];
    await useOpening().openFolder(one);
    const last = project.images[2]!.id;
    project.select(last);
    project.go('gallery');
    await useOpening().openFolder(other);
    expect([project.folder, project.view, project.currentId]).toEqual([other, 'annotate', project.images[0]!.id]);
    await useOpening().openFolder(one);
    expect([project.folder, project.view, project.currentId]).toEqual([one, 'gallery', last]);
    await project.close();
  });

  it('stays open when something could not be saved', async () => {
    const project = useProject();
    await useOpening().openFolder(await imagesAlone());
    const failing = vi.fn(() => Promise.reject(new Error('the disk is full')));
    project.beforeClose(failing);
    await expect(project.close()).rejects.toThrow('the disk is full');
    expect(project.images).toHaveLength(3);
    failing.mockResolvedValue(undefined as never);
    await project.close();
    expect(project.folder).toBeUndefined();
  });

  it('follows the engine: states, removed images, classes', async () => {
    const project = useProject();
    const folder = await imagesAlone();
    await useOpening().openFolder(folder);
    const [first, second] = project.images.map(({ id }) => id);
    await engine.request('images.set-state', { project: folder, images: [second!], state: 'done' });
    await expect.poll(() => project.byId.get(second!)?.state).toBe('done');
    await engine.request('classes.add', { project: folder, name: 'crack' });
    await expect.poll(() => project.classes.map(({ name }) => name)).toEqual(['Object', 'crack']);
    await engine.request('images.remove', { project: folder, images: [first!] });
    await expect.poll(() => project.images).toHaveLength(2);
    expect(project.currentId).toBe(second);
    await project.close();
  });

  it('is asked for anew after a break of the connection', async () => {
    const project = useProject();
    const folder = await imagesAlone();
    await useOpening().openFolder(folder);
    const before = project.generation;
    breakConnection();
    await expect.poll(() => project.generation).toBeGreaterThan(before);
    expect([project.folder, project.images.length]).toEqual([folder, 3]);
    await project.close();
  });
});
