/**
 * The contract within one process: the engine and its front end share memory, and behave as if they did not.
 * Convention: everything is cloned on its way, so what would not survive a port or a socket fails here already.
 */
import { fromErrorValue } from '../contract/error-value.ts';
import type { LongWork } from '../contract/progress.ts';
import type { ArgumentsOf, EngineClient, RequestName, ResultOf } from '../contract/requests.ts';
import { createEngine } from './engine.ts';

export function connectInProcess(): EngineClient {
  const engine = createEngine();
  const request = async <Name extends RequestName>(
    name: Name,
    args: ArgumentsOf<Name>,
    { signal, onProgress }: LongWork = {},
  ): Promise<ResultOf<Name>> => {
    const outcome = await engine.handle(name, structuredClone(args), {
      signal,
      onProgress: onProgress && ((progress) => onProgress(structuredClone(progress))),
    });
    if (!outcome.ok) throw fromErrorValue(outcome.error);
    return structuredClone(outcome.value) as ResultOf<Name>;
  };
  return {
    request,
    listen: (listener) => engine.listen((event) => listener(structuredClone(event))),
    close: () => engine.close(),
  };
}
