/**
 * The engine's side of its connections: a session per window, which outlives a broken channel. Not the transport.
 * Convention: an outcome is kept until the window confirms that it has received it.
 */
import { randomUUID } from 'node:crypto';
import type { EngineMessage } from '../../contract/wire.ts';
import { clientMessage } from '../../contract/wire.ts';
import type { Engine } from '../engine.ts';
import type { Holder } from '../projects/open-projects.ts';

/** How long a window may be away before its work is aborted, its outcomes are dropped and its projects released. */
const patienceMilliseconds = 120_000;

type Send = (message: EngineMessage) => void;

export interface Attachment {
  /** @throws MambrushError or ZodError for what is no message; the channel should be closed then */
  receive(message: unknown): void;
  detach(): void;
}

export class Sessions {
  readonly #engine: Engine;
  readonly #sessions = new Map<string, Session>();
  readonly #patience: number;

  constructor(engine: Engine, patience = patienceMilliseconds) {
    this.#engine = engine;
    this.#patience = patience;
  }

  attach(send: Send): Attachment {
    let session: Session | undefined;
    return {
      receive: (raw) => {
        const message = clientMessage.parse(raw);
        if (message.kind === 'hello') session ??= this.#greet(send, message.session);
        else if (message.kind === 'request') session?.request(message);
        else if (message.kind === 'abort') session?.abort(message.id);
        else session?.forget(message.id);
      },
      detach: () => {
        session?.leave(send, this.#patience);
      },
    };
  }

  #greet(send: Send, wanted: string | undefined): Session {
    const known = wanted === undefined ? undefined : this.#sessions.get(wanted);
    const session = known ?? this.#begin();
    session.enter(send, known !== undefined);
    return session;
  }

  #begin(): Session {
    const id = randomUUID();
    const session = new Session(id, this.#engine, () => void this.#sessions.delete(id));
    this.#sessions.set(id, session);
    return session;
  }
}

class Session implements Holder {
  readonly #id: string;
  readonly #engine: Engine;
  readonly #atWork = new Map<number, AbortController>();
  readonly #outcomes = new Map<number, EngineMessage>();
  readonly #onEnd: () => void;
  readonly #stopListening: () => void;
  #send: Send | undefined;
  #received = 0;
  #leaving: NodeJS.Timeout | undefined;

  constructor(id: string, engine: Engine, onEnd: () => void) {
    this.#id = id;
    this.#engine = engine;
    this.#onEnd = onEnd;
    this.#stopListening = engine.listen((event) => this.#send?.({ kind: 'event', event }));
  }

  get present(): boolean {
    return this.#send !== undefined;
  }

  enter(send: Send, resumed: boolean): void {
    clearTimeout(this.#leaving);
    this.#send = send;
    send({ kind: 'welcome', session: this.#id, resumed, received: this.#received });
    for (const outcome of this.#outcomes.values()) send(outcome);
  }

  /** Not by a channel that has already been replaced. */
  leave(send: Send, patience: number): void {
    if (this.#send !== send) return;
    this.#send = undefined;
    this.#leaving = setTimeout(() => this.#end(), patience);
    this.#leaving.unref();
  }

  request({ id, name, args }: { readonly id: number; readonly name: string; readonly args?: unknown }): void {
    if (id <= this.#received) return;
    this.#received = id;
    const abort = new AbortController();
    this.#atWork.set(id, abort);
    const onProgress = (progress: Extract<EngineMessage, { kind: 'progress' }>['progress']): void =>
      this.#send?.({ kind: 'progress', id, progress });
    void this.#engine.handle(name, args, { signal: abort.signal, onProgress }, this).then((outcome) => {
      this.#atWork.delete(id);
      const message = { kind: 'outcome', id, outcome } as const;
      this.#outcomes.set(id, message);
      this.#send?.(message);
    });
  }

  abort(id: number): void {
    this.#atWork.get(id)?.abort();
  }

  forget(id: number): void {
    this.#outcomes.delete(id);
  }

  #end(): void {
    this.#stopListening();
    for (const abort of this.#atWork.values()) abort.abort();
    this.#outcomes.clear();
    this.#onEnd();
    void this.#engine.release(this);
  }
}
