/**
 * Which kernels share a dispatch. Beside each other: kernels that do not depend on each other, as the five scales of the
 * bridge. After each other in the same workgroup: kernels of tokens of which one reads what another wrote for the same
 * token, as norm, projection and sum of a PVM layer. Only the order among kernels that touch the same memory is kept.
 * Convention: a kernel's level is one more than the highest level of those before it that it must wait for.
 */
import type { Kernel } from './kernel.ts';
import type { BufferRegion } from './program-plan.ts';

/** Kernels that one workgroup runs one after the other on its tokens; most often a single one. */
export type Chain = readonly Kernel[];

interface Range {
  readonly id: number;
  readonly buffer: string;
  readonly start: number;
  readonly end: number;
  readonly writes: boolean;
  /** Only elements of the token at work. */
  readonly isLocal: boolean;
}

interface Placed {
  readonly kernel: Kernel;
  readonly ranges: readonly Range[];
}

/** What a kernel touches, of one sample. Parts of gradients belong to one kernel alone; parameters are only read. */
function rangesOf({ accesses, tokens }: Kernel, regions: readonly BufferRegion[]): readonly Range[] {
  const ranges = new Map<string, Range>();
  for (const access of accesses) {
    if (access.kind === 'parts') continue;
    const region = regions[access.id];
    if (region === undefined || region.buffer === 'blocks') continue;
    const { buffer, base, size } = region;
    const { id, writes } = access;
    const isLocal = tokens !== undefined && (writes || !tokens.readsNeighbors);
    ranges.set(`${id} ${writes}`, { id, buffer, start: base, end: base + size, writes, isLocal });
  }
  return [...ranges.values()];
}

function conflicts(a: readonly Range[], b: readonly Range[]): readonly (readonly [Range, Range])[] {
  return a.flatMap((one) =>
    b
      .filter(
        (other) =>
          (one.writes || other.writes) && one.buffer === other.buffer && one.start < other.end && other.start < one.end,
      )
      .map((other) => [one, other] as const),
  );
}

function touches(chain: readonly Placed[], { ranges }: Placed): boolean {
  return chain.some((member) => conflicts(member.ranges, ranges).length > 0);
}

/** Whether a workgroup that has run the chain on some tokens may run the kernel on the same ones. */
function mayFollow(chain: readonly Placed[], { kernel, ranges }: Placed): boolean {
  return chain.every(
    (member) =>
      kernel.tokens !== undefined &&
      member.kernel.tokens?.count === kernel.tokens.count &&
      conflicts(member.ranges, ranges).every(([one, other]) => one.id === other.id && one.isLocal && other.isLocal),
  );
}

/** @returns chains by dispatch, in order */
export function scheduleKernels(
  kernels: readonly Kernel[],
  regions: readonly BufferRegion[],
): readonly (readonly Chain[])[] {
  const levels: Placed[][][] = [];
  for (const kernel of kernels) {
    const placed = { kernel, ranges: rangesOf(kernel, regions) };
    const last = levels.findLastIndex((level) => level.some((chain) => touches(chain, placed)));
    const touched = levels[last]?.filter((chain) => touches(chain, placed)) ?? [];
    const [only] = touched;
    if (touched.length === 1 && only !== undefined && mayFollow(only, placed)) only.push(placed);
    else (levels[last + 1] ??= []).push([placed]);
  }
  return levels.map((level) => level.map((chain) => chain.map(({ kernel }) => kernel)));
}
