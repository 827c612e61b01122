import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LongWork } from '../../../../engine/contract/progress.ts';
import { useTasks } from '../../../../renderer/stores/shell/tasks.ts';

describe('tasks', () => {
  beforeEach(() => setActivePinia(createPinia()));

  it('are listed from their start until they end, with their progress', async () => {
    const tasks = useTasks();
    const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    let report: LongWork['onProgress'];
    const done = tasks.run('Importing', (work) => {
      report = work.onProgress;
      return first.promise;
    });
    const failed = tasks.run('Exporting', () => second.promise);
    report?.({ kind: 'import', value: 0.5 });
    expect(tasks.running).toMatchObject([
      { title: 'Importing', progress: { value: 0.5 } },
      { title: 'Exporting', progress: undefined },
    ]);
    second.reject(new Error('no space'));
    await expect(failed).rejects.toThrow('no space');
    expect(tasks.running.map(({ title }) => title)).toEqual(['Importing']);
    first.resolve('report');
    expect(await done).toBe('report');
    expect(tasks.running).toEqual([]);
  });

  it('are canceled one by one', () => {
    const tasks = useTasks();
    const signals: (AbortSignal | undefined)[] = [];
    for (const title of ['a', 'b']) {
      void tasks.run(title, ({ signal }) => {
        signals.push(signal);
        return new Promise(() => undefined);
      });
    }
    tasks.running[1]?.cancel();
    expect(signals.map((signal) => signal?.aborted)).toEqual([false, true]);
  });
});
