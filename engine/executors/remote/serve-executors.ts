/**
 * The end of a port where the graphics cards are: performs the other end's requests. Not the executors: those are handed in.
 * Convention: requests to a session are begun in the order in which they came, without waiting for earlier ones; a message
 * that cannot be answered closes the port, and a closed port closes its sessions.
 */
import { MambrushError } from '../../contract/error.ts';
import { toErrorValue } from '../../contract/error-value.ts';
import type { Session } from '../../program/executor.ts';
import type { Program } from '../../program/program.ts';
import type { Card } from './card.ts';
import { alone, readId, readRequest } from './remote-messages.ts';
import type { CardFacts, RemoteAnswer, RemoteRequest, RunResult, SessionFacts } from './remote-messages.ts';
import type { RemotePort } from './remote-port.ts';

const most = { sessions: 64, pending: 256 } as const;

/** Builds the program of an unchecked recipe (`Program.recipe`). @throws for one that is wrong */
export type BuildProgram = (recipe: unknown) => Program;

/**
 * Serves until the port closes.
 * @param findCards asked for every list and session: gives the same cards in the same order; they outlive the port
 */
export function serveExecutors(
  port: RemotePort,
  findCards: () => Promise<readonly Card[]>,
  buildProgram: BuildProgram,
): void {
  const server = new ExecutorServer(port, findCards, buildProgram);
  void port.closed.then(() => server.end());
  port.onMessage((message) => server.receive(message));
}

interface Served {
  readonly session: Session;
  /** Begun and not ended. */
  readonly work: Set<Promise<unknown>>;
}

class ExecutorServer {
  readonly #port: RemotePort;
  readonly #findCards: () => Promise<readonly Card[]>;
  readonly #buildProgram: BuildProgram;
  readonly #sessions = new Map<number, Served>();
  #isOver = false;
  #lastId = 0;
  #opening = 0;
  #pending = 0;

  constructor(port: RemotePort, findCards: () => Promise<readonly Card[]>, buildProgram: BuildProgram) {
    this.#port = port;
    this.#findCards = findCards;
    this.#buildProgram = buildProgram;
  }

  receive(message: unknown): void {
    if (this.#isOver) return;
    const id = readId(message);
    if (id === undefined || id <= this.#lastId || this.#pending >= most.pending) {
      this.#giveUp();
      return;
    }
    this.#lastId = id;
    this.#pending++;
    // Its synchronous part, in which runs copy and begin, is over when this returns.
    this.#perform(id, message).then(
      (value) => this.#send({ kind: 'answer', id, value }),
      (error: unknown) => this.#send({ kind: 'refusal', id, error: toErrorValue(error) }),
    );
  }

  async #perform(id: number, message: unknown): Promise<unknown> {
    const request = readRequest(message);
    switch (request.kind) {
      case 'cards':
        return (await this.#findCards()).map(({ name, isSoftware, executor }): CardFacts => ({
          name,
          isSoftware,
          description: executor.description,
        }));
      case 'open':
        return this.#open(id, request);
      case 'write':
        return this.#work(request.session, async ({ session }) => {
          await session.write(request.block, request.values);
          return null;
        });
      case 'read':
        return this.#work(request.session, async ({ session }) => alone(await session.read(request.block)));
      case 'run':
        return this.#work(request.session, async ({ session }): Promise<RunResult> => {
          const outputs = Object.entries(await session.run(request.request));
          return {
            outputs: Object.fromEntries(outputs.map(([name, values]) => [name, alone(values)])),
            ...(session.runsAhead !== undefined && { runsAhead: session.runsAhead }),
          };
        });
      case 'close': {
        const served = this.#sessions.get(request.session);
        this.#sessions.delete(request.session);
        await served?.session.close();
        return null;
      }
    }
  }

  async #open(id: number, request: Extract<RemoteRequest, { kind: 'open' }>): Promise<SessionFacts> {
    const { card: position, poison, keep } = request;
    if (this.#sessions.size + this.#opening >= most.sessions) {
      throw new RangeError(`more than ${String(most.sessions)} sessions are open`);
    }
    this.#opening++;
    try {
      const program = this.#buildProgram(request.recipe);
      const card = (await this.#findCards())[position];
      if (card === undefined) {
        throw new MambrushError('gpu-missing', `The graphics card is no longer there. Choose the executor 'cpu'.`);
      }
      const session = await card.executor.open(program, { poison, ...(keep !== undefined && { keep }) });
      if (this.#isOver) await session.close();
      else this.#sessions.set(id, { session, work: new Set() });
      const { notices = [], keeps, runsAhead } = session;
      return {
        session: id,
        notices,
        ...(keeps !== undefined && { keeps }),
        ...(runsAhead !== undefined && { runsAhead }),
      };
    } finally {
      this.#opening--;
    }
  }

  #work<Value>(id: number, begin: (served: Served) => Promise<Value>): Promise<Value> {
    const served = this.#sessions.get(id);
    if (served === undefined) throw new RangeError(`there is no session ${String(id)}`);
    const working = begin(served);
    served.work.add(working);
    const ended = (): void => void served.work.delete(working);
    working.then(ended, ended);
    return working;
  }

  #send(answer: RemoteAnswer): void {
    this.#pending--;
    if (this.#isOver) return;
    try {
      this.#port.send(answer);
    } catch {
      this.#giveUp();
    }
  }

  /** The other end breaks the protocol, or cannot be reached. */
  #giveUp(): void {
    this.end();
    this.#port.close();
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const served = [...this.#sessions.values()];
    this.#sessions.clear();
    // There is no one left to report a failure to.
    for (const one of served) void closeAfterWork(one).catch(() => undefined);
  }
}

async function closeAfterWork({ session, work }: Served): Promise<void> {
  await Promise.allSettled(work);
  await session.close();
}
