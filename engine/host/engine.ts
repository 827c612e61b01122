/**
 * The engine behind the contract: checks what comes in, hands it to its verb, turns errors into values. The only place
 * where the parts of the house meet. Convention: `handle` never rejects; what is unexpected is an error value too.
 */
import { MambrushError } from '../contract/error.ts';
import { toErrorValue } from '../contract/error-value.ts';
import type { Outcome } from '../contract/error-value.ts';
import type { EngineEvent } from '../contract/events.ts';
import type { LongWork } from '../contract/progress.ts';
import { requests } from '../contract/requests.ts';
import type { RequestName } from '../contract/requests.ts';
import type { EngineContext, Verb } from './engine-context.ts';
import { OpenProjects } from './open-projects.ts';
import { Trainers } from './trainers.ts';
import { verbs } from './verbs/verbs.ts';

export interface Engine {
  handle(name: string, args: unknown, work?: LongWork): Promise<Outcome<unknown>>;
  listen(listener: (event: EngineEvent) => void): () => void;
  close(): Promise<void>;
}

export function createEngine(): Engine {
  const listeners = new Set<(event: EngineEvent) => void>();
  const emit = (event: EngineEvent): void => {
    for (const listener of listeners) listener(event);
  };
  const projects = new OpenProjects();
  const context: EngineContext = { projects, trainers: new Trainers(projects, emit), emit };
  return {
    handle: async (name, args, work = {}) => {
      try {
        work.signal?.throwIfAborted();
        return { ok: true, value: await answer(context, name, args, work) };
      } catch (error) {
        return { ok: false, error: toErrorValue(error, process.env['MAMBRUSH_DEBUG'] === '1') };
      }
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async () => {
      await context.trainers.stopAll();
      projects.closeAll();
    },
  };
}

async function answer(context: EngineContext, name: string, args: unknown, work: LongWork): Promise<unknown> {
  if (!Object.hasOwn(requests, name)) {
    throw new MambrushError('request-unknown', `This engine knows no request '${name}'. Update the older of the two.`);
  }
  const known = name as RequestName;
  const parsed = requests[known].arguments.safeParse(args);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
    throw new MambrushError('request-invalid', `The request '${name}' has wrong arguments: ${issues.join('; ')}.`);
  }
  // The name was just looked up, so this verb and these arguments belong together.
  const verb = verbs[known] as Verb<RequestName>;
  return requests[known].result.parse(await verb(context, parsed.data, work));
}
