/**
 * How a network is trained: every setting with its bounds, its default and what it means; the defaults together are the
 * reference's recipe (network.md, 'Loss, optimiser, recipe'). What a request may hold, the command line's options and the
 * window's fields follow from it (setting-fields.ts). Not what network it is, the loss included.
 * Convention: settings are plain JSON; what is absent takes its default, what is unknown is refused. They are stored in
 * the order that stands here.
 */
import { z } from 'zod';
import { mostSide, sizeMultiple } from './network-settings.ts';

const between = (low: number, high: number) => {
  const error = `must be a number from ${low} to ${high}`;
  return z.number({ error }).min(low, { error }).max(high, { error });
};

const whole = (low: number, high: number) => {
  const error = `must be a whole number from ${low} to ${high}`;
  return z.number({ error }).int({ error }).min(low, { error }).max(high, { error });
};

/** Above 0. */
const positive = (high: number) => {
  const error = `must be a number above 0 and at most ${high}`;
  return z.number({ error }).gt(0, { error }).max(high, { error });
};

const yesOrNo = z.boolean({ error: 'must be true or false' });
const share = between(0, 1);
/** A decay rate of a running mean: below 1, else the mean never moves. */
const decay = z.number().min(0).lt(1, { error: 'must be a number from 0 to below 1' });
const mostEpochs = 100_000;

const moments = {
  beta1: decay.default(0.9).describe('decay of the mean of gradients'),
  beta2: decay.default(0.999).describe('decay of the mean of their squares'),
  epsilon: positive(1).default(1e-8).describe('added to the divisor'),
};
const weightDecay = (usual: number) => between(0, 10).default(usual).describe('of the optimiser');

/**
 * The settings of each optimiser; the first is the default. A new one is a record here, a learning rate below, and its
 * update in the program. Defaults of Adam and SGD as the reference's configuration has them.
 */
const optimisers = {
  adamw: { ...moments, weightDecay: weightDecay(1e-2) },
  adam: { ...moments, weightDecay: weightDecay(1e-4) },
  sgd: { momentum: decay.default(0.9).describe('decay of the mean of steps'), weightDecay: weightDecay(5e-2) },
};

/** Of each optimiser, unless given. */
export const usualLearningRates: Readonly<Record<keyof typeof optimisers, number>> = {
  adamw: 1e-3,
  adam: 1e-3,
  sgd: 1e-2,
};

/** The settings of each schedule; the first is the default. A new one is a record here and its formula (train/schedule.ts). */
const schedules = {
  cosine: {
    period: whole(1, mostEpochs)
      .default(50)
      .describe('epochs from the highest rate to the lowest; then it rises again'),
    lowest: between(0, 1).default(1e-5).describe('lowest rate'),
  },
  step: {
    period: whole(1, mostEpochs).optional().describe('epochs between two reductions; by default a fifth of the run'),
    factor: positive(1).default(0.5).describe('of a reduction'),
  },
  plateau: {
    factor: positive(1).lt(1, { error: 'must be below 1' }).default(0.1).describe('of a reduction'),
    patience: whole(0, mostEpochs).default(10).describe('epochs without improvement before a reduction'),
    threshold: share.default(1e-4).describe('what counts as an improvement, as a share of the best loss'),
    cooldown: whole(0, mostEpochs).default(0).describe('epochs after a reduction in which none is counted as bad'),
    lowest: between(0, 1).default(0).describe('lowest rate'),
  },
  'warm-up-cosine': {
    warmUp: whole(1, mostEpochs)
      .optional()
      .describe('epochs of linear rise; by default 20, at most a fifth of the run'),
  },
  constant: {},
};

/** Settings of one of several kinds, by default of the first one. */
function oneOf<Kinds extends Readonly<Record<string, z.core.$ZodShape>>>(kinds: Kinds) {
  type Option = {
    [Kind in keyof Kinds & string]: z.ZodReadonly<
      z.ZodObject<{ kind: z.ZodLiteral<Kind> } & Kinds[Kind], z.core.$strict>
    >;
  }[keyof Kinds & string];
  const names = Object.keys(kinds) as [keyof Kinds & string];
  const options = names.map((name) => z.strictObject({ kind: z.literal(name), ...kinds[name] }).readonly());
  const quoted = names.map((name) => `'${name}'`);
  const error = `must be of kind ${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
  return z.discriminatedUnion('kind', options as unknown as [Option, ...Option[]], { error });
}

const side = z
  .number()
  .min(sizeMultiple)
  .max(mostSide)
  .multipleOf(sizeMultiple, { error: `must be a multiple of ${sizeMultiple} from ${sizeMultiple} to ${mostSide}` });

const sizeSchema = z.union(
  [
    side.transform((length) => ({ width: length, height: length })),
    z.strictObject({ width: side, height: side }).readonly(),
  ],
  {
    error: `must be a side, or a width and a height, that are multiples of ${sizeMultiple} from ${sizeMultiple} to ${mostSide}`,
  },
);

const augmentation = z
  .strictObject({
    enabled: yesOrNo.default(true).describe('flips and rotations'),
    turnProbability: share.default(0.5).describe('how often a sample is turned by quarters and flipped'),
    rotationProbability: share.default(0.5).describe('how often it is rotated by 20 to 79 degrees'),
  })
  .readonly();

const shape = {
  epochs: whole(1, mostEpochs).default(250).describe('how often every image is seen'),
  batch: whole(1, 256).default(8).describe('images in a step'),
  size: sizeSchema.prefault(256).describe('side at which the network sees an image'),
  seed: whole(0, 0xffffffff).default(42).describe('of everything that is random'),
  initialisation: z
    .enum(['reference', 'mamba'], { error: "must be 'reference' or 'mamba'" })
    .default('reference')
    .describe("the network's start"),
  warmStart: z.string().min(1).optional().describe('a checkpoint to start from instead; an absolute path'),
  continues: yesOrNo.optional().describe('goes on as the training of `warmStart` would have gone on'),
  optimiser: oneOf(optimisers).prefault({ kind: 'adamw' }),
  schedule: oneOf(schedules).prefault({ kind: 'cosine' }),
  clipNorm: positive(1e6).optional().describe('longest gradient; not limited unless given'),
  augmentation: augmentation.prefault({}),
  earlyStop: z
    .strictObject({ patience: whole(1, mostEpochs).describe('stops after so many epochs without a better one') })
    .readonly()
    .optional(),
  threads: whole(1, 1024).optional().describe("the executor's own choice unless given"),
  executor: z.string().min(1).optional().describe("by name; the machine's best unless given"),
  // These two come last, and in this order, because they are filled in last: so parsing twice gives the same text.
  learningRate: positive(1e6).optional().describe('at the start'),
  validationBatch: whole(1, 256).optional().describe('samples of one validation run; as `batch` unless given'),
};

/** Not a person's to set: they follow from the machine and from where a run starts. */
const own = { warmStart: true, continues: true, threads: true, executor: true, validationBatch: true } as const;

const whatever = z.strictObject(shape);
/** What a person may set. */
export const recipe = whatever.omit(own);

export const trainingSettingsSchema = whatever
  .refine(({ schedule, epochs }) => schedule.kind !== 'warm-up-cosine' || (schedule.warmUp ?? 0) < epochs, {
    error: 'the warm-up must be shorter than the run',
    path: ['schedule', 'warmUp'],
  })
  .refine(({ continues, warmStart }) => continues !== true || warmStart !== undefined, {
    error: 'needs a checkpoint to go on from',
    path: ['continues'],
  })
  .transform((settings) => ({
    ...settings,
    learningRate: settings.learningRate ?? usualLearningRates[settings.optimiser.kind],
    validationBatch: settings.validationBatch ?? settings.batch,
  }))
  .readonly();

export type TrainingSettings = z.output<typeof trainingSettingsSchema>;
/** What may be written: everything is optional. */
export type TrainingSettingsInput = z.input<typeof trainingSettingsSchema>;
export type ScheduleSettings = TrainingSettings['schedule'];
export type AugmentationSettings = TrainingSettings['augmentation'];
/** What a person may write. */
export type TrainSettings = z.input<typeof recipe>;
