/**
 * What every verb of the engine works with: the open projects, the running trainers, and a way to emit events.
 * Not the verbs. Convention: one context per engine; a verb keeps nothing of its own between two requests.
 */
import type { EngineEvent } from '../contract/events.ts';
import type { LongWork } from '../contract/progress.ts';
import type { RequestName, requests, ResultOf } from '../contract/requests.ts';
import type { z } from 'zod';
import type { Compute } from '../compute/compute.ts';
import type { Holder, OpenProjects } from './projects/open-projects.ts';
import type { DecodedImageCache } from './projects/decoded-image-cache.ts';
import type { ImportPreviewCache } from './projects/import-preview-cache.ts';
import type { RequestsAtWork } from './requests-at-work.ts';
import type { Trainers } from './trainers/trainers.ts';

export interface EngineContext {
  readonly projects: OpenProjects;
  readonly trainers: Trainers;
  readonly atWork: RequestsAtWork;
  readonly decodedImages: DecodedImageCache;
  readonly importPreviews: ImportPreviewCache;
  readonly compute: Compute;
  readonly emit: (event: EngineEvent) => void;
}

/** Arguments as a verb gets them: checked, defaults filled in. */
export type Checked<Name extends RequestName> = z.output<(typeof requests)[Name]['arguments']>;

export interface RequestWork extends LongWork {
  /** For whom projects that are opened stay open. */
  readonly holder: Holder;
}

export type Verb<Name extends RequestName> = (
  context: EngineContext,
  args: Checked<Name>,
  work: RequestWork,
) => Promise<ResultOf<Name>> | ResultOf<Name>;
