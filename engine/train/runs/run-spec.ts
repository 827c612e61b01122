/**
 * A run described by one plain object: which network, how it is trained, for which classes, on which samples. All that a
 * trainer needs besides its executor, in a process of its own. Convention: JSON, kept as `spec.json` in the run's folder
 * and inside its checkpoints; written once, and only settings that `resumeRun` may change are ever changed.
 */
import { z } from 'zod';
import { trainingSettingsSchema } from '../../contract/training-settings.ts';
import { checkConfig, checkSize, networkSchema } from '../../network/network-config.ts';
import type { NetworkConfig } from '../../network/network-config.ts';
import { TrainingError } from '../train-error.ts';
import { explainIssues } from '../training-settings.ts';

const specFormat = 1;

const specSchema = z
  .strictObject({
    format: z.literal(specFormat),
    name: z.string(),
    network: networkSchema,
    settings: trainingSettingsSchema,
    /** What output channel i means: element i. */
    classes: z.array(z.strictObject({ name: z.string(), color: z.string().optional() }).readonly()).readonly(),
    data: z
      .strictObject({
        /** Of the prepared samples; absolute, or relative to the run's folder. */
        cacheFolder: z.string(),
        /** Ids of images, as the run began. */
        training: z.array(z.number().int()).readonly(),
        validation: z.array(z.number().int()).readonly(),
      })
      .readonly(),
  })
  .refine(({ network, classes }) => network.classes === classes.length, {
    error: 'must name as many classes as the network has',
    path: ['classes'],
  })
  .readonly();

export type RunSpec = z.output<typeof specSchema>;
/** What one writes; settings may be left out one by one. */
export type RunSpecInput = z.input<typeof specSchema>;

/**
 * Fills in defaults and checks everything.
 * @param path of the file it came from, for messages
 * @throws TrainingError 'training-settings'; MambrushError 'network-config', 'network-size'
 */
export function parseRunSpec(input: unknown, path?: string): RunSpec {
  const parsed = specSchema.safeParse(input);
  if (!parsed.success) {
    throw new TrainingError('training-settings', `This run cannot be started: ${explainIssues(parsed.error)}.`, {
      cause: parsed.error,
      ...(path === undefined ? {} : { path }),
    });
  }
  checkConfig(parsed.data.network);
  checkSize(parsed.data.settings.size.width, parsed.data.settings.size.height);
  return parsed.data;
}

/** Names what differs between two networks in words, e.g. "it has 2 classes instead of 1"; empty when they are the same. */
export function networkDifferences(found: NetworkConfig, wanted: NetworkConfig): string[] {
  const differences: string[] = [];
  const compare = (what: string, a: string, b: string): void => {
    if (a !== b) differences.push(`it has ${what} ${a} instead of ${b}`);
  };
  if (found.classes !== wanted.classes) {
    differences.push(`it knows ${countOf(found.classes, 'class', 'classes')} instead of ${wanted.classes}`);
  }
  if (found.inputChannels !== wanted.inputChannels) {
    differences.push(
      `it takes ${countOf(found.inputChannels, 'channel', 'channels')} instead of ${wanted.inputChannels}`,
    );
  }
  compare('the widths', found.widths.join(), wanted.widths.join());
  compare('the bridge', found.bridge ? 'on' : 'off', wanted.bridge ? 'on' : 'off');
  if (found.bridge && wanted.bridge) compare('the attention', found.attention, wanted.attention);
  // With one class, both heads are the same function.
  if (found.classes > 1 && wanted.classes > 1) compare('the head', found.head, wanted.head);
  return differences;
}

function countOf(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}
