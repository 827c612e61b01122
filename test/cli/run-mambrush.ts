/**
 * The command line as a process, as a user meets it. Not a test. Convention: what is started is killed when its test ends.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const main = fileURLToPath(new URL('../../engine/cli/main.ts', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly process: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Resolves when standard error holds this. */
  said(pattern: RegExp): Promise<void>;
}

export function startMambrush(cwd: string, ...words: readonly string[]): Started {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...words], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const finished = new Promise<Finished>((settle) => child.once('close', (code) => settle({ code, out, err })));
  const said = (pattern: RegExp): Promise<void> =>
    new Promise((settle, fail) => {
      const look = (): void => {
        if (pattern.test(err)) settle();
      };
      child.stderr.on('data', look);
      void finished.then(() => fail(new Error(`It ended without saying ${String(pattern)}, but:\n${err}`)));
      look();
    });
  return { process: child, finished, said };
}

export function mambrush(cwd: string, ...words: readonly string[]): Promise<Finished> {
  return startMambrush(cwd, ...words).finished;
}

/** The document that `--json` printed; fails where anything else stands on standard output. */
export function documentOf({ out }: Finished): Record<string, unknown> {
  return JSON.parse(out) as Record<string, unknown>;
}
