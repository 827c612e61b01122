/**
 * What happens in the engine, as it is sent to every client. Convention: `kind` names the event; the progress of a
 * request is no event, it goes to whoever made the request.
 */
import { z } from 'zod';
import { imageInfo } from './images.ts';
import { project } from './project.ts';
import { epochInfo, runInfo } from './training.ts';
import { id, positive } from './values.ts';

export const engineEvent = z.discriminatedUnion('kind', [
  /** Inside an epoch; `value` is of the whole run, 0..1. */
  z.strictObject({
    kind: z.literal('train.progress'),
    project,
    run: id,
    value: z.number().min(0).max(1),
    epoch: positive,
    text: z.string().optional(),
    secondsLeft: z.number().optional(),
    imagesPerSecond: z.number().optional(),
  }),
  z.strictObject({ kind: z.literal('train.epoch'), project, run: id, epoch: epochInfo, best: z.boolean() }),
  /** The run's status changed. */
  z.strictObject({ kind: z.literal('train.state'), project, run: runInfo }),
  /** Somebody changed these images: their state, part, labels or proposals; empty: all of them may have changed. */
  z.strictObject({ kind: z.literal('images.changed'), project, images: z.array(imageInfo) }),
  z.strictObject({ kind: z.literal('classes.changed'), project }),
  z.strictObject({ kind: z.literal('proposals.changed'), project, images: z.array(id) }),
]);
export type EngineEvent = z.infer<typeof engineEvent>;
