import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder } from '../engine/make-folder.ts';
import { temporaryFolder } from './fixtures/disc-pictures.ts';

describe('making a folder', () => {
  it('succeeds for all who make the same one, or parts of it, at the same time', async () => {
    for (let round = 0; round < 20; round++) {
      const folder = temporaryFolder();
      const paths = Array.from({ length: 32 }, (_, n) => join(folder, 'a', 'b', ...(n % 2 === 0 ? ['c'] : ['c', 'd'])));
      await Promise.all(paths.map(makeFolder));
      for (const path of paths) expect(statSync(path).isDirectory()).toBe(true);
    }
  });

  it('is an error where a file is in the way, at its place or above', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    await expect(makeFolder(file)).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(join(file, 'a', 'b'))).rejects.toMatchObject({ code: 'EEXIST' });
  });

  it.skipIf(process.platform !== 'linux')('ends where no folder can be made', async () => {
    await expect(makeFolder('/proc/nothing/here')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
