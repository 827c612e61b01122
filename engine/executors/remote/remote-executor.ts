/**
 * An executor whose card is at the other end of a port: an `Executor` like any other. Not the end that computes: that is
 * `serve-executors`. Convention: requests are checked here, so that a mistake of the caller stays a RangeError; the inputs
 * of a run or a write are copied before its promise is returned, whatever carries the messages.
 */
import { MambrushError } from '../../contract/error.ts';
import { computedOutputs } from '../../program/computed-outputs.ts';
import { checkBlock, checkRequest } from '../../program/executor.ts';
import type { Block, Executor, FloatArray, RunRequest, Session, SessionOptions } from '../../program/executor.ts';
import { sizeOf } from '../../program/operation.ts';
import type { Program } from '../../program/program.ts';
import type { Card } from './card.ts';
import type { RemoteConnection } from './remote-connection.ts';
import { idleMilliseconds, RemoteLink } from './remote-link.ts';
import { readBlock, readNothing, readRunResult, readSession } from './remote-messages.ts';
import type { CardFacts, SessionFacts } from './remote-messages.ts';
import type { ConnectRemote } from './remote-port.ts';

export interface RemoteCard extends Card {
  readonly executor: RemoteExecutor;
}

/**
 * The cards that can be reached; the port stays open for their executors, which share it.
 * @param idle milliseconds without a session after which the port is closed; it is opened anew when a session is
 * @returns none where no process has any
 * @throws MambrushError 'gpu-lost', 'gpu-error', and what finding cards fails with at the other end
 */
export async function listRemoteCards(connect: ConnectRemote, idle = idleMilliseconds): Promise<readonly RemoteCard[]> {
  const link = new RemoteLink(connect, idle);
  const reached = await link.reach();
  if (reached === undefined) return [];
  if (reached.cards.length === 0) link.release();
  return reached.cards.map((facts, position) => {
    const { name, isSoftware } = facts;
    const sameBefore = reached.cards.slice(0, position).filter((other) => isSameCard(other, facts)).length;
    return { name, isSoftware, executor: new RemoteExecutor(link, facts, sameBefore) };
  });
}

function isSameCard(one: CardFacts, other: CardFacts): boolean {
  return one.name === other.name && one.isSoftware === other.isSoftware;
}

export class RemoteExecutor implements Executor {
  readonly name = 'webgpu';
  readonly description: string;
  readonly #link: RemoteLink;
  readonly #facts: CardFacts;
  readonly #sameBefore: number;

  /** @param sameBefore how many cards of the same name the other end lists before this one */
  constructor(link: RemoteLink, facts: CardFacts, sameBefore: number) {
    this.#link = link;
    this.#facts = facts;
    this.#sameBefore = sameBefore;
    this.description = facts.description;
  }

  /**
   * Connects anew where the port is closed.
   * @throws MambrushError 'gpu-missing' where no process has this card any more, 'gpu-lost', 'gpu-error', and what
   * the card's own executor refuses with
   */
  async open(program: Program, options: SessionOptions = {}): Promise<RemoteSession> {
    if (program.recipe === undefined) throw new Error('a program without a recipe cannot be computed elsewhere');
    const reached = await this.#link.reach();
    const alike = (reached?.cards ?? []).flatMap((facts, position) =>
      isSameCard(facts, this.#facts) ? [position] : [],
    );
    const card = alike[this.#sameBefore];
    if (reached === undefined || card === undefined) throw missingError(this.#facts.name);
    const { connection } = reached;
    const { poison = false, keep } = options;
    connection.sessions++;
    try {
      const facts = await connection.request(
        { kind: 'open', card, recipe: program.recipe, poison, ...(keep !== undefined && { keep }) },
        readSession,
      );
      return new RemoteSession(program, connection, facts);
    } catch (error) {
      connection.sessions--;
      throw error;
    }
  }

  /** Closes the port, unless a session is open over it; the next session opens another. */
  release(): void {
    this.#link.release();
  }
}

export class RemoteSession implements Session {
  readonly program: Program;
  readonly notices: readonly string[];
  readonly keeps?: number;
  readonly #connection: RemoteConnection;
  readonly #id: number;
  #runsAhead: number | undefined;
  #isClosed = false;

  constructor(program: Program, connection: RemoteConnection, facts: SessionFacts) {
    this.program = program;
    this.notices = facts.notices;
    if (facts.keeps !== undefined) this.keeps = facts.keeps;
    this.#connection = connection;
    this.#id = facts.session;
    this.#runsAhead = facts.runsAhead;
  }

  /** As the other end said with its last answer. */
  get runsAhead(): number {
    return this.#runsAhead ?? 0;
  }

  async write(block: Block, values: FloatArray): Promise<void> {
    this.#requireOpen();
    checkBlock(this.program, block, values);
    const request = { kind: 'write', session: this.#id, block, values: values.slice() } as const;
    await this.#unlessClosed(this.#connection.request(request, readNothing));
  }

  async read(block: Block): Promise<FloatArray> {
    this.#requireOpen();
    const { parameterCount } = this.program;
    const request = { kind: 'read', session: this.#id, block } as const;
    return this.#unlessClosed(this.#connection.request(request, (value) => readBlock(value, parameterCount)));
  }

  async run(request: RunRequest): Promise<Readonly<Record<string, FloatArray>>> {
    this.#requireOpen();
    checkRequest(this.program, request, this.keeps ?? 0);
    const { phase, count, kept, scalars } = request;
    const computed = computedOutputs(this.program, phase);
    const wanted = new Map(computed.map(({ name, shape }) => [name, count * sizeOf(shape)]));
    const copied: RunRequest = {
      phase,
      count,
      inputs: this.#copyInputs(request),
      ...(kept !== undefined && { kept: { slots: [...kept.slots], brought: [...kept.brought] } }),
      ...(scalars !== undefined && { scalars: { learningRate: scalars.learningRate, step: scalars.step } }),
    };
    const result = await this.#unlessClosed(
      this.#connection.request({ kind: 'run', session: this.#id, request: copied }, (value) =>
        readRunResult(value, wanted),
      ),
    );
    this.#runsAhead = result.runsAhead;
    return result.outputs;
  }

  /** In buffers of their own, which a port may clone at once and a socket encode later. */
  #copyInputs({ inputs }: RunRequest): RunRequest['inputs'] {
    return Object.fromEntries(
      this.program.inputs.flatMap(({ name }) => {
        const values = inputs[name];
        return values === undefined ? [] : [[name, values.slice()]];
      }),
    );
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connection.sessions--;
    const closing = this.#connection.request({ kind: 'close', session: this.#id }, readNothing);
    // A process that has ended has freed it.
    await closing.catch((error: unknown) => {
      if (this.#connection.isOpen) throw error;
    });
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new Error('this session is closed');
  }

  async #unlessClosed<Value>(answer: Promise<Value>): Promise<Value> {
    try {
      return await answer;
    } catch (cause) {
      if (this.#isClosed) throw new Error('this session is closed', { cause });
      throw cause;
    }
  }
}

function missingError(name: string): MambrushError {
  return new MambrushError(
    'gpu-missing',
    `The graphics card '${name}' cannot be reached: no window of Mambrush is open that has it. Open the window again, or ` +
      `choose the executor 'cpu'.`,
  );
}
