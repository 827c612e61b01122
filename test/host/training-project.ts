/**
 * A project of disc pictures, divided and ready to train within a second or two. Not a test, and without vitest, so that
 * a process of its own can use what it exports.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { EngineEvent } from '../../engine/contract/events.ts';
import type { EngineClient, ArgumentsOf } from '../../engine/contract/requests.ts';
import { narrow } from '../train/tiny-spec.ts';

/** So many epochs of a few quick steps that an interruption always comes before the end. */
export const longRun = 40;

/** What to start: the same run, bit for bit, whenever it is started in the same project. */
export function smallRun(project: string, epochs: number): ArgumentsOf<'train.start'> {
  const { widths } = narrow;
  return {
    project,
    name: 'small',
    network: { widths: [...widths] },
    settings: { epochs, batch: 2, size: 64, learningRate: 5e-3 },
  };
}

/** Imports and divides. @returns the project's name in requests */
export async function divide(client: EngineClient, folder: string): Promise<string> {
  const { project } = await client.request('dataset.import', { folder });
  await client.request('dataset.split', { project, train: 6, val: 3, test: 1, nearDuplicates: false });
  return project;
}

/** The first event that is meant. Ask before what causes it. */
export function nextEvent<Kind extends EngineEvent['kind']>(
  client: EngineClient,
  kind: Kind,
  isMeant: (event: Extract<EngineEvent, { kind: Kind }>) => boolean = () => true,
): Promise<Extract<EngineEvent, { kind: Kind }>> {
  return new Promise((settle) => {
    const end = client.listen((event) => {
      if (event.kind !== kind) return;
      const found = event as Extract<EngineEvent, { kind: Kind }>;
      if (!isMeant(found)) return;
      end();
      settle(found);
    });
  });
}

/** The process that trains a run, from the lock that it holds. */
export function trainerOf(project: string, run = 1): number {
  return Number(readFileSync(join(project, '.mambrush', 'runs', String(run), 'trainer.lock'), 'utf8'));
}

/** Dead and buried: on Linux a zombie counts as alive. */
export function isAlive(pid: number): boolean {
  if (existsSync('/proc/self')) return existsSync(`/proc/${pid}`);
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Whether it computes: an orphan's remains may wait for whoever adopted it. */
export async function untilOver(pid: number): Promise<void> {
  const works = (): boolean => isAlive(pid) && !/^State:\s+Z/m.test(statusOf(pid));
  while (works()) await pause(50);
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

/** The checkpoint from which a run goes on: the network and all that its optimiser knows. */
export function latestBytes(project: string, run: number): Buffer {
  return readFileSync(join(project, '.mambrush', 'runs', String(run), 'latest.safetensors'));
}
