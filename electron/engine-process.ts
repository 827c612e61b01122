/**
 * The engine's process and its trainers: started, given ports, and started again when the engine dies. Not the messages on
 * the ports. Convention: a window that asks for a port gets one as soon as there is an engine.
 */
import { MessageChannelMain, utilityProcess } from 'electron';
import type { MessagePortMain, UtilityProcess } from 'electron';
import type { ShellRequest, ShellToEngine, ShellToTrainer } from '../engine/contract/shell.ts';
import type { AppPaths } from './paths.ts';
import { RecentDeaths } from './recent-deaths.ts';

/** In a minute; then it is not started again. */
const mostDeaths = 5;
/** Longer than a trainer takes to save. */
const closingMilliseconds = 15_000;
/** Of what a trainer last wrote to its standard error. */
const keptCharacters = 2_000;

export interface EngineEvents {
  readonly onTraining: (runs: number) => void;
  /** @param engine its number */
  readonly onEnded: (engine: number) => void;
  /** It died too often; `start` tries once more. */
  readonly onGivenUp: (how: string) => void;
  /** A process has begun, the engine's or a trainer's. */
  readonly onStarted: (started: UtilityProcess) => void;
}

/** Takes a port, with the number of the engine that is at its other end. */
type TakePort = (port: MessagePortMain, engine: number) => void;

export class EngineProcess {
  readonly #paths: Pick<AppPaths, 'engineProcess' | 'trainerProcess'>;
  readonly #events: EngineEvents;
  readonly #waiting: TakePort[] = [];
  /** By the engine's number and its own. */
  readonly #trainers = new Map<string, UtilityProcess>();
  readonly #deaths = new RecentDeaths();
  #child: UtilityProcess | undefined;
  #number = 0;
  #closed: (() => void) | undefined;

  constructor(paths: Pick<AppPaths, 'engineProcess' | 'trainerProcess'>, events: EngineEvents) {
    this.#paths = paths;
    this.#events = events;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    const child = utilityProcess.fork(this.#paths.engineProcess, [], {
      serviceName: 'Mambrush engine',
      stdio: 'inherit',
    });
    this.#child = child;
    this.#number++;
    child.on('message', (request: ShellRequest) => this.#answer(child, request));
    child.on('exit', (code) => this.#ended(code));
    this.#events.onStarted(child);
    for (const take of this.#waiting.splice(0)) this.connect(take);
  }

  connect(take: TakePort): void {
    if (this.#child === undefined) {
      this.#waiting.push(take);
      return;
    }
    const { port1, port2 } = new MessageChannelMain();
    this.#order(this.#child, { kind: 'window' }, port1);
    take(port2, this.#number);
  }

  /** Lets it save and end. Resolves when it has, or was killed after a while. */
  async close(): Promise<void> {
    const child = this.#child;
    if (child !== undefined) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      this.#closed = () => resolve(undefined);
      const impatience = setTimeout(() => killProcess(child), closingMilliseconds);
      this.#order(child, { kind: 'close' });
      await promise;
      clearTimeout(impatience);
    }
    for (const trainer of this.#trainers.values()) killProcess(trainer);
  }

  #ended(code: number): void {
    const engine = this.#number;
    this.#child = undefined;
    if (this.#closed !== undefined) {
      this.#closed();
      return;
    }
    this.#events.onTraining(0);
    this.#events.onEnded(engine);
    this.#deaths.add();
    if (this.#deaths.count < mostDeaths) this.start();
    else {
      this.#deaths.clear();
      this.#events.onGivenUp(`exit code ${code}`);
    }
  }

  #answer(engine: UtilityProcess, request: ShellRequest): void {
    if (request.kind === 'fork-trainer') this.#forkTrainer(engine, request.id);
    else if (request.kind === 'training') this.#events.onTraining(request.runs);
    else if (request.kind === 'kill-trainer') {
      const trainer = this.#trainers.get(this.#nameOf(request.id));
      if (trainer !== undefined) killProcess(trainer);
    }
  }

  #forkTrainer(engine: UtilityProcess, id: number): void {
    const trainer = utilityProcess.fork(this.#paths.trainerProcess, [], {
      serviceName: 'Mambrush trainer',
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const name = this.#nameOf(id);
    this.#trainers.set(name, trainer);
    let lastWords = '';
    trainer.stderr?.on('data', (text: Buffer) => {
      lastWords = (lastWords + text.toString('utf8')).slice(-keptCharacters);
    });
    trainer.on('exit', (code) => {
      this.#trainers.delete(name);
      if (this.#child !== engine) return;
      this.#order(engine, { kind: 'trainer-ended', id, how: `exit code ${code}`, lastWords: lastWords.trim() });
    });
    this.#events.onStarted(trainer);
    const { port1, port2 } = new MessageChannelMain();
    const delivery: ShellToTrainer = { kind: 'engine' };
    trainer.postMessage(delivery, [port1]);
    this.#order(engine, { kind: 'trainer', id }, port2);
  }

  #nameOf(trainer: number): string {
    return `${this.#number}:${trainer}`;
  }

  #order(engine: UtilityProcess, order: ShellToEngine, port?: MessagePortMain): void {
    engine.postMessage(order, port === undefined ? [] : [port]);
  }
}

/** At once: a process that hangs would ignore SIGTERM. */
function killProcess({ pid }: UtilityProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}
