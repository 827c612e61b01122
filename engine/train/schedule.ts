/**
 * The learning rate of an epoch, as PyTorch's schedulers of the same names have it when stepped once per epoch.
 * Convention: pure functions of the 0-based epoch and of the losses of the epochs before it, in closed form; nothing to
 * save for a resumed run but those losses.
 */
import type { ScheduleSettings } from './training-settings.ts';

/** A smaller reduction than this is not made (PyTorch's `eps`). */
const smallestReduction = 1e-8;

/**
 * @param base the rate of the optimiser
 * @param epoch 0-based
 * @param epochs of the whole run
 * @param losses the monitored loss of each epoch before this one; only 'plateau' looks at them
 */
export function learningRateAt(
  schedule: ScheduleSettings,
  base: number,
  epoch: number,
  epochs: number,
  losses: readonly number[],
): number {
  switch (schedule.kind) {
    case 'constant':
      return base;
    case 'cosine':
      return schedule.lowest + ((base - schedule.lowest) * (1 + Math.cos((Math.PI * epoch) / schedule.period))) / 2;
    case 'step':
      return base * schedule.factor ** Math.floor(epoch / (schedule.period ?? Math.max(1, Math.floor(epochs / 5))));
    case 'warm-up-cosine':
      return base * warmUpCosine(epoch, epochs, schedule.warmUp ?? defaultWarmUp(epochs));
    case 'plateau':
      return onPlateau(schedule, base, losses.slice(0, epoch));
  }
}

function defaultWarmUp(epochs: number): number {
  return Math.min(20, Math.max(1, Math.floor(epochs / 5)));
}

/** The reference's 'WP_CosineLR': its first epoch has the rate 0 and only fills the optimiser's moments. */
function warmUpCosine(epoch: number, epochs: number, warmUp: number): number {
  if (epoch <= warmUp) return epoch / warmUp;
  return 0.5 * (Math.cos(((epoch - warmUp) / (epochs - warmUp)) * Math.PI) + 1);
}

/** ReduceLROnPlateau, mode 'min', threshold mode 'rel'. */
function onPlateau(
  { factor, patience, threshold, cooldown, lowest }: Extract<ScheduleSettings, { kind: 'plateau' }>,
  base: number,
  losses: readonly number[],
): number {
  let rate = base;
  let best = Infinity;
  let bad = 0;
  let cooling = 0;
  for (const loss of losses) {
    if (loss < best * (1 - threshold)) {
      best = loss;
      bad = 0;
    } else bad++;
    if (cooling > 0) {
      cooling--;
      bad = 0;
    }
    if (bad <= patience) continue;
    const reduced = Math.max(rate * factor, lowest);
    if (rate - reduced > smallestReduction) rate = reduced;
    cooling = cooldown;
    bad = 0;
  }
  return rate;
}
