/**
 * Gives a child process the `process.parentPort` of a utility process. Loaded before its own file, by --import.
 * Convention: messages wait until there is a listener, as in Electron.
 */
import { EventEmitter } from 'node:events';
import type { RelayMessage } from './relay-messages.ts';

class PortStandIn extends EventEmitter {
  readonly #number: number;
  readonly #early: unknown[] = [];
  #isStarted = false;
  #isClosed = false;

  constructor(number: number) {
    super();
    this.#number = number;
  }

  start(): void {
    this.#isStarted = true;
    for (const message of this.#early.splice(0)) this.emit('message', { data: message });
  }

  take(message: unknown): void {
    if (this.#isStarted) this.emit('message', { data: message });
    else this.#early.push(message);
  }

  postMessage(message: unknown): void {
    if (!this.#isClosed) relay({ kind: 'port-message', port: this.#number, message });
  }

  close(): void {
    relay({ kind: 'port-closed', port: this.#number });
    this.end();
  }

  end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    setImmediate(() => this.emit('close'));
  }
}

class ParentPortStandIn extends EventEmitter {
  readonly #early: { readonly data: unknown; readonly ports: readonly PortStandIn[] }[] = [];

  constructor() {
    super();
    this.on('newListener', (event) => {
      if (event !== 'message') return;
      // Once the listener is there.
      queueMicrotask(() => {
        for (const message of this.#early.splice(0)) this.emit('message', message);
      });
    });
  }

  take(data: unknown, arrived: readonly PortStandIn[]): void {
    if (this.listenerCount('message') === 0) this.#early.push({ data, ports: arrived });
    else this.emit('message', { data, ports: arrived });
  }

  postMessage(message: unknown): void {
    relay({ kind: 'message', message, ports: [] });
  }
}

const ports = new Map<number, PortStandIn>();
const parentPort = new ParentPortStandIn();

function relay(message: RelayMessage): void {
  if (process.connected) process.send?.(message);
}

process.on('message', (message: RelayMessage) => {
  if (message.kind === 'port-message') ports.get(message.port)?.take(message.message);
  else if (message.kind === 'port-closed') ports.get(message.port)?.end();
  else {
    const arrived = message.ports.map((number) => new PortStandIn(number));
    for (const [index, number] of message.ports.entries()) ports.set(number, arrived[index]!);
    parentPort.take(message.message, arrived);
  }
});
// Utility processes die with their shell.
process.on('disconnect', () => process.exit(1));

Object.assign(process, { parentPort });
