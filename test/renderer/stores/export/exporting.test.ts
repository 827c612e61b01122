import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { useExporting } from '../../../../renderer/stores/export/exporting.ts';
import { useProject } from '../../../../renderer/stores/project/project.ts';
import { useNotices } from '../../../../renderer/stores/shell/notices.ts';
import { useTasks } from '../../../../renderer/stores/shell/tasks.ts';
import { makeDiscFolder, temporaryFolder } from '../../../fixtures/disc-pictures.ts';
import { engine } from '../engine-in-process.ts';

vi.mock('../../../../renderer/engine.ts', () => import('../engine-in-process.ts'));

async function openProject(count = 4, labelled = 2): Promise<string> {
  const folder = await makeDiscFolder(temporaryFolder(), count, labelled);
  await engine.request('dataset.import', { folder });
  await useProject().open(folder);
  return folder;
}

describe('an export', () => {
  it('writes the masks where it says, and tells what came out', async () => {
    const folder = await openProject();
    const exporting = useExporting();
    exporting.open();
    expect([exporting.output, exporting.images.length, exporting.canExport]).toEqual([
      join(folder, 'export-png'),
      2,
      true,
    ]);
    await exporting.start();
    expect(exporting.outcome).toMatchObject({ written: 2, unchanged: 0, failed: [] });
    expect(readdirSync(join(folder, 'export-png', 'images')).sort()).toEqual(['p0.png', 'p1.png']);
    await exporting.start();
    expect(exporting.outcome).toMatchObject({ written: 0, unchanged: 2 });
    expect(useNotices().shown).toEqual([]);
    await useProject().close();
  });

  it('is of the selected images where some are, and its path follows its format until one is typed', async () => {
    const folder = await openProject();
    const exporting = useExporting();
    const [first] = useProject().images;
    exporting.open([first!.id]);
    expect([exporting.choice.scope, exporting.images]).toEqual(['chosen', [first]]);
    exporting.setOutput(join(folder, 'mine'));
    exporting.set({ overlays: true });
    expect(exporting.output).toBe(join(folder, 'mine'));
    exporting.set({ format: 'coco' });
    expect(exporting.output).toBe(join(folder, 'export-coco'));
    exporting.set({ source: 'predictions', scope: 'unlabelled' });
    exporting.set({ source: 'labels' });
    expect(exporting.choice.scope).toBe('all');
    exporting.setOutput('  ');
    expect(exporting.canExport).toBe(false);
    await useProject().close();
  });

  it('is chosen as the last time, but overwrites only when it is asked to again', async () => {
    const folder = await openProject();
    const exporting = useExporting();
    exporting.open();
    exporting.set({ format: 'labelme', scope: 'done', overwrite: true });
    await useProject().close();
    await useProject().open(folder);
    exporting.open();
    expect(exporting.choice).toMatchObject({ format: 'labelme', scope: 'done', overwrite: false });
    await useProject().close();
  });

  it('of predictions or a network needs a trained one', async () => {
    await openProject();
    const exporting = useExporting();
    exporting.open();
    for (const source of ['predictions', 'network'] as const) {
      exporting.set({ source });
      expect([source, exporting.canExport]).toEqual([source, false]);
    }
    await useProject().close();
  });

  it('goes on when its dialog is closed, and a notice leads to its result', async () => {
    await openProject();
    const exporting = useExporting();
    exporting.open();
    const done = exporting.start();
    exporting.close();
    expect(useTasks().running).toHaveLength(1);
    await done;
    const [notice] = useNotices().shown;
    expect(notice?.text).toMatch(/^Exported: 2 written to .*export-png\.$/);
    notice?.action?.run();
    expect(exporting).toMatchObject({ dialog: { images: undefined }, outcome: { written: 2 } });
    await useProject().close();
  });

  it('that is canceled says so and goes on where it was', async () => {
    await openProject(40, 40);
    const exporting = useExporting();
    exporting.open();
    const first = exporting.start();
    exporting.cancel();
    await first;
    expect([exporting.stopped, exporting.outcome, exporting.error]).toEqual([true, undefined, undefined]);
    await exporting.start();
    expect(exporting.stopped).toBe(false);
    expect(exporting.outcome!.written + exporting.outcome!.unchanged).toBe(40);
    await useProject().close();
  });
});
