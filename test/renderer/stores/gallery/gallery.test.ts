import { describe, expect, it, vi } from 'vitest';
import { useGallery } from '../../../../renderer/stores/gallery/gallery.ts';
import { useGalleryActions } from '../../../../renderer/stores/gallery/gallery-actions.ts';
import { useProject } from '../../../../renderer/stores/project/project.ts';
import { useNotices } from '../../../../renderer/stores/shell/notices.ts';
import { makeDiscFolder, temporaryFolder } from '../../../fixtures/disc-pictures.ts';
import { engine } from '../engine-in-process.ts';

vi.mock('../../../../renderer/engine.ts', () => import('../engine-in-process.ts'));

/** p0 and p1 have labels. */
async function openGallery(): Promise<ReturnType<typeof useGallery>> {
  const folder = await makeDiscFolder(temporaryFolder(), 4, 2);
  await engine.request('dataset.import', { folder });
  await useProject().open(folder);
  return useGallery();
}

const shownNames = (): readonly string[] => useGallery().shown.map(({ path }) => path.replace('images/', ''));
const states = (): readonly string[] => useProject().images.map(({ state }) => state);
const undo = (): void => useNotices().shown.at(-1)?.action?.run();

describe('the gallery', () => {
  it('shows what its filter and search let through, in its order, and counts each kind', async () => {
    const gallery = await openGallery();
    expect(shownNames()).toEqual(['p0.png', 'p1.png', 'p2.png', 'p3.png']);
    expect(gallery.stateCounts).toMatchObject({ all: 4, unlabelled: 2, done: 2, predicted: 0, missing: 0 });
    gallery.set({ state: 'unlabelled', sort: 'name', descending: true });
    expect(shownNames()).toEqual(['p3.png', 'p2.png']);
    gallery.set({ search: 'P2' });
    expect(shownNames()).toEqual(['p2.png']);
    gallery.showAll();
    expect(shownNames()).toEqual(['p3.png', 'p2.png', 'p1.png', 'p0.png']);
    await useProject().close();
  });

  it('is shown again as it was left, but for the search', async () => {
    const gallery = await openGallery();
    const folder = useProject().name();
    gallery.set({ state: 'done', sort: 'name', side: 200, search: 'p1' });
    await expect
      .poll(async () => (await engine.request('view.read', { project: folder })).values)
      .toHaveProperty('gallery.side', 200);
    gallery.selection.all();
    await useProject().close();
    expect([gallery.view.side, gallery.selection.selected]).toEqual([160, []]);
    await useProject().open(folder);
    expect(gallery.view).toMatchObject({ state: 'done', sort: 'name', side: 200, search: '' });
    await useProject().close();
  });

  it('ignores what was remembered in another form', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 1, 0);
    await engine.request('dataset.import', { folder });
    await engine.request('view.write', { project: folder, values: { gallery: { state: 7, sort: 'name', side: 5 } } });
    await useProject().open(folder);
    expect(useGallery().view).toMatchObject({ state: 'all', sort: 'name', side: 160 });
    await useProject().close();
  });

  it('opens an image where it is painted', async () => {
    const gallery = await openGallery();
    useProject().go('gallery');
    gallery.open(gallery.ids[2]!);
    expect([useProject().view, useProject().currentId]).toEqual(['annotate', gallery.ids[2]]);
    await useProject().close();
  });

  it('sets states and removes images, and takes both back', async () => {
    const gallery = await openGallery();
    const actions = useGalleryActions();
    const before = states();
    gallery.selection.all();
    await actions.setState(gallery.selection.selected, 'in-progress');
    await expect.poll(states).toEqual(Array(4).fill('in-progress'));
    undo();
    await expect.poll(states).toEqual(before);
    const [first] = gallery.ids;
    await actions.remove([first!]);
    await expect.poll(shownNames).toEqual(['p1.png', 'p2.png', 'p3.png']);
    expect(gallery.selection.selected).toHaveLength(3);
    undo();
    await expect.poll(() => [...shownNames()].sort()).toEqual(['p0.png', 'p1.png', 'p2.png', 'p3.png']);
    await useProject().close();
  });

  it('says that there is no network to predict with', async () => {
    const gallery = await openGallery();
    await useGalleryActions().predict(gallery.ids);
    expect(useNotices().shown).toMatchObject([
      { kind: 'error', text: expect.stringContaining('no trained network') as string },
    ]);
    await useProject().close();
  });
});
