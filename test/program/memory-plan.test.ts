import { describe, expect, it } from 'vitest';
import { planMemory } from '../../engine/program/memory-plan.ts';
import type { Life } from '../../engine/program/memory-plan.ts';
import { Random } from '../../engine/random.ts';

function randomLives(random: Random): readonly Life[] {
  const positions = 1 + random.integer(30);
  return Array.from({ length: 1 + random.integer(40) }, (_, id) => {
    const first = random.integer(positions);
    const last = first + random.integer(positions - first);
    const bytes = random.integer(4) === 0 ? random.integer(130) : random.integer(5000);
    return { id, bytes, first, last };
  });
}

const overlap = (a0: number, a1: number, b0: number, b1: number): boolean => a0 < b1 && b0 < a1;

describe('a memory plan', () => {
  it('never lets two tensors share bytes, or the 64 spare ones behind them, while both are alive', () => {
    for (let seed = 0; seed < 300; seed++) {
      const lives = randomLives(new Random(seed));
      const { offsets, bytes } = planMemory(lives);
      const placed = lives.map((life) => ({ ...life, offset: offsets.get(life.id) ?? NaN }));
      for (const a of placed) {
        expect(a.offset % 64).toBe(0);
        expect(a.offset + a.bytes + 64).toBeLessThanOrEqual(bytes);
        for (const b of placed) {
          if (a.id >= b.id || a.first > b.last || b.first > a.last) continue;
          const shared = overlap(a.offset, a.offset + a.bytes + 64, b.offset, b.offset + b.bytes + 64);
          expect(shared, `seed ${String(seed)}, tensors ${String(a.id)} and ${String(b.id)}`).toBe(false);
        }
      }
    }
  });

  it('takes no more than the tensors alone would, and no less than those alive at one time', () => {
    for (let seed = 300; seed < 400; seed++) {
      const lives = randomLives(new Random(seed));
      const padded = ({ bytes }: Life): number => Math.ceil(bytes / 64) * 64 + 64;
      const total = lives.reduce((sum, life) => sum + padded(life), 0);
      const alive = Array.from({ length: 30 }, (_, at) =>
        lives.filter(({ first, last }) => first <= at && at <= last).reduce((sum, { bytes }) => sum + bytes, 0),
      );
      const { bytes } = planMemory(lives);
      expect(bytes).toBeLessThanOrEqual(total);
      expect(bytes).toBeGreaterThanOrEqual(Math.max(...alive));
    }
  });

  it('gives a chain of equal tensors two places, for an operation reads one and writes the next', () => {
    const lives = Array.from({ length: 10 }, (_, id) => ({ id, bytes: 1000, first: id, last: id + 1 }));
    expect(planMemory(lives).bytes).toBe(2 * (1024 + 64));
  });

  it('is empty for nothing', () => {
    expect(planMemory([])).toEqual({ offsets: new Map(), bytes: 0 });
  });

  it('is the same for the same lives in another order', () => {
    const lives = randomLives(new Random(5));
    const shuffled = new Random(6).shuffled(lives);
    expect(planMemory(shuffled).bytes).toBe(planMemory(lives).bytes);
    for (const { id } of lives) expect(planMemory(shuffled).offsets.get(id)).toBe(planMemory(lives).offsets.get(id));
  });
});
