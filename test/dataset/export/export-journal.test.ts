import { appendFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ExportJournal } from '../../../engine/dataset/export/export-journal.ts';
import { journalName } from '../../../engine/dataset/masks/scan-folder.ts';
import { sweepTemporaries } from '../../../engine/write-atomically.ts';
import { temporaryBeside } from '../../../engine/replace-file.ts';
import { temporaryFolder } from '../../fixtures/disc-pictures.ts';

/** A folder with one file that the journal knows. */
async function noted(content = 'mask', origin = 'v1'): Promise<{ folder: string; journal: ExportJournal }> {
  const folder = temporaryFolder();
  const journal = await ExportJournal.open(folder);
  writeFileSync(join(folder, 'a.png'), content);
  await journal.note('a.png', origin, join(folder, 'a.png'));
  return { folder, journal };
}

describe('the journal of an export', () => {
  it('knows its own files, of this origin or of another, also when it is opened again', async () => {
    const { folder, journal } = await noted();
    for (const one of [journal, await ExportJournal.open(folder)]) {
      expect(await one.standing('a.png', 'v1')).toBe('current');
      expect(await one.standing('a.png', 'v2')).toBe('outdated');
      expect(await one.standing('b.png', 'v1')).toBe('absent');
    }
  });

  it('does not know a file that somebody changed, and knows it again when it is as it was', async () => {
    const { folder, journal } = await noted();
    writeFileSync(join(folder, 'a.png'), 'touched up by hand');
    expect(await journal.standing('a.png', 'v1')).toBe('foreign');
    writeFileSync(join(folder, 'a.png'), 'mask');
    expect(await journal.standing('a.png', 'v1')).toBe('current');
  });

  it('takes nothing but a plain file for its own, and waits for no pipe', async () => {
    const { folder, journal } = await noted();
    mkdirSync(join(folder, 'folder.png'));
    symlinkSync(join(folder, 'a.png'), join(folder, 'link.png'));
    symlinkSync(join(folder, 'nowhere.png'), join(folder, 'broken.png'));
    if (process.platform === 'linux') execFileSync('mkfifo', [join(folder, 'pipe.png')]);
    else writeFileSync(join(folder, 'pipe.png'), '');
    const standings = ['folder.png', 'link.png', 'broken.png', 'pipe.png'].map((name) => journal.standing(name, 'v1'));
    expect(await Promise.all(standings)).toEqual(['folder', 'foreign', 'foreign', 'foreign']);
  });

  it('whose last line was torn by a crash keeps the others, and goes on in a line of its own', async () => {
    const { folder } = await noted();
    appendFileSync(join(folder, journalName), '{"file":"b.png","ori');
    const journal = await ExportJournal.open(folder);
    expect(await journal.standing('a.png', 'v1')).toBe('current');
    writeFileSync(join(folder, 'c.png'), 'other');
    await journal.note('c.png', 'v1', join(folder, 'c.png'));
    const again = await ExportJournal.open(folder);
    expect([await again.standing('a.png', 'v1'), await again.standing('c.png', 'v1')]).toEqual(['current', 'current']);
    expect(readFileSync(join(folder, journalName), 'utf8').split('\n')).toHaveLength(4);
  });

  it('that holds something else is no reason to fail', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, journalName), 'not json\n[]\n{"file":7}\nnull\n');
    expect(await (await ExportJournal.open(folder)).standing('a.png', 'v1')).toBe('absent');
  });
});

describe('half-written files', () => {
  it('of processes that are gone are swept, those of living ones and all others stay', async () => {
    const folder = temporaryFolder();
    const gone = Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }));
    const names = [`.a.png.${gone}-1.mambrush-tmp`, temporaryBeside(join(folder, 'b.png')).slice(folder.length + 1)];
    const others = ['a.png', '.hidden', `a.png.${gone}-1.mambrush-tmp`];
    for (const name of [...names, ...others]) writeFileSync(join(folder, name), '');
    await sweepTemporaries(folder);
    await sweepTemporaries(join(folder, 'not there'));
    expect([...names, ...others].map((name) => existsSync(join(folder, name)))).toEqual([
      false,
      true,
      true,
      true,
      true,
    ]);
  });

  it('have names that every disk takes, however long the file’s own is', () => {
    for (const name of [`${'细'.repeat(83)}.png`, `${'a'.repeat(251)}.png`, `${'x'.repeat(39)}𠀀𠀀.png`]) {
      const temporary = temporaryBeside(join('/x', name)).slice('/x/'.length);
      expect(Buffer.byteLength(temporary)).toBeLessThanOrEqual(255);
      expect(temporary.isWellFormed()).toBe(true);
    }
  });
});
