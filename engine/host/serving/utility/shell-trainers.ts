/**
 * Trainers that the shell starts, because only it may start processes: the engine asks, and gets a port to each. Not what
 * is said with them: that is `start-trainer.ts`. Convention: orders wait until the port is there.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { ShellRequest } from '../../../contract/shell.ts';
import type { ForkTrainer, TrainerEvents } from '../../trainers/fork-trainer.ts';
import type { MessagePortLike } from '../serve-port.ts';
import type { TrainerReport } from '../../trainers/trainer-messages.ts';

/** How long the last messages of a process that has ended are waited for. */
const stragglersMilliseconds = 1_000;

interface Entry {
  readonly events: TrainerEvents;
  readonly port: PromiseWithResolvers<MessagePortLike>;
  /** Resolves when its port is closed; at once while there is none. */
  closed: Promise<unknown>;
}

export class ShellTrainers {
  readonly #request: (request: ShellRequest) => void;
  readonly #trainers = new Map<number, Entry>();
  #lastId = 0;

  constructor(request: (request: ShellRequest) => void) {
    this.#request = request;
  }

  readonly fork: ForkTrainer = (events) => {
    const id = ++this.#lastId;
    const port = Promise.withResolvers<MessagePortLike>();
    this.#trainers.set(id, { events, port, closed: Promise.resolve() });
    this.#request({ kind: 'fork-trainer', id });
    return {
      send: (order) => void port.promise.then((open) => open.postMessage(order)),
      kill: () => this.#request({ kind: 'kill-trainer', id }),
    };
  };

  arrive(id: number, port: MessagePortLike): void {
    const entry = this.#trainers.get(id);
    if (entry === undefined) {
      port.close();
      return;
    }
    port.on('message', ({ data }) => {
      const report = data as TrainerReport;
      entry.events.onReport(report);
      // The trainer waits for this before it ends, so that its last report is not lost.
      if (report.kind !== 'event') port.close();
    });
    entry.closed = new Promise<void>((settle) => port.on('close', settle));
    port.start();
    entry.port.resolve(port);
  }

  async end(id: number, how: string, lastWords: string): Promise<void> {
    const entry = this.#trainers.get(id);
    this.#trainers.delete(id);
    if (entry === undefined) return;
    await Promise.race([entry.closed, wait(stragglersMilliseconds)]);
    entry.events.onEnd(how, lastWords);
  }
}
