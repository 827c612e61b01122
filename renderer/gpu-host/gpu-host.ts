/**
 * The page that computes on graphics cards for the processes below a shell: starts the Worker and hands it the ports that
 * the preload brings. Not what is computed: that is `gpu-worker.ts`. Convention: nothing is shown here, and a page whose
 * Worker has failed closes itself, so that the next request makes a new one.
 */
import type { GpuHostBridge, GpuPortNotice } from '../../engine/contract/shell.ts';
import type { GpuWorkerOrder } from './gpu-worker.ts';

const { mambrushGpuHost: bridge } = globalThis as { readonly mambrushGpuHost?: GpuHostBridge };

const portNotice: GpuPortNotice['kind'] = 'mambrush:gpu-port';

// Opened in a browser, this page needs no Worker.
if (bridge !== undefined) {
  const worker = new Worker(new URL('./gpu-worker.ts', import.meta.url), { type: 'module' });
  worker.addEventListener('error', () => window.close());
  window.addEventListener('message', ({ source, data, ports: [port] }) => {
    const { kind } = data as { readonly kind?: unknown };
    if (source !== window || kind !== portNotice || port === undefined) return;
    worker.postMessage({ kind: 'port' } satisfies GpuWorkerOrder, [port]);
  });
  bridge.sendReady();
}
