/**
 * What a program is built from, as plain data: another process that computes gets this and builds the program itself. Not the
 * building: that is `build-program.ts`. Convention: a function that builds a program puts its recipe into it.
 */
import { z } from 'zod';
import { networkSchema } from './network-config.ts';

const extent = z.int().min(1).max(4096);

const size = z.strictObject({
  width: extent,
  height: extent,
  /** The most samples that one run may hold. */
  batch: z.int().min(1).max(65_536),
});
export type BatchSize = Readonly<z.infer<typeof size>>;

export const optimiserSettings = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.enum(['adamw', 'adam']),
    beta1: z.number(),
    beta2: z.number(),
    epsilon: z.number(),
    weightDecay: z.number(),
  }),
  z.strictObject({ kind: z.literal('sgd'), momentum: z.number(), weightDecay: z.number() }),
]);
export type OptimiserSettings = z.infer<typeof optimiserSettings>;

/** Shapes by name, of tensors that are small. */
const shapes = z
  .array(z.tuple([z.string().max(256), z.array(extent).max(4)]))
  .max(64)
  .refine((list) => list.every(([, shape]) => shape.reduce((product, each) => product * each, 1) <= 2 ** 20));

export const recipe = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('prediction'), network: networkSchema, size }),
  z.strictObject({
    kind: z.literal('training'),
    network: networkSchema,
    size,
    optimiser: optimiserSettings,
    /** The largest norm of the gradients; any when absent. */
    clipNorm: z.number().positive().optional(),
  }),
  z.strictObject({
    kind: z.literal('golden-network'),
    network: networkSchema,
    size,
    /** Which of the network's stages are outputs. */
    stages: z.array(z.string()).max(64),
    trains: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('golden-operation'),
    group: z.string(),
    batch: size.shape.batch,
    /** In block order. */
    parameters: shapes,
    /** Of one sample, channels last. */
    inputs: shapes,
  }),
]);
export type Recipe = z.infer<typeof recipe>;
