import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cpuExecutor } from '../../engine/executors/cpu/cpu-executor.ts';
import { referenceExecutor } from '../../engine/executors/reference/reference-executor.ts';
import { verifyGolden } from '../../engine/network/verify/verify-golden.ts';
import type { Executor, SessionOptions } from '../../engine/program/executor.ts';
import { hasCpu, instructionSets } from '../executors/cpu-instruction-sets.ts';
import { sharedFolder } from '../fixtures/shared.ts';

const folder = join(sharedFolder, 'golden');
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.safetensors')) : [];

async function expectPassed(file: string, executor: Executor, options: SessionOptions): Promise<void> {
  const { checks, passed } = await verifyGolden(join(folder, file), executor, options);
  const failed = checks.filter(({ error, tolerance }) => !(error <= tolerance));
  expect(failed).toEqual([]);
  expect(passed).toBe(true);
  // The single file that holds a forward pass alone has one tensor to compare.
  expect(checks.length).toBeGreaterThanOrEqual(file === 'net-256.safetensors' ? 1 : 100);
}

describe.skipIf(files.length === 0)('what the reference code of the paper computes', () => {
  it('is there in all its files', () => {
    expect(files.length).toBeGreaterThanOrEqual(6);
  });

  describe.skipIf(!hasCpu).each(instructionSets)('is what the cpu executor with %s computes', (instructionSet) => {
    it.each(files)('%s', (file) => expectPassed(file, cpuExecutor, { instructionSet, poison: true }));
  });

  describe('is what the reference executor computes', () => {
    const slow = ['net-256.safetensors'];
    it.each(files.filter((file) => !slow.includes(file)))('%s', (file) =>
      expectPassed(file, referenceExecutor, { poison: true }),
    );
  });
});
