/**
 * A small disk in memory for tests of full and read-only disks. Not a test.
 * Convention: needs the right to mount (Linux, root); a test that cannot have one skips itself by name.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export interface SmallDisk {
  readonly folder: string;
  makeReadOnly(): void;
}

function mount(folder: string, size: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'mambrush-test', folder], { stdio: 'ignore' });
}

function unmount(folder: string): void {
  execFileSync('umount', [folder], { stdio: 'ignore' });
  rmdirSync(folder);
}

/** Whether this machine lets the test mount. */
export const canMount: boolean = (() => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(join(tmpdir(), 'mambrush-mount-'));
  try {
    mount(folder, '64k');
  } catch {
    rmdirSync(folder);
    return false;
  }
  unmount(folder);
  return true;
})();

/** @param size as `mount` takes it: '4m' */
export function smallDisk(size: string): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'mambrush-disk-'));
  mount(folder, size);
  onTestFinished(() => unmount(folder));
  return {
    folder,
    makeReadOnly: () => {
      execFileSync('mount', ['-o', 'remount,ro', folder], { stdio: 'ignore' });
    },
  };
}
