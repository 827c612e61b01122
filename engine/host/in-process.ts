/**
 * The contract within one process: the engine and its front end share memory, and behave as if they did not.
 * Convention: everything is cloned on its way, so what would not survive a port or a socket fails here already. The engine
 * is loaded at the first request: commands without one, such as `help` and `serve`, do not wait for it.
 */
import { fromErrorValue } from '../contract/error-value.ts';
import type { LongWork } from '../contract/progress.ts';
import type { ArgumentsOf, EngineClient, RequestName, ResultOf } from '../contract/requests.ts';
import type { Engine } from './engine.ts';

export function connectInProcess(): EngineClient {
  let loading: Promise<Engine> | undefined;
  const load = (): Promise<Engine> => (loading ??= import('./engine.ts').then(({ createEngine }) => createEngine()));
  const request = async <Name extends RequestName>(
    name: Name,
    args: ArgumentsOf<Name>,
    { signal, onProgress }: LongWork = {},
  ): Promise<ResultOf<Name>> => {
    const sent = structuredClone(args);
    const engine = await load();
    const outcome = await engine.handle(name, sent, {
      signal,
      onProgress: onProgress && ((progress) => onProgress(structuredClone(progress))),
    });
    if (!outcome.ok) throw fromErrorValue(outcome.error);
    return structuredClone(outcome.value) as ResultOf<Name>;
  };
  return {
    request,
    listen: (listener) => {
      // Registered before any later request is answered, since both wait for the same engine.
      const listening = load().then((engine) => engine.listen((event) => listener(structuredClone(event))));
      return () => void listening.then((end) => end());
    },
    close: async () => {
      const engine = await loading;
      await engine?.close();
    },
  };
}
