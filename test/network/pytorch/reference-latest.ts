/**
 * A file as the reference's code saves it after every epoch: network, AdamW's state, cosine annealing. Not a test.
 */
import { readCheckpoint } from '../../../engine/network/checkpoint.ts';
import { optimiserState, PthMaker, stateDict } from './make-pth.ts';
import { dict, float, int, list, numpyFloat, tuple } from './pickle-pieces.ts';

export interface Annealing {
  readonly period: number;
  readonly lowest: number;
  readonly learningRate: number;
  /** How often it was stepped. */
  readonly steps: number;
}

/** @param latest of one of our runs, with its moments */
export function referenceLatest(latest: string, { period, lowest, learningRate, steps }: Annealing): Buffer {
  const { config, parameters, moments, metadata } = readCheckpoint(latest);
  const { epoch, step } = JSON.parse(metadata['state']!) as { epoch: number; step: number };
  const maker = new PthMaker();
  const group = [
    ['lr', float(lowest + ((learningRate - lowest) * (1 + Math.cos((Math.PI * steps) / period))) / 2)],
    ['betas', tuple(float(0.9), float(0.999))],
    ['eps', float(1e-8)],
    ['weight_decay', float(1e-2)],
    ['initial_lr', float(learningRate)],
  ] as const;
  const schedule = dict([
    ['T_max', int(period)],
    ['eta_min', float(lowest)],
    ['base_lrs', list(float(learningRate))],
    ['last_epoch', int(steps)],
  ]);
  return maker.zip(
    dict([
      ['epoch', int(epoch)],
      ['min_loss', numpyFloat(1e-9)],
      ['min_epoch', int(1)],
      ['loss', numpyFloat(1)],
      ['model_state_dict', stateDict(maker, config, parameters, { prefix: 'module.' })],
      ['optimizer_state_dict', optimiserState(maker, config, { ...moments!, step, group })],
      ['scheduler_state_dict', schedule],
    ]),
  );
}
