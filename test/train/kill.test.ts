import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { RunFolder } from '../../engine/train/runs/run-folder.ts';
import { parseRunSpec } from '../../engine/train/runs/run-spec.ts';
import { startRun } from '../../engine/train/runs/start-run.ts';
import { DiscSamples } from './disc-samples.ts';
import { temporaryFolder } from './run-results.ts';
import { killSamples, killSettings, quickExecutor, tinySpec } from './tiny-spec.ts';

/** Runs the trainer and kills it with SIGKILL when it prints a line. @returns the lines printed */
async function trainUntil(how: 'start' | 'resume', folder: string, last?: string): Promise<string[]> {
  const script = fileURLToPath(new URL('run-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, how, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const ended = once(child, 'close');
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (lines.push(line) > 0 && line === last) child.kill('SIGKILL');
  }
  await ended;
  return lines;
}

it('goes on to the bits of an uninterrupted run after kill -9 inside an epoch, twice', async () => {
  const parent = temporaryFolder();
  const killed = new RunFolder(join(parent, 'killed'));
  const first = await trainUntil('start', killed.path, '2 3');
  expect(first).toContain('2 3');
  expect(first).not.toContain('done');
  const second = await trainUntil('resume', killed.path, '3 2');
  expect(second).not.toContain('done');
  expect((await trainUntil('resume', killed.path)).at(-1)).toBe('done');

  const whole = new RunFolder(join(parent, 'whole'));
  const source = new DiscSamples(killSamples);
  await startRun({ folder: whole.path, spec: tinySpec(killSettings), executor: quickExecutor, source });
  expect(readFileSync(killed.latestFile).equals(readFileSync(whole.latestFile))).toBe(true);
  expect(readFileSync(killed.bestFile).equals(readFileSync(whole.bestFile))).toBe(true);
  const losses = (folder: RunFolder): unknown[] => folder.readMetrics().map((line) => [line.epoch, line.valLoss]);
  expect(losses(killed)).toEqual(losses(whole));
});

it('begins anew when it was killed before its first checkpoint', async () => {
  const folder = new RunFolder(join(temporaryFolder(), 'run'));

  folder.create(parseRunSpec(tinySpec(killSettings)));
  expect((await trainUntil('resume', folder.path)).at(-1)).toBe('done');
});
