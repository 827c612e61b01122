/**
 * How a network is trained: every setting, its bounds and its default, which together are the reference's recipe
 * (network.md, 'Loss, optimiser, recipe'). Not what network it is: that is `NetworkConfig`, the loss included (its head).
 * Convention: settings are plain JSON; what is absent takes its default, what is unknown is refused.
 */
import { z } from 'zod';
import { sizeMultiple } from '../network/network-config.ts';
import { TrainingError } from './train-error.ts';

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

const momentSettings = {
  beta1: decay.default(0.9),
  beta2: decay.default(0.999),
  epsilon: positive(1).default(1e-8),
};

/** Defaults of Adam and SGD as the reference's configuration has them. */
const optimiserSchema = z.discriminatedUnion(
  'kind',
  [
    z
      .strictObject({ kind: z.literal('adamw'), ...momentSettings, weightDecay: between(0, 10).default(1e-2) })
      .readonly(),
    z
      .strictObject({ kind: z.literal('adam'), ...momentSettings, weightDecay: between(0, 10).default(1e-4) })
      .readonly(),
    z
      .strictObject({
        kind: z.literal('sgd'),
        momentum: decay.default(0.9),
        weightDecay: between(0, 10).default(5e-2),
      })
      .readonly(),
  ],
  { error: "must be of kind 'adamw', 'adam' or 'sgd'" },
);

const mostEpochs = 100_000;

const scheduleSchema = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('constant') }).readonly(),
    z
      .strictObject({
        kind: z.literal('cosine'),
        /** Epochs from the highest rate to the lowest (T_max); then it rises again. */
        period: whole(1, mostEpochs).default(50),
        /** eta_min. */
        lowest: between(0, 1).default(1e-5),
      })
      .readonly(),
    z
      .strictObject({
        kind: z.literal('step'),
        /** Epochs between two reductions; by default a fifth of the run. */
        period: whole(1, mostEpochs).optional(),
        factor: positive(1).default(0.5),
      })
      .readonly(),
    z
      .strictObject({
        kind: z.literal('plateau'),
        factor: positive(1).lt(1, { error: 'must be below 1' }).default(0.1),
        /** Epochs without improvement that are let pass. */
        patience: whole(0, mostEpochs).default(10),
        /** What counts as an improvement, as a share of the best loss. */
        threshold: share.default(1e-4),
        /** Epochs after a reduction in which none is counted as bad. */
        cooldown: whole(0, mostEpochs).default(0),
        lowest: between(0, 1).default(0),
      })
      .readonly(),
    z
      .strictObject({
        kind: z.literal('warm-up-cosine'),
        /** Epochs of linear rise; by default 20, at most a fifth of the run. */
        warmUp: whole(1, mostEpochs).optional(),
      })
      .readonly(),
  ],
  { error: "must be of kind 'cosine', 'step', 'plateau', 'warm-up-cosine' or 'constant'" },
);

const augmentationSchema = z
  .strictObject({
    enabled: yesOrNo.default(true),
    /** How often a sample is turned by quarters and flipped. */
    turnProbability: share.default(0.5),
    /** How often it is rotated by 20 to 79 degrees. */
    rotationProbability: share.default(0.5),
  })
  .readonly();

const side = z
  .number()
  .min(sizeMultiple)
  .max(4096)
  .multipleOf(sizeMultiple, { error: `must be a multiple of ${sizeMultiple} from ${sizeMultiple} to 4096` });

const sizeSchema = z.union(
  [
    side.transform((length) => ({ width: length, height: length })),
    z.strictObject({ width: side, height: side }).readonly(),
  ],
  {
    error: `must be a side, or a width and a height, that are multiples of ${sizeMultiple} from ${sizeMultiple} to 4096`,
  },
);

const settingsSchema = z
  .strictObject({
    epochs: whole(1, mostEpochs).default(250),
    batch: whole(1, 256).default(8),
    /** What images are resized to: one side, or both. */
    size: sizeSchema.prefault(256),
    seed: whole(0, 0xffffffff).default(42),
    initialisation: z.enum(['reference', 'mamba'], { error: "must be 'reference' or 'mamba'" }).default('reference'),
    /** A checkpoint to start from instead; absolute. */
    warmStart: z.string().min(1).optional(),
    /** Whether the run goes on as the training of `warmStart` would have: with its optimiser, epoch and schedule. */
    continues: yesOrNo.optional(),
    optimiser: optimiserSchema.prefault({ kind: 'adamw' }),
    schedule: scheduleSchema.prefault({ kind: 'cosine' }),
    /** The largest norm of all gradients together; not clipped when absent. */
    clipNorm: positive(1e6).optional(),
    augmentation: augmentationSchema.prefault({}),
    /** Ends the run after so many epochs without a better loss; never when absent. */
    earlyStop: z
      .strictObject({ patience: whole(1, mostEpochs) })
      .readonly()
      .optional(),
    /** The executor's own choice when absent. */
    threads: whole(1, 1024).optional(),
    /** By name; the machine's best when absent. */
    executor: z.string().min(1).optional(),
    // These two come last, and in this order, because they are filled in last: so parsing twice gives the same text.
    /** 1e-3, for SGD 1e-2, when absent. */
    learningRate: positive(1e6).optional(),
    /** Samples of one validation run; as `batch` when absent. */
    validationBatch: whole(1, 256).optional(),
  })
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
    learningRate: settings.learningRate ?? (settings.optimiser.kind === 'sgd' ? 1e-2 : 1e-3),
    validationBatch: settings.validationBatch ?? settings.batch,
  }))
  .readonly();

export type TrainingSettings = z.output<typeof settingsSchema>;
/** What a person may write: everything is optional. */
export type TrainingSettingsInput = z.input<typeof settingsSchema>;
export type ScheduleSettings = z.output<typeof scheduleSchema>;
export type AugmentationSettings = z.output<typeof augmentationSchema>;

/** For a schema that holds settings among other things. */
export { settingsSchema as trainingSettingsSchema };

/** Names each wrong setting by its path. */
export function explainIssues(error: z.ZodError): string {
  return error.issues
    .map((issue) => {
      const where = issue.path.map(String).join('.');
      if (issue.code === 'unrecognized_keys') {
        const names = issue.keys.map((key) => `'${where === '' ? key : `${where}.${key}`}'`);
        return `there is no setting ${names.join(', ')}`;
      }
      return where === '' ? issue.message : `'${where}' ${issue.message}`;
    })
    .join('; ');
}

/**
 * Fills in the defaults and checks every bound.
 * @throws TrainingError 'training-settings' naming every wrong setting and what it may be
 */
export function parseTrainingSettings(input: unknown = {}): TrainingSettings {
  const parsed = settingsSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new TrainingError(
    'training-settings',
    `These settings cannot be used: ${explainIssues(parsed.error)}. Correct them; what is left out takes its default.`,
    { cause: parsed.error },
  );
}
