/**
 * The executor that is asked for, or the fastest that is known to be there. Not a race: that is `race.ts`. Convention: what
 * is not what was asked for is said in `choice.fallback`; an executor is used only after its self-check on this machine.
 */
import { MambrushError } from '../contract/error.ts';
import { fallbackText, refusalText } from '../contract/fallback.ts';
import type { Fallback, Refusal } from '../contract/fallback.ts';
import type { LongWork } from '../contract/progress.ts';
import type { ComputeSettings, ExecutorChoice } from '../contract/training.ts';
import type { Executor } from '../program/executor.ts';
import { knownDevices } from './compute.ts';
import type { Compute } from './compute.ts';
import { namesCard, processorDevices } from './device.ts';
import type { Device } from './device.ts';
import { refusedBySelfCheck } from './self-check.ts';

export interface ChosenExecutor {
  /** Opens sessions with the threads and the instruction set that were asked for. */
  readonly executor: Executor;
  readonly choice: ExecutorChoice;
  readonly secondsPerPixel: number;
}

/**
 * The executor to work with. 'auto' takes the first on the processor that is there and computes rightly; one that is named
 * is taken or refused, never replaced.
 * @throws MambrushError 'executor-unknown', 'executor-unavailable', 'instruction-set-missing', 'self-check-failed'
 */
export async function chooseExecutor(
  compute: Compute,
  settings: ComputeSettings = {},
  work: LongWork = {},
): Promise<ChosenExecutor> {
  const { executor: name = 'auto', instructionSet } = settings;
  if (name !== 'auto') {
    const device = await availableDevice(compute, settings);
    const refused = await refusedBySelfCheck(compute, device, instructionSet);
    if (refused === undefined) return chosenExecutor(device, settings);
    throw new MambrushError('self-check-failed', `${refusalText(refused)} ${otherExecutors(compute, name)}`);
  }
  const refusals: Refusal[] = [];
  for (const device of processorDevices()) {
    work.signal?.throwIfAborted();
    // An instruction set is asked of a certain executor: one that lacks it is not the one that was meant.
    const lacksSet = instructionSet !== undefined && !device.instructionSets.includes(instructionSet);
    const { unavailable: reason, executor } = device;
    if (reason !== undefined) refusals.push({ code: 'executor-unavailable', executor: executor.name, reason });
    else if (!lacksSet) {
      const refused = await refusedBySelfCheck(compute, device, instructionSet);
      if (refused === undefined) {
        const fallback: Fallback | undefined = refusals.length > 0 ? { refusals, instead: 'reference' } : undefined;
        return chosenExecutor(device, settings, fallback);
      }
      refusals.push(refused);
    }
  }
  if (refusals.length === 0) await availableDevice(compute, { ...settings, executor: 'cpu' });
  const reasons = refusals.map(refusalText).join(' ');
  throw new MambrushError('executor-unavailable', `Nothing here can compute rightly. ${reasons}`);
}

/** Checks that an executor can run here with these settings. @throws MambrushError saying what is missing */
export async function availableDevice(
  compute: Compute,
  { executor: name = 'auto', instructionSet }: ComputeSettings,
): Promise<Device> {
  if (namesCard(name)) await compute.cards.find();
  const device = name === 'auto' ? firstAvailable() : namedDevice(compute, name);
  const { unavailable, instructionSets } = device;
  if (unavailable !== undefined) throw unavailableError(name, unavailable);
  if (instructionSet === undefined || instructionSets.includes(instructionSet)) return device;
  const choices =
    instructionSets.length === 0 ? 'It has none to choose from.' : `Choose one of: ${instructionSets.join(', ')}.`;
  throw new MambrushError(
    'instruction-set-missing',
    `The executor '${device.executor.name}' has no instruction set '${instructionSet}' on this machine. ${choices}`,
  );
}

function firstAvailable(): Device {
  const [cpu, reference] = processorDevices();
  return cpu.unavailable === undefined ? cpu : reference;
}

/** @throws MambrushError 'executor-unknown' naming those that there are; 'executor-unavailable' for a card that is gone */
function namedDevice(compute: Compute, name: string): Device {
  const devices = knownDevices(compute);
  const device = devices.find(({ executor }) => executor.name === name);
  if (device !== undefined) return device;
  if (namesCard(name)) {
    const cards = compute.cards.known.filter(({ unavailable }) => unavailable === undefined);
    throw unavailableError(
      name,
      `this machine has ${cards.length === 0 ? 'no graphics card' : `only ${namesOf(cards)}`}`,
    );
  }
  throw new MambrushError(
    'executor-unknown',
    `There is no executor '${name}'. Choose one of: 'auto', ${namesOf(devices)}, or to predict 'onnx' or 'onnx-gpu'.`,
  );
}

function unavailableError(executor: string, reason: string): MambrushError {
  return new MambrushError('executor-unavailable', refusalText({ code: 'executor-unavailable', executor, reason }));
}

function otherExecutors(compute: Compute, name: string): string {
  const others = knownDevices(compute).filter(({ executor }) => executor.name !== name);
  return `Choose another executor: ${namesOf(others)}.`;
}

function namesOf(devices: readonly Device[]): string {
  return devices.map(({ executor }) => `'${executor.name}'`).join(', ');
}

/** A device that was checked, with what was asked for. */
export function chosenExecutor(
  { executor, secondsPerPixel }: Device,
  { threads, instructionSet }: ComputeSettings,
  fallback?: Fallback,
): ChosenExecutor {
  const { name, description } = executor;
  const fixed = { ...(threads !== undefined && { threads }), ...(instructionSet !== undefined && { instructionSet }) };
  return {
    executor: { name, description, open: (program, options = {}) => executor.open(program, { ...fixed, ...options }) },
    choice: { executor: name, description, ...(fallback !== undefined && { fallback }) },
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
    `${fallbackText(choice.fallback)} This job would take it about ${String(Math.ceil(seconds / 3600))} h. Make the fast ` +
      `executor work, or ask for it by name ('--executor ${choice.executor}') if you want to wait.`,
  );
}
