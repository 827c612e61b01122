import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exportMasks } from '../../../engine/dataset/export/export-masks.ts';
import type { ExportItem, ExportOptions } from '../../../engine/dataset/export/export-plan.ts';
import { readMaskFile } from '../masks/read-mask-file.ts';
import { readNpy } from '../../../engine/dataset/images/npy/npy.ts';
import { disc, temporaryFolder, writePicture } from '../../fixtures/disc-pictures.ts';
import { canMount, smallDisk } from '../../store/small-disk.ts';
import { startChild } from '../../store/start-child.ts';

const plane = { width: 64, height: 48 };
const cell = { name: 'cell', color: '#e69f00' };
const debris = { name: 'debris', color: '#0072b2' };

/** Item `n`, whose labels are disc `n`; `asked` counts how often labels were asked for. */
function item(folder: string, path: string, n: number, asked = { times: 0 }, origin = `v1 ${n}`): ExportItem {
  return {
    path,
    absolutePath: join(folder, path),
    ...plane,
    origin,
    labels: async (append) => {
      asked.times++;
      const labels = disc(n);
      await append?.(Float32Array.from(labels, (value) => (value === 1 ? 0.75 : 0.125)));
      return labels;
    },
  };
}

const options = (outputFolder: string, more: Partial<ExportOptions> = {}): ExportOptions => ({
  outputFolder,
  classes: [cell],
  ...more,
});

async function grey(path: string): Promise<number[]> {
  return [...(await sharp(path).toColourspace('b-w').raw().toBuffer())];
}

describe('masks as files', () => {
  it('of one class are 0 and 255 and lie like their images', async () => {
    const output = temporaryFolder();
    const report = await exportMasks([item('/x', 'a.jpg', 1), item('/x', '子 文件夹/b c.png', 2)], options(output));
    expect(report.written).toEqual(['a.png', '子 文件夹/b c.png']);
    expect(await grey(join(output, 'a.png'))).toEqual([...disc(1)].map((value) => value * 255));
    expect(await grey(join(output, '子 文件夹', 'b c.png'))).toEqual([...disc(2)].map((value) => value * 255));
  });

  it('of several classes hold the class numbers, with the classes’ colors for looking at', async () => {
    const output = temporaryFolder();
    const labels = disc(1).map((value, at) => (value === 0 ? (at === 0 ? 255 : 0) : 1 + (at % 2)));
    const file = { ...item('/x', 'a.jpg', 1), labels: () => labels };
    await exportMasks([file], options(output, { classes: [cell, debris] }));
    const path = join(output, 'a.png');
    const back = await readMaskFile(path, { width: 64, height: 48, interpretation: 'index' });
    expect(back.labels).toEqual(labels);
    const colors = await sharp(path).removeAlpha().toColourspace('srgb').raw().toBuffer();
    const at = labels.indexOf(2);
    expect([...colors.subarray(3 * at, 3 * at + 3)]).toEqual([0x00, 0x72, 0xb2]);
  });

  it('come with probabilities of 16 bits, arrays and overlays where asked for', async () => {
    const folder = temporaryFolder();
    await writePicture(join(folder, 'a.png'), 1);
    const output = temporaryFolder();
    const files = [item(folder, 'a.png', 1)];
    const report = await exportMasks(files, options(output, { probabilities: 'png', overlays: true }));
    expect([...report.written].sort()).toEqual(['a.png', 'overlays/a.png', 'probabilities/a.png']);
    const deep = await sharp(join(output, 'probabilities', 'a.png'))
      .toColourspace('grey16')
      .raw({ depth: 'ushort' })
      .toBuffer();
    const values = new Uint16Array(deep.buffer, deep.byteOffset, deep.length / 2);
    expect([...values.slice(0, 2), values[disc(1).indexOf(1)]]).toEqual([8192, 8192, 49151]);
    const overlay = await sharp(join(output, 'overlays', 'a.png'))
      .raw()
      .toBuffer();
    const plain = await sharp(join(folder, 'a.png')).raw().toBuffer();
    expect(overlay.subarray(0, 3)).toEqual(plain.subarray(0, 3));
    const inside = 3 * disc(1).lastIndexOf(1);
    expect(overlay.subarray(inside, inside + 3)).toEqual(Buffer.of(0xe6, 0x9f, 0x00));

    const arrays = temporaryFolder();
    await exportMasks(files, options(arrays, { format: 'npy', probabilities: 'npy' }));
    const array = await readNpy(join(arrays, 'a.npy'));
    expect([array.type, array.shape, [...array.values]]).toEqual(['u1', [48, 64], [...disc(1)]]);
    const maps = await readNpy(join(arrays, 'probabilities', 'a.npy'));
    expect([maps.type, maps.shape, maps.values[0]]).toEqual(['f4', [48, 64], 0.125]);
  });

  it('of two images with one stem keep their endings apart, whichever is exported', async () => {
    const output = temporaryFolder();
    const report = await exportMasks([item('/x', 'a.png', 1)], options(output, { neighbors: ['a.jpg', 'a.png'] }));
    expect(report.written).toEqual(['a.png.png']);
    expect(report.renamed).toEqual([{ path: 'a.png', file: 'a.png.png' }]);
  });
});

describe('what is wrong with one image', () => {
  it('is told, and the others are written; without its picture it has a mask but no overlay', async () => {
    const [folder, output] = [temporaryFolder(), temporaryFolder()];
    await writePicture(join(folder, 'a.png'), 1);
    const items = [item(folder, 'gone.png', 2), item(folder, 'a.png', 1)];
    const report = await exportMasks(items, options(output, { overlays: true }));
    expect(report.failed).toMatchObject([{ path: 'gone.png', code: 'image-missing' }]);
    expect([...report.written].sort()).toEqual(['a.png', 'gone.png', 'overlays/a.png']);
    expect(readdirSync(join(output, 'overlays'))).toEqual(['a.png']);
  });

  it('is told when the disk has no room for the name', async () => {
    const output = temporaryFolder();
    const long = `${'长'.repeat(82)}.jpeg`;
    const classes = [{ ...cell, name: '细胞核' }, debris];
    const items = [item('/x', long, 1), item('/x', 'b.jpg', 2)];
    const fits = await exportMasks(items, options(output, { classes }));
    expect(fits.written).toEqual([`${'长'.repeat(82)}.png`, 'b.png']);
    const report = await exportMasks(items, options(output, { classes, format: '0/255' }));
    expect(report.failed).toMatchObject([{ path: long, code: 'export-name-too-long' }]);
    expect(report.written).toEqual(['b_细胞核.png', 'b_debris.png']);
  });
});

describe('what is there already', () => {
  it('is not made again when it is up to date, and is made again when it is not', async () => {
    const output = temporaryFolder();
    const asked = { times: 0 };
    await exportMasks([item('/x', 'a.jpg', 1, asked)], options(output));
    const again = await exportMasks([item('/x', 'a.jpg', 1, asked)], options(output));
    expect([again.written, again.unchanged, asked.times]).toEqual([[], ['a.png'], 1]);
    const changed = await exportMasks([item('/x', 'a.jpg', 2, asked, 'v2')], options(output));
    expect([changed.written, asked.times]).toEqual([['a.png'], 2]);
    expect(await grey(join(output, 'a.png'))).toEqual([...disc(2)].map((value) => value * 255));
  });

  it('is never overwritten when another made or changed it, unless told to', async () => {
    const output = temporaryFolder();
    writeFileSync(join(output, 'a.png'), 'of somebody');
    const report = await exportMasks([item('/x', 'a.jpg', 1)], options(output));
    expect(report.kept).toMatchObject([{ file: 'a.png' }]);
    expect(readFileSync(join(output, 'a.png'), 'utf8')).toBe('of somebody');
    const forced = await exportMasks([item('/x', 'a.jpg', 1)], options(output, { overwrite: true }));
    expect(forced.written).toEqual(['a.png']);
  });

  it('is never overwritten when it is one of the images, whatever one is told', async () => {
    const folder = temporaryFolder();
    await writePicture(join(folder, 'a.png'), 1);
    const before = readFileSync(join(folder, 'a.png'));
    const report = await exportMasks([item(folder, 'a.png', 1)], options(folder, { overwrite: true }));
    expect(report.kept).toMatchObject([
      { file: 'a.png', reason: expect.stringContaining('one of the images') as string },
    ]);
    expect(readFileSync(join(folder, 'a.png'))).toEqual(before);
  });

  it('is never overwritten when it is an image that is not exported, nor by way of a link', async () => {
    const folder = temporaryFolder();
    await writePicture(join(folder, 'overlays', 'a.png'), 2);
    await writePicture(join(folder, 'a.jpg'), 1);
    symlinkSync(folder, `${folder}-link`);
    onTestFinished(() => rmSync(`${folder}-link`));
    const before = readFileSync(join(folder, 'overlays', 'a.png'));
    const report = await exportMasks(
      [item(folder, 'a.jpg', 1)],
      options(`${folder}-link`, {
        overlays: true,
        overwrite: true,
        protectedFiles: [join(folder, 'overlays', 'a.png'), join(folder, 'gone.png')],
      }),
    );
    expect(report.kept.map(({ file }) => file)).toEqual(['overlays/a.png']);
    expect(report.written).toEqual(['a.png']);
    expect(readFileSync(join(folder, 'overlays', 'a.png'))).toEqual(before);
  });

  it('may be a folder of that name: it is left alone, whatever one is told', async () => {
    const output = temporaryFolder();
    mkdirSync(join(output, 'a.png'));
    const report = await exportMasks([item('/x', 'a.jpg', 1)], options(output, { overwrite: true }));
    expect(report.kept).toMatchObject([{ file: 'a.png' }]);
    expect(statSync(join(output, 'a.png')).isDirectory()).toBe(true);
  });
});

describe('an export that is cut short', () => {
  it('by kill -9 leaves whole files only, and goes on where it was', async () => {
    const output = temporaryFolder();
    for (const lines of [1, 20, 45]) {
      const child = startChild(new URL('./export-masks-process.ts', import.meta.url).href, output, '150');
      for (let line = 0; line < lines; line++) await child.nextLine();
      await child.kill();
    }
    const lost = readdirSync(output).filter((name) => name.endsWith('.mambrush-tmp'));
    for (const name of readdirSync(output).filter((file) => /^p\d+\.png$/.test(file))) {
      expect(await grey(join(output, name))).toEqual([...disc(Number(/\d+/.exec(name)))].map((value) => value * 255));
    }
    const asked = { times: 0 };
    const items = Array.from({ length: 150 }, (_, n) => item('/x', `p${n}.jpg`, n, asked));
    const report = await exportMasks(items, options(output));
    expect(report.unchanged.length).toBeGreaterThanOrEqual(45);
    expect(report.written.length + report.unchanged.length).toBe(150);
    expect(asked.times).toBe(report.written.length);
    const left = readdirSync(output).filter((name) => name.endsWith('.mambrush-tmp'));
    expect(left, lost.join()).toEqual([]);
  });

  it('by its user stops, and keeps what is written', async () => {
    const output = temporaryFolder();
    const control = new AbortController();
    const items = Array.from({ length: 60 }, (_, n) => item('/x', `p${n}.jpg`, n));
    const work = { signal: control.signal, onProgress: () => control.abort() };
    await expect(exportMasks(items, options(output), work)).rejects.toMatchObject({ name: 'AbortError' });
    const report = await exportMasks(items, options(output));
    expect(report.unchanged.length).toBeGreaterThan(0);
    expect(report.written.length + report.unchanged.length).toBe(60);
  });

  const unable = canMount ? '' : ' (skipped: may not mount a small disk here)';
  it.skipIf(!canMount)(
    `by a full disk says so and leaves no half files; a read-only one likewise${unable}`,
    async () => {
      const disk = smallDisk('128k');
      const items = Array.from({ length: 200 }, (_, n) => item('/x', `p${n}.jpg`, n));
      await expect(exportMasks(items, options(disk.folder))).rejects.toMatchObject({ code: 'disk-full' });
      const left = readdirSync(disk.folder).filter((name) => name.endsWith('.png'));
      expect(left.length).toBeGreaterThan(0);
      for (const name of left) expect(await grey(join(disk.folder, name))).toHaveLength(64 * 48);
      for (const name of readdirSync(disk.folder)) rmSync(join(disk.folder, name), { recursive: true });
      disk.makeReadOnly();
      await expect(exportMasks(items, options(disk.folder))).rejects.toMatchObject({ code: 'folder-not-writable' });
    },
  );
});
