/**
 * Lays scratch tensors out in one arena so that tensors whose lives do not overlap share bytes. Not an allocator: it runs
 * once, when a program is built.
 * Convention: lives are inclusive ranges of operation positions; every tensor starts on 64 bytes and is followed by at
 * least 64 spare bytes, so that a kernel may read one vector past its end.
 */
import { sizeOf } from './operation.ts';
import type { Operation, Tensor } from './program.ts';

export interface Life {
  readonly id: number;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

export interface MemoryPlan {
  readonly offsets: ReadonlyMap<number, number>;
  readonly bytes: number;
}

const alignment = 64;

/**
 * Greedy by size, each tensor at the lowest gap that fits among those alive with it (Pisarchyk & Lee 2020,
 * arXiv 2001.03288, 'greedy by size').
 * @returns offsets in bytes by tensor id, and the arena's size
 */
export function planMemory(lives: readonly Life[]): MemoryPlan {
  const placed: (Life & { readonly offset: number; readonly end: number })[] = [];
  const offsets = new Map<number, number>();
  let total = 0;
  for (const life of [...lives].sort((a, b) => b.bytes - a.bytes || a.id - b.id)) {
    const size = Math.ceil(life.bytes / alignment) * alignment + alignment;
    let offset = 0;
    for (const other of placed) {
      if (other.first > life.last || other.last < life.first) continue;
      if (offset + size <= other.offset) break;
      offset = Math.max(offset, other.end);
    }
    const end = offset + size;
    const position = placed.findIndex((other) => other.offset > offset);
    placed.splice(position < 0 ? placed.length : position, 0, { ...life, offset, end });
    offsets.set(life.id, offset);
    total = Math.max(total, end);
  }
  return { offsets, bytes: total };
}

/** From the first write to the last read of every scratch tensor, operations in the order in which they run. */
export function scratchLives(
  tensors: readonly Pick<Tensor, 'id' | 'shape' | 'type' | 'storage'>[],
  operations: readonly Pick<Operation, 'inputs' | 'outputs'>[],
): readonly Life[] {
  const ranges = rangesOfUse(operations.map(({ inputs, outputs }) => [...inputs, ...outputs]));
  return tensors.flatMap(({ id, shape, type, storage }) => {
    const range = ranges.get(id);
    if (storage !== 'scratch' || range === undefined) return [];
    return [{ id, bytes: sizeOf(shape) * (type === 'u8' ? 1 : 4), ...range }];
  });
}

/** Of each tensor, from the first operation that uses it to the last. @param uses ids, operation by operation */
export function rangesOfUse(
  uses: readonly (readonly (number | undefined)[])[],
): ReadonlyMap<number, Pick<Life, 'first' | 'last'>> {
  const ranges = new Map<number, Pick<Life, 'first' | 'last'>>();
  uses.forEach((ids, position) => {
    for (const id of ids) {
      if (id !== undefined) ranges.set(id, { first: ranges.get(id)?.first ?? position, last: position });
    }
  });
  return ranges;
}
