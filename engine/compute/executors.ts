/**
 * What can compute here, and the choice among it. Knows no verb. Convention: what is not what was asked for is said in
 * `choice.fallback`; an executor is used only after its self-check on this machine.
 */
import { MambrushError } from '../contract/error.ts';
import type { LongWork } from '../contract/progress.ts';
import type { ExecutorChoice } from '../contract/training.ts';
import { cpuAvailability, cpuExecutor, cpuInstructionSets } from '../executors/cpu/cpu-executor.ts';
import { referenceExecutor } from '../executors/reference/reference-executor.ts';
import type { Executor } from '../program/executor.ts';
import { namesCard } from './executor-entry.ts';
import type { ExecutorEntry } from './executor-entry.ts';
import { cardEntries, lookForCards } from './graphics-card.ts';
import { passesSelfCheck } from './self-check.ts';

const cpuEntry: ExecutorEntry = {
  executor: cpuExecutor,
  availability: cpuAvailability,
  instructionSets: cpuInstructionSets,
  secondsPerPixel: 4e-7,
};

const referenceEntry: ExecutorEntry = {
  executor: referenceExecutor,
  availability: () => ({ available: true }),
  instructionSets: () => [],
  // Measured: 1.85 s for a step of one 256×256 sample.
  secondsPerPixel: 2.8e-5,
};

/** Without graphics cards: whether one is faster is for a race to say, where there is much to do. */
const onProcessor: readonly ExecutorEntry[] = [cpuEntry, referenceEntry];

/** All, the fastest first as far as that is known; of graphics cards those that were found when last looked for. */
export function executorEntries(): readonly ExecutorEntry[] {
  return [cpuEntry, ...cardEntries(), referenceEntry];
}

export interface ComputeSettings {
  readonly executor?: string | undefined;
  readonly threads?: number | undefined;
  readonly instructionSet?: string | undefined;
}

export interface ChosenExecutor {
  /** Opens sessions with the threads and the instruction set that were asked for. */
  readonly executor: Executor;
  readonly choice: ExecutorChoice;
  readonly secondsPerPixel: number;
}

/** @throws MambrushError 'executor-unknown' naming those that there are; 'executor-unavailable' for a card that is gone */
function executorEntry(name: string): ExecutorEntry {
  const entries = executorEntries();
  const entry = entries.find(({ executor }) => executor.name === name);
  if (entry !== undefined) return entry;
  if (namesCard(name)) {
    const cards = cardEntries().filter(({ availability }) => availability().available);
    const names = cards.map(({ executor }) => `'${executor.name}'`);
    throw unavailable(name, `this machine has ${names.length === 0 ? 'no graphics card' : `only ${names.join(', ')}`}`);
  }
  const names = entries.map(({ executor }) => `'${executor.name}'`).join(', ');
  throw new MambrushError(
    'executor-unknown',
    `There is no executor '${name}'. Choose one of: 'auto', ${names}, or to predict 'onnx' or 'onnx-gpu'.`,
  );
}

function unavailable(name: string, reason = 'it is not available'): MambrushError {
  return new MambrushError('executor-unavailable', `The executor '${name}' cannot run here: ${reason}.`);
}

/** Checks that an executor can run here with these settings. @throws MambrushError saying what is missing */
export async function availableExecutor({
  executor: name = 'auto',
  ...settings
}: ComputeSettings): Promise<ExecutorEntry> {
  if (namesCard(name)) await lookForCards();
  const entry = name === 'auto' ? firstAvailable() : executorEntry(name);
  const { available, reason } = entry.availability();
  if (!available) throw unavailable(name, reason);
  const sets = entry.instructionSets();
  const { instructionSet } = settings;
  if (instructionSet !== undefined && !sets.includes(instructionSet)) {
    const choices = sets.length === 0 ? 'It has none to choose from.' : `Choose one of: ${sets.join(', ')}.`;
    throw new MambrushError(
      'instruction-set-missing',
      `The executor '${entry.executor.name}' has no instruction set '${instructionSet}' on this machine. ${choices}`,
    );
  }
  return entry;
}

function firstAvailable(): ExecutorEntry {
  return onProcessor.find(({ availability }) => availability().available) ?? referenceEntry;
}

/**
 * The executor to work with. 'auto' takes the fastest that is there and computes rightly; one that is named is taken or
 * refused, never replaced.
 * @throws MambrushError 'executor-unknown', 'executor-unavailable', 'instruction-set-missing', 'self-check-failed'
 */
export async function chooseExecutor(settings: ComputeSettings = {}, work: LongWork = {}): Promise<ChosenExecutor> {
  const { executor: name = 'auto', instructionSet } = settings;
  if (name !== 'auto') {
    const entry = await availableExecutor(settings);
    const failure = await passesSelfCheck(entry, instructionSet);
    if (failure !== undefined) throw new MambrushError('self-check-failed', `${failure} ${otherExecutors(name)}`);
    return chosen(entry, settings);
  }
  const reasons: string[] = [];
  for (const entry of onProcessor) {
    work.signal?.throwIfAborted();
    const { available, reason } = entry.availability();
    // An instruction set is a wish about a certain executor: one that lacks it is not the one that was meant.
    const lacksSet = instructionSet !== undefined && !entry.instructionSets().includes(instructionSet);
    const failure = available && !lacksSet ? await passesSelfCheck(entry, instructionSet) : undefined;
    if (available && !lacksSet && failure === undefined) return chosen(entry, settings, reasons);
    if (!available) {
      reasons.push(`The executor '${entry.executor.name}' cannot run here: ${reason ?? 'not available'}.`);
    }
    if (failure !== undefined) reasons.push(failure);
  }
  if (reasons.length === 0) await availableExecutor({ ...settings, executor: cpuEntry.executor.name });
  throw new MambrushError('executor-unavailable', `Nothing here can compute rightly. ${reasons.join(' ')}`);
}

function otherExecutors(name: string): string {
  const others = executorEntries()
    .map(({ executor }) => executor.name)
    .filter((other) => other !== name);
  return `Choose another executor: ${others.map((other) => `'${other}'`).join(', ')}.`;
}

function chosen(entry: ExecutorEntry, settings: ComputeSettings, reasons: readonly string[] = []): ChosenExecutor {
  const { executor, secondsPerPixel } = entry;
  const { threads, instructionSet } = settings;
  const fixed = { ...(threads !== undefined && { threads }), ...(instructionSet !== undefined && { instructionSet }) };
  const slower = `The executor '${executor.name}' computes instead; it is far slower.`;
  return {
    executor: {
      name: executor.name,
      description: executor.description,
      open: (program, options = {}) => executor.open(program, { ...fixed, ...options }),
    },
    choice: {
      executor: executor.name,
      description: executor.description,
      ...(reasons.length > 0 && { fallback: [...reasons, slower].join(' ') }),
    },
    secondsPerPixel,
  };
}

/** Longer than this nobody should wait without having asked for it. */
const mostFallbackSeconds = 600;

/**
 * Refuses a job that only a fallback would do and that would take it hours.
 * @param pixels to be trained on, over all epochs
 * @throws MambrushError 'executor-too-slow'
 */
export function refuseHopeless({ choice, secondsPerPixel }: ChosenExecutor, pixels: number): void {
  const seconds = pixels * secondsPerPixel;
  if (choice.fallback === undefined || seconds < mostFallbackSeconds) return;
  throw new MambrushError(
    'executor-too-slow',
    `${choice.fallback} This job would take it about ${String(Math.ceil(seconds / 3600))} h. Make the fast executor work, ` +
      `or ask for it by name ('--executor ${choice.executor}') if you want to wait.`,
  );
}

/** What a race said, beside what one before it said. @param race of the fastest and the others, milliseconds an image */
export function withRace<Chosen extends { readonly choice: ExecutorChoice }>(
  chosen: Chosen,
  race: Readonly<NonNullable<ExecutorChoice['race']>>,
  remark: string | undefined,
): Chosen {
  const { choice } = chosen;
  const before = (choice.race ?? []).filter(({ executor }) => !race.some((other) => other.executor === executor));
  const remarks = [choice.remark, remark].filter((text) => text !== undefined && text !== '');
  return {
    ...chosen,
    choice: {
      ...choice,
      ...(before.length + race.length > 0 && { race: [...before, ...race] }),
      ...(remarks.length > 0 && { remark: remarks.join(' ') }),
    },
  };
}
