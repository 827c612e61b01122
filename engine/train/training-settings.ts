/**
 * The check of a run's settings against their schema (contract/training-settings.ts), with what is wrong in words.
 */
import type { z } from 'zod';
import { trainingSettingsSchema } from '../contract/training-settings.ts';
import type { TrainingSettings } from '../contract/training-settings.ts';
import { TrainingError } from './train-error.ts';

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
  const parsed = trainingSettingsSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new TrainingError(
    'training-settings',
    `These settings cannot be used: ${explainIssues(parsed.error)}. Correct them; what is left out takes its default.`,
    { cause: parsed.error },
  );
}
