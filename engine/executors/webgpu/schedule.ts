/**
 * Kernels that do not depend on each other run in one dispatch: the five scales of the bridge together, the gradient of a
 * weight beside the gradient of the input. Only the order among kernels that touch the same memory is kept.
 * Convention: a kernel's level is one more than the highest level of those before it that it must wait for.
 */
import type { Kernel } from './kernel.ts';
import type { Place } from './program-plan.ts';

interface Range {
  readonly buffer: string;
  readonly start: number;
  readonly end: number;
  readonly writes: boolean;
}

/** What a kernel touches, of one sample. Parts of gradients belong to one kernel alone; parameters are only read. */
function rangesOf({ accesses }: Kernel, places: readonly Place[]): readonly Range[] {
  const ranges = new Map<string, Range>();
  for (const access of accesses) {
    if (access.kind === 'parts') continue;
    const place = places[access.id];
    if (place === undefined || place.buffer === 'blocks') continue;
    const { buffer, base, size } = place;
    const key = `${buffer} ${base} ${size}`;
    const writes = access.writes || (ranges.get(key)?.writes ?? false);
    ranges.set(key, { buffer, start: base, end: base + size, writes });
  }
  return [...ranges.values()];
}

function conflict(a: readonly Range[], b: readonly Range[]): boolean {
  return a.some((one) =>
    b.some(
      (other) =>
        (one.writes || other.writes) && one.buffer === other.buffer && one.start < other.end && other.start < one.end,
    ),
  );
}

/** @returns kernels by dispatch, in order */
export function scheduleKernels(kernels: readonly Kernel[], places: readonly Place[]): readonly (readonly Kernel[])[] {
  const levels: { readonly kernel: Kernel; readonly ranges: readonly Range[] }[][] = [];
  for (const kernel of kernels) {
    const ranges = rangesOf(kernel, places);
    const last = levels.findLastIndex((level) => level.some((other) => conflict(ranges, other.ranges)));
    (levels[last + 1] ??= []).push({ kernel, ranges });
  }
  return levels.map((level) => level.map(({ kernel }) => kernel));
}
