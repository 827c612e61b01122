/**
 * What network is trained, as a person may choose it. Not its classes: those are the project's. Convention: what is left
 * out is the checkpoint's, where a run starts from one, else `networkDefaults`.
 */
import { z } from 'zod';

/** Side lengths that the network takes are multiples of this, up to `mostSide`. */
export const sizeMultiple = 32;
export const mostSide = 4096;

const width = z.int().positive();

/** In each list of values the default comes first. */
export const networkShape = {
  /** Color or grey. */
  inputChannels: z.literal([3, 1]),
  /** Channels of the six stages. */
  widths: z.tuple([width, width, width, width, width, width]).readonly(),
  bridge: z.boolean(),
  attention: z.enum(['fc', 'conv']),
  head: z.enum(['softmax', 'sigmoid']),
};

export const networkDefaults = {
  inputChannels: 3,
  widths: [8, 16, 24, 32, 48, 64],
  bridge: true,
  attention: 'fc',
  head: 'softmax',
} as const;

export const networkSettings = z.strictObject(networkShape).partial();
export type NetworkSettings = z.infer<typeof networkSettings>;
