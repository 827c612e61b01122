import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { useChooser } from '../../../../renderer/stores/shell/chooser.ts';
import { usePreferences } from '../../../../renderer/stores/shell/preferences.ts';
import { makeDiscFolder, temporaryFolder } from '../../../fixtures/disc-pictures.ts';

vi.mock('../../../../renderer/engine.ts', () => import('../engine-in-process.ts'));

async function parentOfTwo(): Promise<string> {
  const parent = temporaryFolder();
  await makeDiscFolder(join(parent, 'photos'), 1, 0);
  mkdirSync(join(parent, 'empty'));
  writeFileSync(join(parent, 'objects.json'), '{}');
  return parent;
}

describe('the chooser', () => {
  it('begins beside the latest project, then where it was left', async () => {
    const parent = await parentOfTwo();
    const chooser = useChooser();
    usePreferences().remember(join(parent, 'photos'));
    const answer = chooser.choose({ kind: 'folder', title: 'Open' });
    await expect.poll(() => chooser.listing?.folder).toBe(parent);
    expect(chooser.entries.map(({ name, kind }) => [name, kind])).toEqual([
      ['empty', 'folder'],
      ['photos', 'folder'],
    ]);
    await chooser.go(join(parent, 'photos'));
    chooser.settle(chooser.listing?.folder);
    expect(await answer).toBe(join(parent, 'photos'));
    expect(chooser.choice).toBeUndefined();
    void chooser.choose({ kind: 'folder', title: 'Open' });
    await expect.poll(() => chooser.listing?.folder).toBe(join(parent, 'photos'));
  });

  it('lists files of the wanted endings', async () => {
    const parent = await parentOfTwo();
    const chooser = useChooser();
    void chooser.choose({ kind: 'file', title: 'Choose', endings: ['.json'] });
    expect(await chooser.go(parent)).toBe(true);
    expect(chooser.entries.map(({ name, kind }) => [name, kind])).toContainEqual(['objects.json', 'file']);
  });

  it('stays where it is when a folder cannot be listed, and says why', async () => {
    const parent = await parentOfTwo();
    const chooser = useChooser();
    void chooser.choose({ kind: 'folder', title: 'Open' });
    await chooser.go(parent);
    expect(await chooser.go(join(parent, 'nowhere'))).toBe(false);
    expect([chooser.listing?.folder, chooser.error]).toMatchObject([parent, { message: expect.any(String) as string }]);
    await chooser.go(join(parent, 'empty'));
    expect(chooser.error).toBeUndefined();
  });

  it('answers the first question with nothing when a second is asked', async () => {
    const chooser = useChooser();
    const first = chooser.choose({ kind: 'folder', title: 'one' });
    const second = chooser.choose({ kind: 'save', title: 'two', name: 'a.csv' });
    expect(await first).toBeUndefined();
    chooser.settle('/a.csv');
    expect(await second).toBe('/a.csv');
  });
});
