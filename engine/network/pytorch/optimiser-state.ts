/**
 * The optimiser's and the schedule's state in a file such as the reference's `latest.pth`, as our moments and settings.
 * Convention: what we cannot go on from is no error here, because the network itself can still be used: it is a 'problem'
 * in words, told to whoever wants to go on.
 * Source: torch/optim/{adam,adamw,sgd}.py and lr_scheduler.py, their state_dict().
 */
import { StridedTensor } from './pickle-values.ts';
import type { PickleValue } from './pickle-values.ts';
import { listed } from './pth-error.ts';
import type { TrainingPosition, TrainingRecord } from './training-record.ts';

export interface OptimiserState {
  readonly record: TrainingRecord;
  /** By parameter; empty where there is a problem. `moment2` is zero with SGD and then absent. */
  readonly moment1: ReadonlyMap<string, StridedTensor>;
  readonly moment2: ReadonlyMap<string, StridedTensor>;
}

type Dictionary = ReadonlyMap<PickleValue, PickleValue>;

class Problem extends Error {}

function problem(what: string): never {
  throw new Problem(what);
}

/**
 * @param names of the parameters, in the order in which the optimiser numbers them
 * @param scalar reads a tensor of one element
 * @returns undefined when nothing of an optimiser was saved
 */
export function readOptimiserState(
  root: PickleValue,
  names: ReadonlyMap<string, StridedTensor>,
  scalar: (tensor: StridedTensor) => number,
): OptimiserState | undefined {
  if (!(root instanceof Map)) return undefined;
  const saved = dictionaryAt(root, ['optimizer_state_dict', 'optimizer', 'optimiser_state_dict']);
  if (saved === undefined) return undefined;
  try {
    return readState(root, saved, names, scalar);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { record: { problem: error.message }, moment1: new Map(), moment2: new Map() };
  }
}

function readState(
  root: Dictionary,
  saved: Dictionary,
  names: ReadonlyMap<string, StridedTensor>,
  scalar: (tensor: StridedTensor) => number,
): OptimiserState {
  const state = saved.get('state');
  const groups = saved.get('param_groups');
  if (!(state instanceof Map) || !Array.isArray(groups)) return problem('its optimiser state has another form');
  const [group] = groups;
  if (!(group instanceof Map) || groups.length !== 1) {
    return problem(`its optimiser has ${String(groups.length)} groups of parameters with settings of their own`);
  }
  const numbers = group.get('params');
  if (!Array.isArray(numbers) || numbers.length !== names.size) {
    return problem('its optimiser has another number of parameters than the network');
  }
  const { optimiser, assumedAdamW } = optimiserOf(group);
  const first = optimiser.kind === 'sgd' ? 'momentum_buffer' : 'exp_avg';
  const second = optimiser.kind === 'sgd' ? undefined : 'exp_avg_sq';
  const moment1 = new Map<string, StridedTensor>();
  const moment2 = new Map<string, StridedTensor>();
  const steps = new Set<number>();
  for (const [i, [name, parameter]] of [...names].entries()) {
    const own = state.get(numbers[i]!);
    const take = (key: string): StridedTensor => {
      const moment = own instanceof Map ? own.get(key) : undefined;
      const fits = moment instanceof StridedTensor && moment.shape.join() === parameter.shape.join();
      return fits ? moment : problem(`its optimiser has no '${key}' of the right shape for '${name}'`);
    };
    moment1.set(name, take(first));
    if (second !== undefined) moment2.set(name, take(second));
    if (own instanceof Map && own.has('step')) steps.add(stepOf(own.get('step'), scalar));
  }
  if (steps.size > 1) problem('its optimiser has counted the steps of its parameters differently');
  const epoch = wholeAt(root, 'epoch') ?? problem("it does not say how many epochs it has done ('epoch')");
  const rates = scheduleOf(root, group, epoch);
  // SGD counts no steps, and does not need to: one per epoch keeps the count growing.
  const step = [...steps][0] ?? (optimiser.kind === 'sgd' ? epoch : problem('its optimiser has counted no steps'));
  return { record: { epoch, step, optimiser, assumedAdamW, ...rates }, moment1, moment2 };
}

function stepOf(value: PickleValue | undefined, scalar: (tensor: StridedTensor) => number): number {
  // Each has a storage of its own; a large one would be read once per parameter.
  const isScalar = value instanceof StridedTensor && value.size === 1 && value.storage.count <= 1024;
  const step = isScalar ? scalar(value) : value;
  return typeof step === 'number' && Number.isSafeInteger(step) && step >= 0
    ? step
    : problem('its optimiser has counted no whole number of steps');
}

type Rates = Pick<TrainingPosition, 'learningRate' | 'nextRate' | 'schedule' | 'scheduleEpoch' | 'losses'>;

function optimiserOf(group: Dictionary): Pick<TrainingPosition, 'optimiser' | 'assumedAdamW'> {
  for (const key of ['amsgrad', 'maximize', 'nesterov']) {
    if (group.get(key) === true) problem(`its optimiser uses '${key}', which is not supported`);
  }
  const weightDecay = numberAt(group, 'weight_decay');
  const betas = group.get('betas');
  if (Array.isArray(betas)) {
    const [beta1, beta2] = betas;
    if (typeof beta1 !== 'number' || typeof beta2 !== 'number') {
      return problem("its optimiser's 'betas' are no numbers");
    }
    const decoupled = group.get('decoupled_weight_decay');
    const kind = decoupled === false ? ('adam' as const) : ('adamw' as const);
    const optimiser = { kind, beta1, beta2, epsilon: numberAt(group, 'eps'), weightDecay };
    return { optimiser, assumedAdamW: typeof decoupled !== 'boolean' };
  }
  if (group.has('dampening') && group.has('momentum')) {
    if (group.get('dampening') !== 0) problem("its optimiser uses 'dampening', which is not supported");
    const momentum = numberAt(group, 'momentum');
    if (momentum === 0) problem('its optimiser is SGD without momentum, which has nothing to go on from');
    return { optimiser: { kind: 'sgd', momentum, weightDecay }, assumedAdamW: false };
  }
  return problem(`its optimiser is not AdamW, Adam or SGD (it has ${listed(textKeys(group))})`);
}

function scheduleOf(root: Dictionary, group: Dictionary, epoch: number): Rates {
  const nextRate = numberAt(group, 'lr');
  const saved = dictionaryAt(root, ['scheduler_state_dict', 'scheduler', 'lr_scheduler']);
  if (saved === undefined) {
    return { learningRate: nextRate, nextRate, schedule: { kind: 'constant' }, scheduleEpoch: epoch, losses: [] };
  }
  const [base] = arrayAt(saved, 'base_lrs');
  const initial = group.get('initial_lr');
  const learningRate = typeof base === 'number' ? base : typeof initial === 'number' ? initial : nextRate;
  const scheduleEpoch =
    wholeAt(saved, 'last_epoch') ?? problem("its schedule does not say how far it is ('last_epoch')");
  const rest = { learningRate, nextRate, scheduleEpoch, losses: [] };
  const has = (...keys: readonly string[]): boolean => keys.every((key) => saved.has(key));
  if (has('T_max', 'eta_min')) {
    const schedule = { kind: 'cosine' as const, period: numberAt(saved, 'T_max'), lowest: numberAt(saved, 'eta_min') };
    return { ...rest, schedule };
  }
  if (has('step_size', 'gamma')) {
    const schedule = { kind: 'step' as const, period: numberAt(saved, 'step_size'), factor: numberAt(saved, 'gamma') };
    return { ...rest, schedule };
  }
  if (has('num_bad_epochs', 'patience')) return plateauOf(saved, rest);
  const names: readonly (readonly [key: string, name: string])[] = [
    ['milestones', 'MultiStepLR'],
    ['T_0', 'CosineAnnealingWarmRestarts'],
    ['lr_lambdas', 'LambdaLR'],
    ['gamma', 'ExponentialLR'],
  ];
  const name = names.find(([key]) => saved.has(key))?.[1] ?? listed(textKeys(saved));
  return { ...rest, schedule: { kind: 'unknown', name } };
}

function plateauOf(saved: Dictionary, rest: Omit<Rates, 'schedule'>): Rates {
  if (saved.get('mode') !== 'min' || saved.get('threshold_mode') !== 'rel') {
    problem('its schedule ReduceLROnPlateau does not wait for a relative fall of the loss');
  }
  if (numberAt(saved, 'cooldown_counter') > 0) problem('its schedule ReduceLROnPlateau is cooling down');
  const [lowest] = arrayAt(saved, 'min_lrs');
  const best = numberAt(saved, 'best');
  const bad = wholeAt(saved, 'num_bad_epochs') ?? 0;
  if (bad >= rest.scheduleEpoch && bad > 0) problem('its schedule ReduceLROnPlateau has waited longer than it runs');
  if (bad > 100_000) problem('its schedule ReduceLROnPlateau has waited for more than 100000 epochs');
  return {
    ...rest,
    // From here on it is only lowered further.
    learningRate: rest.nextRate,
    losses: Number.isFinite(best) ? Array.from({ length: 1 + bad }, () => best) : [],
    schedule: {
      kind: 'plateau',
      factor: numberAt(saved, 'factor'),
      patience: numberAt(saved, 'patience'),
      threshold: numberAt(saved, 'threshold'),
      cooldown: numberAt(saved, 'cooldown'),
      lowest: typeof lowest === 'number' ? lowest : 0,
    },
  };
}

function dictionaryAt(from: Dictionary, keys: readonly string[]): Dictionary | undefined {
  for (const key of keys) {
    const value = from.get(key);
    if (value instanceof Map) return value;
  }
  return undefined;
}

function numberAt(from: Dictionary, key: string): number {
  const value = from.get(key);
  return typeof value === 'number' ? value : problem(`its '${key}' is no number`);
}

function wholeAt(from: Dictionary, key: string): number | undefined {
  const value = from.get(key);
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function arrayAt(from: Dictionary, key: string): readonly PickleValue[] {
  const value = from.get(key);
  return Array.isArray(value) ? value : [];
}

function textKeys(from: Dictionary): readonly string[] {
  return [...from.keys()].filter((key) => typeof key === 'string');
}
