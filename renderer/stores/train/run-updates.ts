/** What events of a run that trains change of what is known of it. Pure. */
import type { EngineEvent } from '../../../engine/contract/events.ts';
import type { EpochInfo, RunInfo } from '../../../engine/contract/training.ts';

export type EpochEvent = Extract<EngineEvent, { kind: 'train.epoch' }>;

export const isAtWork = ({ status }: RunInfo): boolean => status === 'running' || status === 'paused';

/** @param events of one run, in order */
export function withEpochs(known: readonly EpochInfo[], events: readonly EpochEvent[]): readonly EpochInfo[] {
  // A run that goes on from its last checkpoint repeats some epochs; an answer may know later ones than these events.
  const first = events[0]?.epoch.epoch ?? 0;
  const last = events.at(-1)?.epoch.epoch ?? 0;
  const before = known.filter(({ epoch }) => epoch < first);
  const after = known.filter(({ epoch }) => epoch > last);
  return [...before, ...events.map(({ epoch }) => epoch), ...after];
}

/** The run after these epochs. @param events of it, in order */
export function afterEpochs(run: RunInfo, events: readonly EpochEvent[]): RunInfo {
  const best = events.findLast((event) => event.best)?.epoch;
  const figures = {
    ...(best?.valLoss !== undefined && { valLoss: best.valLoss }),
    ...(best?.valDice !== undefined && { valDice: best.valDice }),
  };
  return {
    ...run,
    epochs: { ...run.epochs, done: events.at(-1)?.epoch.epoch ?? run.epochs.done },
    ...(best !== undefined && { best: { epoch: best.epoch, ...figures } }),
  };
}
