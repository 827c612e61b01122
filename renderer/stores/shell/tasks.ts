/**
 * Long work that a person asked for: how far it is, how long it will take, and a cancel that works. Not training, which
 * goes on without a window. Convention: a task is there from its start until it ended; how it ended is said by a notice.
 */
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { LongWork, Progress } from '../../../engine/contract/progress.ts';

export interface Task {
  readonly id: number;
  readonly title: string;
  readonly progress: Progress | undefined;
  readonly cancel: () => void;
}

export const useTasks = defineStore('tasks', () => {
  const running = shallowRef<readonly Task[]>([]);
  let lastId = 0;

  /**
   * @param dialog of the same work: gets its progress, and can cancel it
   * @throws what the work throws
   */
  async function run<Value>(
    title: string,
    work: (work: LongWork) => Promise<Value>,
    dialog: LongWork = {},
  ): Promise<Value> {
    const id = ++lastId;
    const abort = new AbortController();
    running.value = [...running.value, { id, title, progress: undefined, cancel: () => abort.abort() }];
    const onProgress = (progress: Progress): void => {
      running.value = running.value.map((task) => (task.id === id ? { ...task, progress } : task));
      dialog.onProgress?.(progress);
    };
    const signal = dialog.signal === undefined ? abort.signal : AbortSignal.any([abort.signal, dialog.signal]);
    try {
      return await work({ signal, onProgress });
    } finally {
      running.value = running.value.filter((task) => task.id !== id);
    }
  }

  return { running, run };
});
