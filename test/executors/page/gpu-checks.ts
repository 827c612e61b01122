/**
 * The page's side of the Worker that computes on the browser's graphics card. Not a test. Convention: `askWorker` of the
 * page sends one question and resolves with the answer.
 */
import type { WorkerAnswer, WorkerQuestion } from './worker-checks.ts';

interface PageWorker {
  onmessage: ((event: { readonly data: WorkerAnswer }) => void) | null;
  onerror: ((event: { readonly message: string }) => void) | null;
  readonly postMessage: (question: WorkerQuestion) => void;
  readonly terminate: () => void;
}

export interface GpuPage {
  askWorker?: (question: WorkerQuestion) => Promise<WorkerAnswer>;
  Worker?: new (url: string, options: { readonly type: 'module' }) => PageWorker;
}

const page = globalThis as unknown as GpuPage;

page.askWorker = (question) =>
  new Promise((resolve, reject) => {
    if (page.Worker === undefined) throw new Error('this page has no workers');
    const worker = new page.Worker('/test/executors/page/worker-checks.ts', { type: 'module' });
    worker.onmessage = ({ data }) => {
      worker.terminate();
      resolve(data);
    };
    worker.onerror = ({ message }) => reject(new Error(`the worker failed: ${message}`));
    worker.postMessage(question);
  });
