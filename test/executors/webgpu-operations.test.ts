import { describe, expect, it } from 'vitest';
import { largestDifference, largestMagnitude } from '../../engine/network/verify/golden-check.ts';
import { referenceExecutor } from '../../engine/executors/reference/reference-executor.ts';
import type { Executor, FloatArray } from '../../engine/program/executor.ts';
import type { Program } from '../../engine/program/program.ts';
import { Random } from '../../engine/random.ts';
import { programOfCase } from '../program/operation-case.ts';
import { randomProgram } from '../program/random-program.ts';
import { takeSteps, updateCases, updateProgram } from '../program/update-cases.ts';
import { batch, compute, expectClose, oracleOf } from './case-results.ts';
import { oddCases } from '../program/operation-table.ts';
import { gpu, gpuName, isSimulated, webgpuExecutor } from './webgpu-adapter.ts';

/**
 * From inputs to outputs, and the last of each kind from the arena too, where gradients are added to others. A simulated
 * card compiles slowly: there every third case must do, with the last of each kind; MAMBRUSH_ALL_CASES=1 runs all.
 */
const everyCase = !isSimulated || process.env['MAMBRUSH_ALL_CASES'] === '1';
const uses = oddCases.flatMap((testCase, i) => {
  const isLast = oddCases[i + 1]?.definition.kind !== testCase.definition.kind;
  if (!everyCase && !isLast && i % 3 !== 0) return [];
  return (isLast ? (['once', 'twice'] as const) : (['once'] as const)).map((use) => ({ testCase, use }));
});

describe.skipIf(gpu === undefined)(`on ${gpuName}, in memory full of NaN,`, () => {
  it.each(uses.map(({ testCase, use }) => [testCase.definition.kind, testCase.name, use, testCase] as const))(
    '%s, %s, used %s, is the reference’s, with the same bits again',
    async (_kind, _name, use, testCase) => {
      const caseProgram = programOfCase(testCase, { batch, use });
      const wanted = await oracleOf(testCase, caseProgram, use);
      const found = await compute(caseProgram, webgpuExecutor, {});
      for (const run of ['forward', 'gradient', 'first'] as const) expectClose(found[run], wanted[run], run);
      expect(found.repeated).toEqual(found.gradient);
      for (const [name, values] of found.first) {
        const all = found.gradient.get(name);
        if (!name.startsWith('gradient of ')) expect(values).toEqual(all?.subarray(0, all.length / batch));
      }
    },
  );

  it.each(updateCases.map((updateCase) => [updateCase.name, updateCase] as const))(
    'three steps leave the parameters where PyTorch leaves them: %s',
    async (_name, updateCase) => {
      const session = await webgpuExecutor.open(updateProgram(updateCase));
      const found = await takeSteps(session);
      await session.close();
      for (const [i, value] of updateCase.expected.entries()) {
        expect(Math.abs(found[i]! - value) / Math.max(1, Math.abs(value))).toBeLessThan(1e-6);
      }
    },
  );

  it('random graphs have the reference’s gradients', async () => {
    const graphs = Array.from({ length: 6 }, (_, seed) => randomProgram(new Random(seed), [3, 5, 12], batch));
    for (const [seed, program] of graphs.entries()) {
      if (program.backward.length === 0) continue;
      const wanted = await gradientsOf(program, seed, referenceExecutor);
      const found = await gradientsOf(program, seed, webgpuExecutor);
      for (const [name, values] of wanted) {
        const error =
          largestDifference(found.get(name) ?? new Float32Array(), values) / Math.max(1, largestMagnitude(values));
        expect(error, `graph ${seed}, ${name}`).toBeLessThan(1e-4);
      }
    }
  });
});

async function gradientsOf(
  program: Program,
  seed: number,
  executor: Executor,
): Promise<ReadonlyMap<string, FloatArray>> {
  const random = new Random(1000 + seed);
  const normal = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal());
  const session = await executor.open(program, { poison: true });
  await session.write('parameters', normal(program.parameterCount));
  const inputs = Object.fromEntries(program.inputs.map(({ name }) => [name, normal(batch * 3 * 5 * 12)]));
  const outputs = await session.run({ phase: 'gradient', count: batch, inputs });
  const results = new Map(Object.entries(outputs)).set('gradients', await session.read('gradients'));
  await session.close();
  return results;
}
