/**
 * Requests over one port to the process with the graphics cards, and their answers. Knows no program. Convention: when the
 * port closes, pending and later requests fail with 'gpu-lost'; an answer that cannot be read closes it, with 'gpu-error'.
 */
import { MambrushError } from '../../contract/error.ts';
import { fromErrorValue } from '../../contract/error-value.ts';
import { readAnswer } from './remote-messages.ts';
import type { RemoteAnswer, RemoteRequest } from './remote-messages.ts';
import type { RemotePort } from './remote-port.ts';

interface Pending {
  readonly answer: (answer: RemoteAnswer) => void;
  readonly fail: (error: MambrushError) => void;
}

export class RemoteConnection {
  readonly #port: RemotePort;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  /** Why it is over, once it is. */
  #over: MambrushError | undefined;
  /** Sessions that are open or being opened over it. */
  sessions = 0;

  constructor(port: RemotePort) {
    this.#port = port;
    void port.closed.then(() => this.#end(closedError()));
    port.onMessage((message) => this.#receive(message));
  }

  get isOpen(): boolean {
    return this.#over === undefined;
  }

  /**
   * Sends at once, before this returns.
   * @param read makes the answer's value what it should be, or throws RangeError
   * @throws MambrushError 'gpu-lost', 'gpu-error', and what the other end refuses with
   */
  request<Value>(request: RemoteRequest, read: (value: unknown) => Value): Promise<Value> {
    if (this.#over !== undefined) return Promise.reject(this.#over);
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    this.#pending.set(id, {
      fail: reject,
      answer: (answer) => {
        if (answer.kind === 'refusal') reject(fromErrorValue(answer.error));
        else resolve(read(answer.value));
      },
    });
    try {
      this.#port.send({ id, ...request });
    } catch (cause) {
      this.#end(closedError(cause));
    }
    return promise;
  }

  close(why = closedError()): void {
    this.#end(why);
    this.#port.close();
  }

  #receive(message: unknown): void {
    if (this.#over !== undefined) return;
    try {
      const answer = readAnswer(message);
      const pending = this.#pending.get(answer.id);
      if (pending === undefined) throw new RangeError('a message answers what nobody asked');
      pending.answer(answer);
      this.#pending.delete(answer.id);
    } catch (cause) {
      this.#end(unreadableError(cause));
      this.#port.close();
    }
  }

  #end(error: MambrushError): void {
    if (this.#over !== undefined) return;
    this.#over = error;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { fail } of pending) fail(error);
  }
}

function closedError(cause?: unknown): MambrushError {
  return new MambrushError(
    'gpu-lost',
    'The page that computes on the graphics card was closed, or its process died. What was saved is safe: open the ' +
      `window again and go on from there, or choose the executor 'cpu'.`,
    { cause },
  );
}

function unreadableError(cause: unknown): MambrushError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new MambrushError(
    'gpu-error',
    `The page that computes on the graphics card gave an answer that makes no sense (${why}). Reload the window; if it ` +
      `happens again, choose the executor 'cpu', and please report this.`,
    { cause },
  );
}
