/**
 * The whole contract: every request that a front end may make, with what it takes and what it answers. No transport here.
 * Convention: all of it is data that structured cloning and JSON carry; pixels travel as binary on their own way.
 */
import type { z } from 'zod';
import { checkingRequests } from './checking.ts';
import { classRequests } from './classes.ts';
import { checkpointRequests } from './checkpoints.ts';
import { datasetRequests } from './dataset.ts';
import type { EngineEvent } from './events.ts';
import { imageRequests } from './images.ts';
import { labelRequests } from './labels.ts';
import { predictionRequests } from './prediction.ts';
import type { LongWork } from './progress.ts';
import { preferenceRequests } from './preferences.ts';
import { proposalRequests } from './proposals.ts';
import { projectRequests } from './project.ts';
import { trainingRequests } from './training.ts';

export const requests = {
  ...projectRequests,
  ...datasetRequests,
  ...trainingRequests,
  ...predictionRequests,
  ...checkpointRequests,
  ...checkingRequests,
  ...imageRequests,
  ...labelRequests,
  ...classRequests,
  ...proposalRequests,
  ...preferenceRequests,
} as const;

export type RequestName = keyof typeof requests;
export type ArgumentsOf<Name extends RequestName> = z.input<(typeof requests)[Name]['arguments']>;
export type ResultOf<Name extends RequestName> = z.output<(typeof requests)[Name]['result']>;

/** The engine as a front end sees it, whatever carries the requests. */
export interface EngineClient {
  /** @throws MambrushError with the engine's code and message; 'aborted' when the signal did it */
  request<Name extends RequestName>(name: Name, args: ArgumentsOf<Name>, work?: LongWork): Promise<ResultOf<Name>>;
  /** @returns ends the listening */
  listen(listener: (event: EngineEvent) => void): () => void;
  /** Stops what is at work, saves, and closes every project. */
  close(): Promise<void>;
}
