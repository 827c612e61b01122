import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { makeDiscFolder, temporaryFolder, writeDiscMask, writePicture } from '../fixtures/disc-pictures.ts';
import { documentOf, mambrush } from './run-mambrush.ts';

/** What a person reads, with whole seconds left out. */
async function said(cwd: string, ...words: readonly string[]): Promise<string[]> {
  const { code, out, err } = await mambrush(cwd, 'import', ...words, '--quiet');
  expect([code, err]).toEqual([0, '']);
  return out.trimEnd().split('\n');
}

describe('mambrush import', () => {
  it('says what matched and what to type next', async () => {
    const folder = temporaryFolder();
    await makeDiscFolder(join(folder, '我的 图像'), 4, 3);
    expect(await said(folder, '我的 图像')).toEqual([
      '4 images: 4 new.',
      '3 masks, 3 with an image: 3 images got labels.',
      'How they were read: 0/255: what is not 0 is the class.',
      'Classes: 1 object.',
      '1 image without labels.',
      '',
      expect.stringMatching(/^Done in \d/) as string,
      '',
      'Next: npm run -s mambrush -- train "我的 图像"',
    ]);
  });

  it('names what did not match with its reason, the first ten of each kind', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 2);
    for (let n = 10; n < 23; n++) writeFileSync(join(folder, 'images', `text${n}.png`), 'no picture');
    await writeDiscMask(join(folder, 'masks', 'nobody.png'), 3);
    await writeDiscMask(join(folder, 'masks', 'p1.png'), 1, { width: 10, height: 10 });
    const lines = await said(folder, '.');
    expect(lines[0]).toBe('15 images: 2 new.');
    expect(lines[1]).toBe('3 masks, 2 with an image: 1 image got labels.');
    const leftOut = lines.slice(lines.indexOf('Left out:') + 1, lines.indexOf('Left out:') + 12);
    expect(
      leftOut.slice(0, 10).every((line, at) => line.startsWith(`  images/text${10 + at}.png is not an image`)),
    ).toBe(true);
    expect(leftOut[10]).toBe('  … and 4 more (see --json)');
    const unmatched = lines.findIndex((line) => line.startsWith('Masks without an image (a mask is called like'));
    expect(lines[unmatched + 1]).toBe('  masks/nobody.png');
    const { skipped } = documentOf(await mambrush(folder, 'import', '.', '--json')) as { skipped: { path: string }[] };
    expect(skipped).toHaveLength(14);
    expect(skipped.at(-1)).toMatchObject({
      path: 'masks/p1.png',
      code: 'mask-size-mismatch',
      message: 'masks/p1.png is 10×10, but its image is 64×48. Make a mask of the same size.',
    });
  });

  it('says after changes which images moved, changed and are gone', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 5);
    await said(folder, '.');
    renameSync(join(folder, 'images', 'p0.png'), join(folder, 'images', 'new.png'));
    renameSync(join(folder, 'masks', 'p0.png'), join(folder, 'masks', 'new.png'));
    await writePicture(join(folder, 'images', 'p1.png'), 40);
    rmSync(join(folder, 'images', 'p2.png'));
    const lines = await said(folder, '.');
    expect(lines[0]).toBe('4 images: 2 known, 1 changed, 1 moved or renamed.');
    const after = (title: RegExp): string | undefined => lines[lines.findIndex((line) => title.test(line)) + 1];
    expect(after(/^Moved or renamed/)).toBe('  images/p0.png → images/new.png');
    expect(after(/^Changed since/)).toBe('  images/p1.png');
    expect(after(/^No longer there/)).toBe('  images/p2.png');
  });

  it('in a dry run says that nothing was changed, and suggests nothing', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 2);
    const lines = await said(folder, '.', '--dry-run');
    expect(lines.at(-1)).toBe('Nothing was changed: this was a dry run.');
    expect(lines.join('\n')).not.toContain('Next:');
    expect(documentOf(await mambrush(folder, 'import', '.', '--json'))).toMatchObject({ images: { added: 2 } });
  });

  it('says how masks were understood, and what to type when that is wrong', async () => {
    const folder = temporaryFolder();
    await writePicture(join(folder, 'a.png'), 1);
    // Only greys, from end to end: neither black and white nor classes.
    mkdirSync(join(folder, 'masks'));
    const ramp = Uint8Array.from({ length: 64 * 48 }, (_, at) => (at % 64) * 4);
    await sharp(ramp, { raw: { width: 64, height: 48, channels: 1 } }).toFile(join(folder, 'masks', 'a.png'));
    const soft = (await said(folder, '.')).join('\n');
    expect(soft).toMatch(/If that is not what they mean, import again with --interpretation binary or colours\./);
    const binary = (await said(folder, '.', '--interpretation', 'binary')).join('\n');
    expect(binary).toMatch(/every value but 0 is the class, as asked for/);
    const { code, err } = await mambrush(folder, 'import', '.', '--interpretation', 'fuzzy');
    expect([code, /'auto', 'binary', 'index'/.test(err)]).toEqual([2, true]);
  });

  it('without masks says where to put them; without images it fails and says what there is', async () => {
    const folder = temporaryFolder();
    await writePicture(join(folder, 'photos', 'a.jpg'), 1);
    expect((await said(folder, 'photos')).at(-1)).toMatch(/^Next: put masks beside the images/);
    mkdirSync(join(folder, 'empty'));
    const empty = await mambrush(folder, 'import', 'empty', '--quiet');
    expect([empty.code, empty.err]).toEqual([1, '']);
    expect(empty.out).toMatch(/has no images that can be read\. Images are PNG, JPEG/);
    mkdirSync(join(folder, 'broken'));
    writeFileSync(join(folder, 'broken', 'text.png'), 'text');
    const broken = await mambrush(folder, 'import', 'broken', '--quiet');
    expect(broken.code).toBe(1);
    expect(broken.out).toMatch(/Left out:\n {2}text\.png is not an image/);
    const nowhere = await mambrush(folder, 'import', 'nowhere', '--json');
    expect(nowhere.code).toBe(1);
    expect(documentOf(nowhere)).toMatchObject({ error: { code: 'folder-missing' } });
  });

  it('draws what COCO and labelme files hold, and says what it left out', async () => {
    const folder = temporaryFolder();
    for (const n of [0, 1, 2]) await writePicture(join(folder, 'photos', `p${n}.png`), n);
    const shapes = ['polygon', 'line'].map((shape_type) => ({
      label: 'cell',
      shape_type,
      points: [
        [1, 1],
        [9, 1],
        [9, 9],
      ],
    }));
    const file = JSON.stringify({ shapes, imagePath: '..\\photos\\p1.png', imageWidth: 64, imageHeight: 48 });
    mkdirSync(join(folder, 'drawn'));
    writeFileSync(join(folder, 'drawn', 'one.json'), file);
    expect((await said(folder, 'photos', '--annotations', 'drawn')).slice(0, 4)).toEqual([
      '3 images: 3 new.',
      '1 file of labelme, of 1 image, 1 of them here: 1 image got labels; 1 object drawn, 1 left out.',
      'Classes: 1 cell.',
      '2 images without labels.',
    ]);
    const clash = await mambrush(folder, 'import', 'photos', '--annotations', 'drawn', '--masks', 'drawn');
    expect([clash.code, clash.out]).toEqual([1, '']);
    expect(clash.err).toContain('either from masks or from annotations');
  });
});
