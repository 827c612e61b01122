/**
 * The learning rate of an epoch, as PyTorch's schedulers of the same names have it when stepped once per epoch.
 * Convention: pure functions of the 0-based epoch and of the losses of the epochs before it, in closed form; nothing to
 * save for a resumed run but those losses.
 */
import type { ScheduleSettings } from '../contract/training-settings.ts';

/** A smaller reduction than this is not made (PyTorch's `eps`). */
const smallestReduction = 1e-8;

type Kind = ScheduleSettings['kind'];
type SettingsOf<Of extends Kind> = Extract<ScheduleSettings, { kind: Of }>;

interface Moment {
  readonly base: number;
  readonly epoch: number;
  readonly epochs: number;
  readonly losses: readonly number[];
}

/** The formula of each schedule. */
const rates: { readonly [Of in Kind]: (settings: SettingsOf<Of>, moment: Moment) => number } = {
  constant: (_, { base }) => base,
  cosine: ({ lowest, period }, { base, epoch }) =>
    lowest + ((base - lowest) * (1 + Math.cos((Math.PI * epoch) / period))) / 2,
  step: ({ factor, period }, { base, epoch, epochs }) =>
    base * factor ** Math.floor(epoch / (period ?? Math.max(1, Math.floor(epochs / 5)))),
  'warm-up-cosine': ({ warmUp }, { base, epoch, epochs }) =>
    base * warmUpCosine(epoch, epochs, warmUp ?? defaultWarmUp(epochs)),
  plateau: (settings, { base, epoch, losses }) => onPlateau(settings, base, losses.slice(0, epoch)),
};

/**
 * @param base the rate of the optimiser
 * @param epoch 0-based
 * @param epochs of the whole run
 * @param losses the monitored loss of each epoch before this one; only 'plateau' uses them
 */
export function learningRateAt<Of extends Kind>(
  schedule: SettingsOf<Of>,
  base: number,
  epoch: number,
  epochs: number,
  losses: readonly number[],
): number {
  return rates[schedule.kind](schedule, { base, epoch, epochs, losses });
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
  { factor, patience, threshold, cooldown, lowest }: SettingsOf<'plateau'>,
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
