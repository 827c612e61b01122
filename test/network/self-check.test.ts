import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { cpuExecutor } from '../../engine/executors/cpu/cpu-executor.ts';
import { parseSafetensors } from '../../engine/network/safetensors.ts';
import { largestDifference, largestMagnitude } from '../../engine/network/verify/golden-check.ts';
import { verifyGolden } from '../../engine/network/verify/verify-golden.ts';
import { hasCpu, instructionSets } from '../executors/cpu-instruction-sets.ts';
import { makeSelfCheck, selfCheckFile } from '../fixtures/make-self-check.ts';

it('the file of the self-check holds what the reference executor computes today', async () => {
  const stored = parseSafetensors(readFileSync(selfCheckFile), selfCheckFile);
  const made = parseSafetensors(await makeSelfCheck(), 'made');
  expect([...made.tensors.keys()]).toEqual([...stored.tensors.keys()]);
  expect(made.metadata).toEqual(stored.metadata);
  for (const [name, { shape, data }] of stored.tensors) {
    const again = made.tensors.get(name);
    expect(again?.shape, name).toEqual(shape);
    // Another version of Node may round Math.exp differently in its last bit.
    const error = largestDifference(again?.data ?? new Float32Array(), data) / Math.max(largestMagnitude(data), 1e-3);
    expect(error, name).toBeLessThan(1e-6);
  }
});

it.skipIf(!hasCpu).each(instructionSets)('the self-check passes with %s', async (instructionSet) => {
  const { passed, checks } = await verifyGolden(selfCheckFile, cpuExecutor, { instructionSet });
  expect(passed).toBe(true);
  expect(checks.length).toBeGreaterThan(250);
});
