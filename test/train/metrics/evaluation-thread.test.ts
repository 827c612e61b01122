import { describe, expect, it, onTestFinished } from 'vitest';
import { Random } from '../../../engine/random.ts';
import { evaluateImage, summarise } from '../../../engine/train/metrics/evaluate-metrics.ts';
import { EvaluationThread } from '../../../engine/train/metrics/evaluation-thread.ts';

const size = { width: 30, height: 20 };

function open(): EvaluationThread {
  const thread = new EvaluationThread();
  onTestFinished(() => thread.close());
  return thread;
}

function maps(seed: number): [Uint8Array, Uint8Array] {
  const random = new Random(seed);
  const draw = (): Uint8Array => Uint8Array.from({ length: 600 }, () => random.integer(3));
  return [draw(), draw().fill(255, 5, 50)];
}

describe('figures from a thread', () => {
  it('are those of the images they were asked for, and can be summed up like any others', async () => {
    const thread = open();
    const seeds = Array.from({ length: 20 }, (_, seed) => seed + 1);
    const [here, there] = [
      seeds.map((seed) => evaluateImage(...maps(seed), size, 2)),
      await Promise.all(seeds.map((seed) => thread.evaluate(...maps(seed), size, 2))),
    ];
    const plain = ({ counter: _, ...figures }: (typeof here)[number]) => figures;
    expect(there.map(plain)).toEqual(here.map(plain));
    expect(new Set(here.map(({ mean }) => mean.dice)).size).toBeGreaterThan(15);
    expect(summarise(there, 2)).toEqual(summarise(here, 2));
  });

  it('may be of maps in shared memory, whose rest stays with its owner', async () => {
    const [predicted, truth] = maps(1);
    const both = new Uint8Array(1200);
    both.set(predicted);
    both.set(truth, 600);
    const found = await open().evaluate(both.subarray(0, 600), Buffer.from(truth), size, 2);
    expect(found.mean).toEqual(evaluateImage(...maps(1), size, 2).mean);
    expect(both.subarray(600)).toEqual(truth);
  });

  it('are refused, not waited for, once the thread is closed or has ended', async () => {
    const thread = open();
    const asked = thread.evaluate(...maps(1), size, 2);
    const closing = thread.close();
    await expect(asked).rejects.toThrow(/it was closed/);
    await closing;
    await expect(thread.evaluate(...maps(1), size, 2)).rejects.toThrow(/it was closed/);
    const broken = open();
    await expect(broken.evaluate(new Uint8Array(3), new Uint8Array(3), size, 2)).rejects.toThrow(/are not 30×20/);
    await expect(broken.evaluate(...maps(1), size, 2)).rejects.toThrow(/are not 30×20/);
  });
});
