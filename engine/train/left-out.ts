/**
 * Which samples a run leaves out, and why. Convention: leaving out is never silent: the run says it once.
 *
 * Constant images are left out of training because they break it: their features have no variance anywhere, and the
 * gradient grows by 1/√eps ≈ 316 in each of the 22 normalizations it passes: 1e38 to 1e46 was measured in the first step
 * of a fresh network. They are validated and predicted like all others.
 */
export type LeftOutReason = 'missing' | 'unlabelled' | 'constant';

export type LeftOut = Record<LeftOutReason, number>;

export function nothingLeftOut(): LeftOut {
  return { missing: 0, unlabelled: 0, constant: 0 };
}

export function countLeftOut({ missing, unlabelled, constant }: Readonly<LeftOut>): number {
  return missing + unlabelled + constant;
}

const words: Readonly<Record<LeftOutReason, string>> = {
  missing: 'have no prepared sample',
  unlabelled: 'have no labeled pixel',
  constant: 'are of one single color',
};

/** @returns a sentence, undefined when nothing is left out */
export function describeLeftOut(part: 'training' | 'validation', leftOut: Readonly<LeftOut>): string | undefined {
  const count = countLeftOut(leftOut);
  if (count === 0) return undefined;
  const reasons = (Object.keys(words) as LeftOutReason[])
    .filter((reason) => leftOut[reason] > 0)
    .map((reason) => `${leftOut[reason]} ${words[reason]}`);
  return `Left out of the ${part} images: ${count}, of which ${reasons.join(', ')}.`;
}
