/**
 * Trainers that the shell starts, because only it may start processes: the engine asks, and gets a port to each. Not what
 * is said with them: that is `start-trainer.ts`. Convention: orders wait until the port is there.
 */
import type { ShellRequest } from '../../../contract/shell.ts';
import type { ForkTrainer, TrainerEvents } from '../../trainers/fork-trainer.ts';
import type { MessagePortLike } from '../serve-port.ts';
import type { TrainerOrder, TrainerReport } from '../../trainers/trainer-messages.ts';

/** How long the last messages of a process that has ended are waited for. */
const stragglersMilliseconds = 1_000;

interface Entry {
  readonly events: TrainerEvents;
  readonly waiting: TrainerOrder[];
  port: MessagePortLike | undefined;
  isPortClosed: boolean;
  /** Called when its port has closed too. */
  ended: (() => void) | undefined;
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
    const entry: Entry = { events, waiting: [], port: undefined, isPortClosed: false, ended: undefined };
    this.#trainers.set(id, entry);
    this.#request({ kind: 'fork-trainer', id });
    return {
      send: (order) => {
        if (entry.port === undefined) entry.waiting.push(order);
        else entry.port.postMessage(order);
      },
      kill: () => this.#request({ kind: 'kill-trainer', id }),
    };
  };

  arrive(id: number, port: MessagePortLike): void {
    const entry = this.#trainers.get(id);
    if (entry === undefined) {
      port.close();
      return;
    }
    entry.port = port;
    port.on('message', ({ data }) => {
      const report = data as TrainerReport;
      entry.events.onReport(report);
      // The trainer waits for this before it ends, so that its last report is not lost.
      if (report.kind !== 'event') port.close();
    });
    port.on('close', () => {
      entry.isPortClosed = true;
      entry.ended?.();
    });
    port.start();
    for (const order of entry.waiting.splice(0)) port.postMessage(order);
  }

  end(id: number, how: string, lastWords: string): void {
    const entry = this.#trainers.get(id);
    if (entry === undefined || entry.ended !== undefined) return;
    entry.ended = () => {
      if (this.#trainers.delete(id)) entry.events.onEnd(how, lastWords);
    };
    if (entry.isPortClosed || entry.port === undefined) entry.ended();
    else setTimeout(entry.ended, stragglersMilliseconds);
  }
}
