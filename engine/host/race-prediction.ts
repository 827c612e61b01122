/**
 * The graphics card against whatever else would compute predictions: taken only where it was measured faster here and says
 * the same. Not the choice among the others: that is `open-compute.ts`. Convention: measured once a process for each
 * network and size.
 */
import { MambrushError } from '../contract/error.ts';
import type { LongWork } from '../contract/progress.ts';
import { exampleInputs, largestDifference, measureCompute } from '../infer/compare-computes.ts';
import { openExecutorCompute } from '../infer/executor-predictor.ts';
import { chooseExecutor } from './executors.ts';
import { findRealCard } from './graphics-card.ts';
import type { ChosenCompute, ComputeRequest } from './open-compute.ts';

export interface CardRace {
  /** Images at once. */
  readonly batch: number;
  /** Of probabilities. */
  readonly allowedDifference: number;
}

/** Remarks of races that the card lost. */
const lost = new Map<string, string>();

/**
 * @param find a card to race against, where there is one
 * @returns the card where it wins, else `best`; what is not returned is closed
 */
export async function raceCardForPrediction(
  request: ComputeRequest,
  best: ChosenCompute,
  { batch, allowedDifference }: CardRace,
  work: LongWork,
  find = findRealCard,
): Promise<ChosenCompute> {
  const card = await find();
  if ('reason' in card) return best;
  const { network, size, settings } = request;
  const key = JSON.stringify([network.config, size, settings, best.choice.executor]);
  const known = lost.get(key);
  if (known !== undefined) return remarked(best, known);
  try {
    const { executor, choice } = await chooseExecutor({ executor: 'webgpu' }, work);
    const rival = await openExecutorCompute(executor, network.config, network.parameters, size, batch);
    try {
      const inputs = exampleInputs({ ...size, channels: network.config.inputChannels }, batch);
      const difference = await largestDifference(best.compute, rival.compute, inputs);
      if (!(difference <= allowedDifference)) {
        throw new MambrushError('gpu-error', `its probabilities differ by ${difference.toExponential(1)} here.`);
      }
      const [mine, theirs] = [
        await measureCompute(best.compute, inputs),
        await measureCompute(rival.compute, inputs),
      ].map((ms) => ms / batch) as [number, number];
      if (theirs < mine) {
        await best.close();
        const remark = `measured here: ${theirs.toFixed(1)} ms an image, ${best.choice.executor} ${mine.toFixed(1)} ms`;
        return remarked({ ...rival, choice }, remark);
      }
      lost.set(key, `webgpu ${theirs.toFixed(1)} ms`);
    } catch (error) {
      await rival.close();
      throw error;
    }
    await rival.close();
  } catch (error) {
    if (!(error instanceof MambrushError)) throw error;
    lost.set(key, `the graphics card is not used: ${error.message}`);
  }
  return remarked(best, lost.get(key));
}

function remarked(compute: ChosenCompute, remark: string | undefined): ChosenCompute {
  if (remark === undefined) return compute;
  const { description } = compute.choice;
  // A race before this one has said something in the same place.
  const said = description.endsWith(')') ? `${description.slice(0, -1)}, ${remark})` : `${description} (${remark})`;
  return { ...compute, choice: { ...compute.choice, description: said } };
}
