/**
 * Keeps a served window alive: starts its process, and starts it again at the same address when it dies.
 * Convention: the windows notice a restart by themselves and go on.
 */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { fromErrorValue } from '../../contract/error-value.ts';
import type { ErrorValue } from '../../contract/error-value.ts';
import { MambrushError } from '../../contract/error.ts';
import type { ServeOptions } from './serve-window.ts';

export type ServeReport =
  { readonly kind: 'ready'; readonly port: number } | { readonly kind: 'refused'; readonly error: ErrorValue };

const processFile = fileURLToPath(new URL('serve-process.ts', import.meta.url));
const builtWindow = fileURLToPath(new URL('../../../out/renderer/', import.meta.url));
/** In a minute; then it is not started again. */
const mostDeaths = 5;
const minute = 60_000;

export interface ServedEvents {
  /** At the first start, with the address to open. */
  readonly onReady: (address: string) => void;
  readonly onRestart: (why: string) => void;
}

/** Serves until the signal aborts. @throws MambrushError of `serveWindow`, or 'engine-dies' */
export async function serveUntil(
  signal: AbortSignal,
  wanted: Pick<ServeOptions, 'address' | 'port'>,
  { onReady, onRestart }: ServedEvents,
): Promise<void> {
  const secret = randomBytes(24).toString('base64url');
  const deaths: number[] = [];
  let { port } = wanted;
  const onListening = (taken: number): void => {
    port = taken;
    const everywhere = wanted.address === '0.0.0.0' || wanted.address === '::';
    const name = everywhere ? 'localhost' : wanted.address.includes(':') ? `[${wanted.address}]` : wanted.address;
    if (deaths.length === 0) onReady(`http://${name}:${port}/?token=${secret}`);
  };
  for (;;) {
    const why = await serveOnce(signal, { ...wanted, files: builtWindow, port, secret }, onListening);
    if (signal.aborted) return;
    const now = Date.now();
    deaths.push(now);
    if (deaths.filter((at) => now - at < minute).length >= mostDeaths) {
      throw new MambrushError(
        'engine-dies',
        `The engine ended ${mostDeaths} times within a minute, the last time by ${why}. Nothing that was saved is lost. ` +
          'See what "mambrush doctor" says.',
      );
    }
    onRestart(why);
  }
}

/** @returns how the process ended */
function serveOnce(signal: AbortSignal, options: ServeOptions, onReady: (port: number) => void): Promise<string> {
  const child = fork(processFile, [], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const stop = (): void => {
    child.kill('SIGTERM');
  };
  signal.addEventListener('abort', stop, { once: true });
  return new Promise<string>((settle, reject) => {
    child.on('message', (report: ServeReport) => {
      if (report.kind === 'ready') onReady(report.port);
      else reject(fromErrorValue(report.error));
    });
    child.once('error', reject);
    child.once('exit', (code, killed) => settle(killed ?? `exit code ${String(code)}`));
    child.send(options);
  }).finally(() => signal.removeEventListener('abort', stop));
}
