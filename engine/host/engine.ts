/**
 * The engine behind the contract: checks what comes in, hands it to its verb, turns errors into values. Puts
 * the engine's parts together. Convention: `handle` never rejects; what is unexpected is an error value too.
 */
import { resolve } from 'node:path';
import { MambrushError } from '../contract/error.ts';
import { toErrorValue } from '../contract/error-value.ts';
import type { Outcome } from '../contract/error-value.ts';
import type { EngineEvent } from '../contract/events.ts';
import type { LongWork } from '../contract/progress.ts';
import { requests } from '../contract/requests.ts';
import type { RequestName } from '../contract/requests.ts';
import { createCompute } from '../compute/compute.ts';
import type { ConnectRemote } from '../executors/remote/remote-port.ts';
import { closeIfUnheld, closeProject, releaseAll } from './close-project.ts';
import type { RequestWork, EngineContext, Verb } from './engine-context.ts';
import { forkTrainers } from './trainers/fork-trainer.ts';
import type { ForkTrainer } from './trainers/fork-trainer.ts';
import { OpenProjects } from './projects/open-projects.ts';
import type { Holder } from './projects/open-projects.ts';
import { DecodedImageCache } from './projects/decoded-image-cache.ts';
import { ImportPreviewCache } from './projects/import-preview-cache.ts';
import { RequestsAtWork } from './requests-at-work.ts';
import { Trainers } from './trainers/trainers.ts';
import { verbs } from './verbs/verbs.ts';

export interface Engine {
  /** @param holder for whom projects are opened; all who give none count as one */
  readonly handle: (name: string, args: unknown, work?: LongWork, holder?: Holder) => Promise<Outcome<unknown>>;
  /** @returns ends the listening */
  readonly listen: (listener: (event: EngineEvent) => void) => () => void;
  /** A holder is gone for good: what nobody else holds is closed, when nothing trains in it any more. */
  readonly release: (holder: Holder) => Promise<void>;
  /** Ends what is being answered and closes every project; afterwards every request is refused. */
  readonly close: () => Promise<void>;
}

export interface EngineSurroundings {
  /** How a trainer's process is started; a child of this process unless given. */
  readonly forkTrainer?: ForkTrainer;
  /** Leads to the graphics cards of a page, where there may be one. */
  readonly connectPage?: ConnectRemote;
}

export function createEngine({ forkTrainer = forkTrainers(), connectPage }: EngineSurroundings = {}): Engine {
  const listeners = new Set<(event: EngineEvent) => void>();
  const emit = (event: EngineEvent): void => {
    for (const listener of listeners) notify(listener, event);
    if (event.kind === 'train.state') setImmediate(() => void closeIfUnheld(context, event.project));
  };
  const context: EngineContext = {
    projects: new OpenProjects(),
    trainers: new Trainers(emit, forkTrainer),
    atWork: new RequestsAtWork(),
    decodedImages: new DecodedImageCache(),
    importPreviews: new ImportPreviewCache(),
    compute: createCompute(connectPage),
    emit,
  };
  const sameProcess: Holder = { present: true };
  let closing: Promise<void> | undefined;
  return {
    handle: async (name, args, work = {}, holder = sameProcess) => {
      try {
        work.signal?.throwIfAborted();
        if (closing !== undefined) throw new MambrushError('engine-closed', 'The engine is closed. Start it again.');
        return { ok: true, value: await answer(context, name, args, { ...work, holder }) };
      } catch (error) {
        return { ok: false, error: toErrorValue(error, process.env['MAMBRUSH_DEBUG'] === '1') };
      }
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    release: (holder) => releaseAll(context, holder),
    close: () => (closing ??= closeAll(context)),
  };
}

async function closeAll(context: EngineContext): Promise<void> {
  await context.atWork.of().end();
  await Promise.all(context.projects.all.map((project) => closeProject(context, project)));
  await context.projects.whenAllClosed();
}

/** A listener that fails harms no other, and not what the event is about. */
function notify(listener: (event: EngineEvent) => void, event: EngineEvent): void {
  try {
    listener(event);
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error));
  }
}

async function answer(context: EngineContext, name: string, args: unknown, work: RequestWork): Promise<unknown> {
  if (!Object.hasOwn(requests, name)) {
    throw new MambrushError('request-unknown', `This engine knows no request '${name}'. Update the older of the two.`);
  }
  const known = name as RequestName;
  const parsed = requests[known].arguments.safeParse(args);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
    throw new MambrushError('request-invalid', `The request '${name}' has wrong arguments: ${issues.join('; ')}.`);
  }
  const project = projectOf(parsed.data);
  // The name was just looked up, so this verb and these arguments belong together.
  const verb = verbs[known] as Verb<RequestName>;
  const run = async (watched: LongWork): Promise<unknown> => {
    if (project !== undefined && context.projects.isClosing(project)) {
      await context.projects.whenClosed(project);
      watched.signal?.throwIfAborted();
    }
    return verb(context, parsed.data, { ...watched, holder: work.holder });
  };
  // Closing waits for the others, so it must not be one of them.
  const entry = { project, holder: work.holder, onlyWaits: known === 'train.wait' };
  const value = await (known === 'project.close' ? run(work) : context.atWork.answer(entry, work, run));
  return requests[known].result.parse(value);
}

/** The absolute path of the project that a request is about. */
function projectOf(args: object): string | undefined {
  const path = 'project' in args ? args.project : 'folder' in args ? args.folder : undefined;
  return typeof path === 'string' ? resolve(path) : undefined;
}
