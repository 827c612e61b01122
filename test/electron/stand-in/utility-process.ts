/**
 * Electron's utility processes as real children of Node. Not their `parentPort`: that is `parent-port-process.ts`.
 * Convention: a port that is transferred is relayed message by message, which a test cannot tell from the real thing.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';
import type { MessagePort } from 'node:worker_threads';
import type { MessagePortStandIn } from './ports.ts';
import type { RelayMessage } from './relay-messages.ts';

const hook = new URL('parent-port-process.ts', import.meta.url).href;
let lastPort = 0;

export class UtilityProcessStandIn extends EventEmitter {
  readonly file: string;
  readonly #child: ChildProcess;
  readonly #ports = new Map<number, MessagePort>();

  constructor(file: string, stdio: string | readonly string[] = 'inherit') {
    super();
    this.file = file;
    const errors = typeof stdio === 'string' ? 'inherit' : 'pipe';
    this.#child = fork(file, [], {
      execArgv: ['--disable-warning=ExperimentalWarning', '--import', hook],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', errors, 'ipc'],
    });
    this.#child.on('message', (message: RelayMessage) => {
      if (message.kind === 'message') this.emit('message', message.message);
      else if (message.kind === 'port-message') this.#ports.get(message.port)?.postMessage(message.message);
      else this.#ports.get(message.port)?.close();
    });
    this.#child.once('exit', (code, signal) => {
      for (const port of this.#ports.values()) port.close();
      this.emit('exit', signal === null ? code : 9);
    });
  }

  get pid(): number | undefined {
    return this.#child.exitCode === null && this.#child.signalCode === null ? this.#child.pid : undefined;
  }

  get stderr(): Readable | null {
    return this.#child.stderr;
  }

  postMessage(message: unknown, transfer: readonly MessagePortStandIn[] = []): void {
    const numbers = transfer.map(({ inner }) => {
      const number = ++lastPort;
      this.#ports.set(number, inner);
      inner.on('message', (data: unknown) => this.#relay({ kind: 'port-message', port: number, message: data }));
      inner.on('close', () => this.#relay({ kind: 'port-closed', port: number }));
      return number;
    });
    this.#relay({ kind: 'message', message, ports: numbers });
  }

  #relay(message: RelayMessage): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }
}
