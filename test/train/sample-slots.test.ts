import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RunFolder } from '../../engine/train/runs/run-folder.ts';
import { SampleSlots } from '../../engine/train/sample-slots.ts';
import { startRun } from '../../engine/train/runs/start-run.ts';
import type { Executor } from '../../engine/program/executor.ts';
import { DiscSamples } from './disc-samples.ts';
import { keepingExecutor } from './keeping-executor.ts';
import { temporaryFolder } from './run-results.ts';
import { quickExecutor, tinySpec } from './tiny-spec.ts';

const range = { min: 0, max: 9 };

describe('the slots of samples', () => {
  it('keeps what came first, and gives the last slots to those of a single run', () => {
    const slots = new SampleSlots(5, 2);
    expect([1, 2, 3, 4].map((sample) => slots.put(sample, 'a', range, sample % 2))).toEqual([0, 1, 2, 3]);
    expect([1, 2, 3, 4].map((sample) => slots.find(sample, 'a')?.slot)).toEqual([0, 1, 2, undefined]);
    expect(slots.put(5, 'a', range, 1)).toBe(4);
  });

  it('does not find what has changed, and puts it in its old slot', () => {
    const slots = new SampleSlots(5, 2);
    slots.put(1, 'a', range, 0);
    expect(slots.find(1, 'b')).toBeUndefined();
    expect(slots.put(1, 'b', { min: 1, max: 2 }, 1)).toBe(0);
    expect(slots.find(1, 'b')).toMatchObject({ slot: 0, range: { min: 1, max: 2 } });
  });

  it('frees the slots of samples that are no longer trained on', () => {
    const slots = new SampleSlots(4, 2);
    for (const sample of [1, 2]) slots.put(sample, 'a', range, 0);
    slots.retain(new Set([2, 3]));
    expect(slots.find(1, 'a')).toBeUndefined();
    expect(slots.put(3, 'a', range, 0)).toBe(0);
    expect(slots.find(2, 'a')?.slot).toBe(1);
  });
});

interface Ran {
  readonly checkpoint: Uint8Array;
  readonly losses: readonly number[];
}

/** Seven samples in four steps an epoch; the second changes after the first epoch, the last one goes after the second. */
async function train(executor: Executor): Promise<Ran> {
  const folder = new RunFolder(join(temporaryFolder(), 'run'));
  const source = new DiscSamples({ training: [1, 2, 3, 4, 5, 6, 7], validation: [21, 22] });
  const losses: number[] = [];
  const outcome = await startRun(
    { folder: folder.path, spec: tinySpec({ epochs: 4 }), executor, source },
    {
      onEvent: (event) => {
        if (event.kind === 'step') losses.push(event.loss);
        if (event.kind === 'epoch' && event.metrics.epoch === 1) source.change(2);
        if (event.kind === 'epoch' && event.metrics.epoch === 2) source.setTraining([1, 2, 3, 4, 5, 6]);
      },
    },
  );
  expect(outcome).toMatchObject({ status: 'done', epoch: 4 });
  return { checkpoint: readFileSync(folder.latestFile), losses };
}

describe('a run on an executor that keeps samples', () => {
  it('brings each sample once, and those again that change; the result has the same bits', async () => {
    const { executor, brought } = keepingExecutor(Infinity);
    const [wanted, found] = [await train(quickExecutor), await train(executor)];
    expect(found).toEqual(wanted);
    const epochs = [brought.slice(0, 4), brought.slice(4, 8), brought.slice(8, 11), brought.slice(11)];
    const sums = epochs.map((steps) => steps.reduce((total, count) => total + count, 0));
    expect(sums).toEqual([7, 1, 0, 0]);
  });

  it('that has slots for some of them brings the others in every epoch, to the same end', async () => {
    const { executor, brought } = keepingExecutor(5);
    expect(await train(executor)).toEqual(await train(quickExecutor));
    expect(brought.slice(0, 4).reduce((total, count) => total + count, 0)).toBe(7);
    const second = brought.slice(4, 8).reduce((total, count) => total + count, 0);
    expect(second).toBeGreaterThanOrEqual(4);
    expect(second).toBeLessThan(7);
  });
});
