/**
 * A remote engine: requests, outcomes and events over a channel that may break. Not the channel itself: a socket or a
 * message port is handed in. Convention: a session outlives its channel; what was asked before a break is answered after
 * it, once, and only an engine that was restarted makes requests fail ('engine-restarted').
 */
import { fromErrorValue } from './error-value.ts';
import { MambrushError } from './error.ts';
import type { EngineEvent } from './events.ts';
import type { LongWork } from './progress.ts';
import type { ArgumentsOf, EngineClient, RequestName, ResultOf } from './requests.ts';
import type { ClientMessage, EngineMessage } from './wire.ts';

export interface Channel {
  send(message: ClientMessage): void;
  close(): void;
}

export interface ChannelEvents {
  readonly onOpen: () => void;
  readonly onMessage: (message: EngineMessage) => void;
  /** Also when it could not be opened; at most once. */
  readonly onClose: () => void;
}

export type OpenChannel = (events: ChannelEvents) => Channel;

/** 'open' with `restarted`: the engine has lost what it had open. */
export type ConnectionState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open'; readonly restarted: boolean }
  | { readonly kind: 'lost' }
  | { readonly kind: 'closed' };

export interface EngineConnection extends EngineClient {
  readonly state: ConnectionState;
  /** @returns ends the watching */
  watch(watcher: (state: ConnectionState) => void): () => void;
}

interface Pending {
  readonly message: Extract<ClientMessage, { kind: 'request' }>;
  readonly work: LongWork;
  readonly settle: (message: Extract<EngineMessage, { kind: 'outcome' }>) => void;
  readonly fail: (error: unknown) => void;
  sent: boolean;
}

/** Milliseconds before it tries again: soon at first, then every two seconds. */
const retryDelays = [100, 250, 500, 1000, 2000];

export function connectEngine(openChannel: OpenChannel): EngineConnection {
  return new Connection(openChannel);
}

class Connection implements EngineConnection {
  readonly #openChannel: OpenChannel;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  readonly #watchers = new Set<(state: ConnectionState) => void>();
  #state: ConnectionState = { kind: 'connecting' };
  #channel: Channel | undefined;
  #session: string | undefined;
  #lastId = 0;
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(openChannel: OpenChannel) {
    this.#openChannel = openChannel;
    this.#open();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  watch(watcher: (state: ConnectionState) => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  listen(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async request<Name extends RequestName>(
    name: Name,
    args: ArgumentsOf<Name>,
    work: LongWork = {},
  ): Promise<ResultOf<Name>> {
    work.signal?.throwIfAborted();
    if (this.#state.kind === 'closed') throw closedError();
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<ResultOf<Name>>();
    const settle: Pending['settle'] = ({ outcome }) => {
      if (outcome.ok) resolve(outcome.value as ResultOf<Name>);
      else reject(fromErrorValue(outcome.error));
    };
    const pending: Pending = { message: { kind: 'request', id, name, args }, work, settle, fail: reject, sent: false };
    this.#pending.set(id, pending);
    const abort = (): void => {
      if (pending.sent) this.#send({ kind: 'abort', id });
      else if (this.#pending.delete(id)) reject(new MambrushError('aborted', 'Stopped before it was begun.'));
    };
    work.signal?.addEventListener('abort', abort, { once: true });
    if (this.#state.kind === 'open') this.#sendRequest(pending);
    try {
      return await promise;
    } finally {
      work.signal?.removeEventListener('abort', abort);
    }
  }

  /** Ends the connection; the engine and its projects go on. */
  close(): Promise<void> {
    clearTimeout(this.#retry);
    this.#setState({ kind: 'closed' });
    this.#channel?.close();
    this.#failAll(closedError());
    return Promise.resolve();
  }

  #open(): void {
    let over = false;
    const channel = this.#openChannel({
      onOpen: () => {
        if (over) return;
        const session = this.#session;
        channel.send({ kind: 'hello', ...(session !== undefined && { session }) });
      },
      onMessage: (message) => {
        if (!over) this.#receive(message);
      },
      onClose: () => {
        if (over) return;
        over = true;
        this.#closed();
      },
    });
    this.#channel = channel;
  }

  #closed(): void {
    if (this.#state.kind === 'closed') return;
    this.#channel = undefined;
    const delay = retryDelays[Math.min(this.#failures++, retryDelays.length - 1)];
    this.#setState({ kind: 'lost' });
    this.#retry = setTimeout(() => this.#open(), delay);
  }

  #receive(message: EngineMessage): void {
    switch (message.kind) {
      case 'welcome':
        this.#welcomed(message);
        return;
      case 'outcome': {
        const pending = this.#pending.get(message.id);
        this.#pending.delete(message.id);
        this.#send({ kind: 'received', id: message.id });
        pending?.settle(message);
        return;
      }
      case 'progress':
        this.#pending.get(message.id)?.work.onProgress?.(message.progress);
        return;
      case 'event':
        for (const listener of this.#listeners) listener(message.event);
    }
  }

  #welcomed({ session, resumed, received }: Extract<EngineMessage, { kind: 'welcome' }>): void {
    const restarted = this.#session !== undefined && !resumed;
    this.#session = session;
    this.#failures = 0;
    if (restarted) {
      for (const [id, { sent, fail }] of this.#pending) {
        if (!sent) continue;
        this.#pending.delete(id);
        fail(
          new MambrushError(
            'engine-restarted',
            'The engine ended before it answered, and was started again. Nothing that was saved is lost; try it again.',
          ),
        );
      }
    }
    for (const pending of this.#pending.values()) {
      if (!pending.sent || pending.message.id > received) this.#sendRequest(pending);
      if (pending.work.signal?.aborted === true) this.#send({ kind: 'abort', id: pending.message.id });
    }
    this.#setState({ kind: 'open', restarted });
  }

  #sendRequest(pending: Pending): void {
    pending.sent = true;
    this.#send(pending.message);
  }

  /** What cannot be sent now is sent, or made up for, after the next welcome. */
  #send(message: ClientMessage): void {
    this.#channel?.send(message);
  }

  #failAll(error: MambrushError): void {
    for (const { fail } of this.#pending.values()) fail(error);
    this.#pending.clear();
  }

  #setState(state: ConnectionState): void {
    if (this.#state.kind === state.kind && state.kind !== 'open') return;
    this.#state = state;
    for (const watcher of this.#watchers) watcher(state);
  }
}

function closedError(): MambrushError {
  return new MambrushError('connection-closed', 'The window has let go of its engine. Open it again.');
}
