/**
 * Lends this browser's graphics card to the engine that served the window: starts the Worker that computes on it. Does
 * nothing below a shell, which has a page of its own for that, nor in a browser that cannot compute on a card.
 * Convention: it starts when the window is idle.
 */
import type { GpuWorkerOrder } from '../gpu-host/gpu-worker.ts';
import { servedAt } from './served-at.ts';
import { shell } from './shell.ts';

/** At the latest. */
const patienceMilliseconds = 5_000;

export function lendGraphicsCard(): void {
  if (shell !== undefined || !('gpu' in navigator)) return;
  const start = (): void => {
    const worker = new Worker(new URL('../gpu-host/gpu-worker.ts', import.meta.url), { type: 'module' });
    worker.postMessage({ kind: 'socket', address: servedAt('/gpu') } satisfies GpuWorkerOrder);
  };
  // Not every browser knows when it is idle.
  if ('requestIdleCallback' in window) requestIdleCallback(start, { timeout: patienceMilliseconds });
  else setTimeout(start, patienceMilliseconds);
}
