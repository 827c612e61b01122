/**
 * The graphics cards against whatever else would compute predictions: one is taken only where it was measured faster here
 * and says the same. Not the choice among the others: that is `open-compute.ts`. Convention: measured once a process for
 * each network and size.
 */
import { MambrushError } from '../../contract/error.ts';
import type { LongWork } from '../../contract/progress.ts';
import type { ExecutorChoice } from '../../contract/training.ts';
import { exampleInputs, largestDifference, measureCompute } from '../../infer/compare-computes.ts';
import { openExecutorCompute } from '../../infer/executor-predictor.ts';
import { chooseExecutor, withRace } from '../../compute/executors.ts';
import { findRealCards } from '../../compute/graphics-card.ts';
import type { ChosenCompute, ComputeRequest } from './chosen-compute.ts';

export interface RaceTerms {
  /** Images at once. */
  readonly batch: number;
  /** Of probabilities. */
  readonly allowedDifference: number;
}

type RaceEntry = NonNullable<ExecutorChoice['race']>[number];

interface Verdict {
  readonly race: readonly RaceEntry[];
  readonly remark: string;
}

/** Of races that the cards lost. */
const lost = new Map<string, Verdict>();

/**
 * @param find cards to race against, where there are any
 * @returns the card that wins, else `best`; what is not returned is closed
 */
export async function raceCardsForPrediction(
  request: ComputeRequest,
  best: ChosenCompute,
  terms: RaceTerms,
  work: LongWork,
  find = findRealCards,
): Promise<ChosenCompute> {
  const found = await find();
  if ('reason' in found) return best;
  const { network, size, settings } = request;
  const key = JSON.stringify([network.config, size, settings, best.choice.executor]);
  const known = lost.get(key);
  if (known !== undefined) return withRace(best, known.race, known.remark);
  const { batch } = terms;
  const inputs = exampleInputs({ ...size, channels: network.config.inputChannels }, batch);
  const rivals: ChosenCompute[] = [];
  const refusals: string[] = [];
  for (const { executor } of found.cards) {
    try {
      // Comparing the two warms both up.
      rivals.push(await openRival(request, executor.name, best, terms, work));
    } catch (error) {
      if (!(error instanceof MambrushError)) throw error;
      refusals.push(`'${executor.name}' is not used: ${error.message}`);
    }
  }
  const race: RaceEntry[] = [];
  let winner = best;
  for (const candidate of rivals.length === 0 ? [] : [best, ...rivals]) {
    const milliseconds = (await measureCompute(candidate.compute, inputs)) / batch;
    if (race.every((entry) => milliseconds < entry.milliseconds)) winner = candidate;
    race.push({ executor: candidate.choice.executor, milliseconds });
  }
  await Promise.all([best, ...rivals].filter((other) => other !== winner).map((other) => other.close()));
  const remark = refusals.join(' ');
  if (winner === best) lost.set(key, { race, remark });
  return withRace(winner, race, remark);
}

/** @throws MambrushError, closed, when it does not say the same as `best` */
async function openRival(
  { network, size }: ComputeRequest,
  name: string,
  best: ChosenCompute,
  { batch, allowedDifference }: RaceTerms,
  work: LongWork,
): Promise<ChosenCompute> {
  const { executor, choice } = await chooseExecutor({ executor: name }, work);
  const rival = await openExecutorCompute(executor, network.config, network.parameters, size, batch);
  try {
    const inputs = exampleInputs({ ...size, channels: network.config.inputChannels }, batch);
    const difference = await largestDifference(best.compute, rival.compute, inputs);
    if (difference <= allowedDifference) return { ...rival, choice };
    throw new MambrushError('gpu-error', `its probabilities differ by ${difference.toExponential(1)} here.`);
  } catch (error) {
    await rival.close();
    throw error;
  }
}
