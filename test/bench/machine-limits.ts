/**
 * What this machine could do at best, for benchmarks to be held against: a small program of the bench's own, built for
 * each instruction set. Convention: medians of a few short measurements.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiler, instructionSetFlags, nativeFolder } from '../../engine/executors/cpu/build.ts';

export interface MachineLimits {
  /** Multiply-adds per second. */
  readonly multiplyAdds: number;
  /** Bytes per second read from memory. */
  readonly bandwidth: number;
}

const source = fileURLToPath(new URL('native/machine-limits.cpp', import.meta.url));

/** By the numbers of threads. @throws Error where there is no compiler */
export function measureLimits(instructionSet: string, threads: readonly number[]): ReadonlyMap<number, MachineLimits> {
  const folder = mkdtempSync(join(tmpdir(), 'mambrush-limits-'));
  const program = join(folder, 'limits');
  const flags = [...(instructionSetFlags[instructionSet] ?? []), `-DMAMBRUSH_ISA=${instructionSet}`];
  try {
    execFileSync(compiler, ['-std=c++20', '-O3', '-pthread', ...flags, `-I${nativeFolder}`, source, '-o', program]);
    return new Map(threads.map((count) => [count, limitsOf(program, count)]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function limitsOf(program: string, threads: number): MachineLimits {
  const lines = execFileSync(program, [String(threads)], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(Number);
  const rates = lines.slice(0, -1).sort((a, b) => a - b);
  return { multiplyAdds: rates[2] ?? NaN, bandwidth: lines.at(-1) ?? NaN };
}
