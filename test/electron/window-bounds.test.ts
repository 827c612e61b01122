import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ShellPreferences } from '../../engine/contract/shell.ts';
import { openedFolder } from '../../electron/opened-folder.ts';
import { ShellMemory } from '../../electron/shell-memory.ts';
import { boundsFor } from '../../electron/window-bounds.ts';

const first = { x: 0, y: 0, width: 1920, height: 1040 };
const second = { x: 1920, y: 0, width: 2560, height: 1400 };
const bounds = { x: 2000, y: 100, width: 1600, height: 1000, isMaximized: false };
const folder = mkdtempSync(join(tmpdir(), 'mambrush-bounds-'));
const usual: ShellPreferences = { language: 'en', keys: {}, recent: [] };

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the window opens', () => {
  it('where it was, as it was', () => {
    expect(boundsFor(bounds, [first, second])).toEqual(bounds);
    expect(boundsFor({ ...bounds, isMaximized: true }, [first, second])).toMatchObject({ isMaximized: true });
  });

  it('in the middle of the first screen when its own is gone', () => {
    expect(boundsFor(bounds, [first])).toEqual({ width: 1600, height: 1000, isMaximized: false });
    expect(boundsFor({ ...bounds, y: 1390 }, [first, second])).not.toHaveProperty('y');
    // Its title alone has to be there to be taken hold of.
    expect(boundsFor({ ...bounds, x: 4300 }, [first, second])).toMatchObject({ x: 4300 });
    expect(boundsFor({ ...bounds, x: 4400 }, [first, second])).not.toHaveProperty('x');
  });

  it('no larger than its screen, and no smaller than is of use', () => {
    expect(boundsFor({ ...bounds, width: 9000, height: 9000 }, [first, second])).toMatchObject({
      width: 2560,
      height: 1400,
    });
    expect(boundsFor({ ...bounds, width: 1, height: 1 }, [first, second])).not.toHaveProperty('x');
    expect(boundsFor(undefined, [{ ...first, width: 1280, height: 760 }])).toEqual({
      width: 1280,
      height: 760,
      isMaximized: false,
    });
  });
});

describe('what the shell remembers', () => {
  it('is there the next time', () => {
    const file = join(folder, 'new', 'shell.json');
    new ShellMemory(file, usual).bounds = bounds;
    expect(new ShellMemory(file, usual).bounds).toEqual(bounds);
  });

  it.each(['', 'not json', '[]', 'null', '{"place":{"x":1},"preferences":7}', '{"place":{"x":1,"y":2,"width":"3"}}'])(
    'is nothing when its file holds %j',
    (content) => {
      const file = join(folder, 'damaged.json');
      writeFileSync(file, content);
      const memory = new ShellMemory(file, usual);
      expect([memory.bounds, memory.preferences]).toEqual([undefined, usual]);
    },
  );
});

describe('the folder that it is opened with', () => {
  it('is the last one that exists, from where one stands', () => {
    mkdirSync(join(folder, 'photos'));
    expect(openedFolder(['--flag', 'photos'], folder)).toBe(join(folder, 'photos'));
    expect(openedFolder([join(folder, 'photos'), 'nothing'], '/')).toBe(join(folder, 'photos'));
    expect(openedFolder(['nothing', '--photos'], folder)).toBeUndefined();
  });
});
