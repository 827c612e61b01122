import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../../engine/network/checkpoint.ts';
import type { Checkpoint } from '../../../engine/network/checkpoint.ts';
import { initialParameters } from '../../../engine/network/initialise.ts';
import { temporaryFolder } from '../../fixtures/disc-pictures.ts';
import { variants } from '../variants.ts';
import { optimiserState, PthMaker, stateDict } from './make-pth.ts';
import type { SavedTraining } from './make-pth.ts';
import { bool, dict, float, int, list, none, text, tuple } from './pickle-pieces.ts';
import type { Piece } from './pickle-pieces.ts';

const config = { ...variants['all widths the least there is']!, classes: 1 };
const parameters = initialParameters(config, 'mamba', 5);
const moment1 = parameters.map((value) => value / 8);
const moment2 = parameters.map((value) => value * value);

type Entries = readonly (readonly [string, Piece])[];

const adamw: Entries = [
  ['lr', float(5e-4)],
  ['betas', tuple(float(0.8), float(0.99))],
  ['eps', float(1e-7)],
  ['weight_decay', float(0.02)],
  ['amsgrad', bool(false)],
  ['maximize', bool(false)],
];
const cosine: Entries = [
  ['T_max', int(40)],
  ['eta_min', float(1e-5)],
  ['base_lrs', list(float(1e-3))],
  ['last_epoch', int(7)],
];

interface Latest {
  readonly group?: Entries;
  readonly schedule?: Entries | undefined;
  readonly epoch?: Piece;
  readonly training?: Partial<SavedTraining>;
}

function latest({ group = adamw, schedule = cosine, epoch = int(7), training = {} }: Latest): Checkpoint {
  const maker = new PthMaker();
  const optimiser = optimiserState(maker, config, { moment1, moment2, step: 91, group, ...training });
  const root = dict([
    ['epoch', epoch],
    ['model_state_dict', stateDict(maker, config, parameters)],
    ['optimizer_state_dict', optimiser],
    ...(schedule.length === 0 ? [] : [['scheduler_state_dict', dict(schedule)] as const]),
  ]);
  const path = join(temporaryFolder(), 'latest.pth');
  writeFileSync(path, maker.zip(root));
  return readCheckpoint(path);
}

const recordOf = (checkpoint: Checkpoint): unknown => JSON.parse(checkpoint.metadata['training']!);
const without = (entries: Entries, ...names: string[]): Entries => entries.filter(([name]) => !names.includes(name));

describe('the state of an optimiser that PyTorch saved', () => {
  it('becomes moments in the order of the parameters, and a record', () => {
    const checkpoint = latest({});
    expect(checkpoint.moments).toEqual({ moment1, moment2 });
    expect(recordOf(checkpoint)).toEqual({
      epoch: 7,
      step: 91,
      optimiser: { kind: 'adamw', beta1: 0.8, beta2: 0.99, epsilon: 1e-7, weightDecay: 0.02 },
      assumedAdamW: true,
      learningRate: 1e-3,
      nextRate: 5e-4,
      schedule: { kind: 'cosine', period: 40, lowest: 1e-5 },
      scheduleEpoch: 7,
      losses: [],
    });
  });

  it('tells Adam from AdamW where the file does', () => {
    for (const [decoupled, kind] of [
      [true, 'adamw'],
      [false, 'adam'],
    ] as const) {
      const found = recordOf(latest({ group: [...adamw, ['decoupled_weight_decay', bool(decoupled)]] }));
      expect(found).toMatchObject({ optimiser: { kind }, assumedAdamW: false });
    }
  });

  it('is taken of SGD, whose second moment is nothing', () => {
    const group: Entries = [
      ['lr', float(0.01)],
      ['momentum', float(0.9)],
      ['dampening', int(0)],
      ['weight_decay', float(0.05)],
      ['nesterov', bool(false)],
    ];
    const checkpoint = latest({ group, training: { names: ['momentum_buffer'] } });
    expect(checkpoint.moments).toEqual({ moment1, moment2: new Float32Array(parameters.length) });
    expect(recordOf(checkpoint)).toMatchObject({
      step: 7,
      optimiser: { kind: 'sgd', momentum: 0.9, weightDecay: 0.05 },
    });
  });

  it.each<[string, Entries, object]>([
    ['no schedule', [], { schedule: { kind: 'constant' }, learningRate: 5e-4, scheduleEpoch: 7 }],
    [
      'StepLR',
      [
        ['step_size', int(50)],
        ['gamma', float(0.5)],
        ['base_lrs', list(float(1e-3))],
        ['last_epoch', int(7)],
      ],
      { schedule: { kind: 'step', period: 50, factor: 0.5 }, learningRate: 1e-3 },
    ],
    [
      'ReduceLROnPlateau',
      [
        ['factor', float(0.1)],
        ['min_lrs', list(float(1e-6))],
        ['patience', int(10)],
        ['cooldown', int(0)],
        ['cooldown_counter', int(0)],
        ['mode', text('min')],
        ['threshold', float(1e-4)],
        ['threshold_mode', text('rel')],
        ['best', float(0.75)],
        ['num_bad_epochs', int(2)],
        ['last_epoch', int(7)],
      ],
      {
        schedule: { kind: 'plateau', factor: 0.1, patience: 10, threshold: 1e-4, cooldown: 0, lowest: 1e-6 },
        learningRate: 5e-4,
        losses: [0.75, 0.75, 0.75],
      },
    ],
    [
      'MultiStepLR',
      [
        ['milestones', dict([])],
        ['gamma', float(0.1)],
        ['last_epoch', int(7)],
      ],
      { schedule: { kind: 'unknown', name: 'MultiStepLR' } },
    ],
    [
      'LambdaLR',
      [
        ['lr_lambdas', list(none)],
        ['base_lrs', list(float(1e-3))],
        ['last_epoch', int(7)],
      ],
      { schedule: { kind: 'unknown', name: 'LambdaLR' } },
    ],
  ])('says what the schedule is and how far: %s', (_, schedule, expected) => {
    expect(recordOf(latest({ schedule }))).toMatchObject(expected);
  });

  it.each<[string, Latest, string]>([
    ['AMSGrad', { group: [...without(adamw, 'amsgrad'), ['amsgrad', bool(true)]] }, "'amsgrad'"],
    [
      'another optimiser',
      {
        group: [
          ['lr', float(1)],
          ['alpha', float(0.9)],
          ['weight_decay', int(0)],
        ],
      },
      "'alpha'",
    ],
    ['no epoch', { epoch: none }, "'epoch'"],
    ['no learning rate', { group: without(adamw, 'lr') }, "'lr'"],
    ['moments of other names', { training: { names: ['a', 'b'] } }, "no 'exp_avg'"],
    ['half a step', { training: { step: 1.5 } }, 'no whole number of steps'],
    ['a schedule that does not say how far it is', { schedule: without(cosine, 'last_epoch') }, "'last_epoch'"],
  ])('that cannot be gone on from is no error, but a problem in words: %s', (_, change, words) => {
    const checkpoint = latest(change);
    expect(checkpoint.parameters).toEqual(parameters);
    expect(checkpoint.moments).toBeUndefined();
    expect(recordOf(checkpoint)).toEqual({ problem: expect.stringContaining(words) as string });
  });
});
