/**
 * The window's engine for tests of its stores: the real engine, in this process, over a line that a test can break. Not a
 * test. Convention: a test file puts it in the place of `renderer/engine.ts` by `vi.mock`.
 */
import { MambrushError } from '../../../engine/contract/error.ts';
import type { ConnectionState, EngineConnection } from '../../../engine/contract/connection.ts';
import type { ArgumentsOf, RequestName } from '../../../engine/contract/requests.ts';
import { connectInProcess } from '../../../engine/host/in-process.ts';

const client = connectInProcess();
const watchers = new Set<(state: ConnectionState) => void>();
let broken: 'question' | 'answer' | undefined;
let delay: Promise<void> | undefined;

/** What a test does with the line, and what it has carried. */
export const line = {
  /** Every request, as the stores made them. */
  asked: [] as { readonly name: RequestName; readonly image: number | undefined }[],
  /** From now on requests fail, before the engine has them or after it has done them. */
  break: (where: 'question' | 'answer'): void => void (broken = where),
  /** It works again, and whoever watches the connection is told. */
  mend: (): void => {
    broken = undefined;
    for (const watcher of watchers) watcher({ kind: 'open', restarted: false });
  },
  /** Requests wait for it. */
  hold: (until: Promise<void> | undefined): void => void (delay = until),
};

const lost = (): MambrushError => new MambrushError('engine-restarted', 'the engine was started anew');

export const engine: EngineConnection = {
  state: { kind: 'open', restarted: false },
  request: async (name, args, work) => {
    line.asked.push({ name, image: (args as Partial<ArgumentsOf<'labels.read'>>).image });
    await delay;
    if (broken === 'question') throw lost();
    const answer = await client.request(name, args, work);
    if (broken === 'answer') throw lost();
    return answer;
  },
  listen: (listener) => client.listen(listener),
  watch: (watcher) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  },
  close: () => client.close(),
};
