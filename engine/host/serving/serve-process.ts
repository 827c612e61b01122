/**
 * The process of the served mode: engine, HTTP and sockets. Started, and started again when it dies, by `supervise.ts`.
 * Convention: its options come once, over its channel; when that breaks, its parent has ended, and it closes.
 */
import { toErrorValue } from '../../contract/error-value.ts';
import { createEngine } from '../engine.ts';
import { forkTrainers } from '../trainers/fork-trainer.ts';
import { connectOverFrames } from '../../executors/remote/frame-port.ts';
import { GpuHosts } from './gpu-hosts.ts';
import { serveWindow } from './serve-window.ts';
import type { ServeOptions } from './serve-window.ts';
import type { ServeReport } from './supervise.ts';

/** The browsers' graphics cards, for this process and for its trainers. */
const gpuHosts = new GpuHosts();
const engine = createEngine({
  forkTrainer: forkTrainers(gpuHosts.connect),
  connectPage: connectOverFrames(gpuHosts.connect),
});
let close = (): Promise<void> => engine.close();
let closing: Promise<void> | undefined;

// A terminal sends Ctrl+C to this process as well; the supervisor decides what it means.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
for (const event of ['SIGTERM', 'disconnect'] as const) process.on(event, () => void end());

process.once('message', (options: ServeOptions) => {
  void serveWindow(engine, options, gpuHosts).then(
    (served) => {
      close = async () => {
        await served.close();
        await engine.close();
      };
      report({ kind: 'ready', port: served.port });
    },
    (error: unknown) => {
      report({ kind: 'refused', error: toErrorValue(error) });
      process.disconnect();
    },
  );
});

async function end(): Promise<void> {
  closing ??= close();
  await closing;
  process.exit(0);
}

function report(message: ServeReport): void {
  process.send?.(message);
}
