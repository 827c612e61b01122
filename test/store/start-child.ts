/**
 * Starts a fixture in a Node process of its own. Not a test.
 * Convention: the child is killed when the test ends, should it still run.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export interface Child {
  readonly process: ChildProcess;
  /** Resolves with the next line that the child prints; undefined when it printed its last. */
  nextLine(): Promise<string | undefined>;
  /** Lines printed so far. */
  readonly lines: readonly string[];
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
  /** Closes standard input, and waits for the end. */
  end(): Promise<void>;
}

export function startChild(script: string, ...args: readonly string[]): Child {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines: string[] = [];
  let rest = '';
  let read = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    child.emit('line');
  });
  let over = false;
  const closed = once(child, 'close').then(() => {
    over = true;
    child.emit('line');
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return {
    process: child,
    lines,
    nextLine: async () => {
      while (lines.length <= read && !over) await once(child, 'line');
      return lines[read++];
    },
    kill: async () => {
      child.kill('SIGKILL');
      await closed;
    },
    end: async () => {
      child.stdin.end();
      await closed;
    },
  };
}
