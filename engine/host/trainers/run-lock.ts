/**
 * One trainer per run folder: a trainer whose engine died still finishes its step, and must not meet its successor.
 * Convention: `trainer.lock` names the process; it counts as long as that process lives and keeps the file fresh.
 */
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { MambrushError } from '../../contract/error.ts';

const refreshMilliseconds = 2_000;
/** A step of the slow reference blocks the refreshing for some seconds. */
const staleMilliseconds = 45_000;
/** Longer than that, so that what died without a trace is waited out. */
const patienceMilliseconds = 60_000;

/**
 * Waits for a trainer that is just ending. @returns gives the folder free
 * @throws MambrushError 'run-busy' when another trainer keeps it
 */
export async function holdRunFolder(folder: string): Promise<() => void> {
  const file = join(folder, 'trainer.lock');
  const deadline = performance.now() + patienceMilliseconds;
  while (!tryTake(file)) {
    if (performance.now() > deadline) {
      throw new MambrushError(
        'run-busy',
        `Another trainer (process ${holderOf(file) ?? 'unknown'}) still works on the run in ${folder}. Wait for it to end.`,
        { path: folder },
      );
    }
    await pause(100);
  }
  const timer = setInterval(() => refresh(file), refreshMilliseconds);
  timer.unref();
  return () => {
    clearInterval(timer);
    rmSync(file, { force: true });
  };
}

function tryTake(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A new run's folder is made by the run itself; nobody else knows of it yet.
    if (code === 'ENOENT') return true;
    if (code !== 'EEXIST') throw error;
  }
  if (isHeld(file)) return false;
  rmSync(file, { force: true });
  return false;
}

function isHeld(file: string): boolean {
  const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  const holder = Number(holderOf(file));
  if (!(holder > 0) || age > staleMilliseconds) return false;
  try {
    process.kill(holder, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function holderOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function refresh(file: string): void {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // Removed by hand: then nobody waits for it either.
  }
}
