/** Names of runs, and of what a recipe is made of, for people. */
import type { RunInfo } from '../../../engine/contract/training.ts';
import { translate } from '../../locales/i18n.ts';

export function nameOf({ name, id }: Pick<RunInfo, 'name' | 'id'>): string {
  // The engine's own names are in English.
  return name === '' || name === `Run ${id}` ? translate('train.runNumber', { id }) : name;
}

export function fieldName(key: string): string {
  return translate(`train.fields.${key.replaceAll('.', '-')}`);
}
