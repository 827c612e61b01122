import { describe, expect, it } from 'vitest';
import { cpuExecutor } from '../../engine/executors/cpu/cpu-executor.ts';
import { referenceExecutor } from '../../engine/executors/reference/reference-executor.ts';
import { largestDifference, largestMagnitude } from '../../engine/network/verify/golden-check.ts';
import type { Executor, FloatArray, SessionOptions } from '../../engine/program/executor.ts';
import { everyOperation } from '../program/every-operation.ts';
import { programOfCase } from '../program/operation-case.ts';
import type { CaseOptions, CaseProgram, OperationCase } from '../program/operation-case.ts';
import { hasCpu, instructionSets } from './cpu-instruction-sets.ts';
import { oddSizes } from './odd-sizes.ts';

/** More than one thread has to do, and not as many for each. */
const batch = 3;

/** By name: outputs, gradients of inputs, and `gradient of` each parameter. */
type Results = ReadonlyMap<string, FloatArray>;

interface CaseResults {
  readonly forward: Results;
  readonly gradient: Results;
  /** A second run of the same, and one of the first sample alone. */
  readonly repeated: Results;
  readonly first: Results;
}

async function compute(
  { program, parameters, request }: CaseProgram,
  executor: Executor,
  options: SessionOptions,
): Promise<CaseResults> {
  const session = await executor.open(program, { ...options, poison: true });
  await session.write('parameters', parameters);
  const run = async (phase: 'forward' | 'gradient', count: number): Promise<Results> => {
    if (phase === 'gradient' && program.backward.length === 0) return run('forward', count);
    const results = new Map<string, FloatArray>(Object.entries(await session.run(request(phase, count))));
    if (phase === 'forward') return results;
    const block = await session.read('gradients');
    for (const { name, offset, size } of program.parameters) {
      results.set(`gradient of ${name}`, block.subarray(offset, offset + size));
    }
    return results;
  };
  try {
    return {
      forward: await run('forward', batch),
      gradient: await run('gradient', batch),
      repeated: await run('gradient', batch),
      first: await run('gradient', 1),
    };
  } finally {
    await session.close();
  }
}

const oracles = new Map<string, Promise<CaseResults>>();

/** The reference's results, computed once for all instruction sets. */
function oracleOf(testCase: OperationCase, caseProgram: CaseProgram, use: CaseOptions['use']): Promise<CaseResults> {
  const key = `${testCase.definition.kind} ${testCase.name} ${use}`;
  const found = oracles.get(key) ?? compute(caseProgram, referenceExecutor, {});
  oracles.set(key, found);
  return found;
}

/**
 * Of the tensor's largest value, or of 1, the order of all inputs and seeds: a gradient that is the sum of many terms of
 * either sign may come out far smaller than they are. float32 has 6e-8 of each.
 */
const outputTolerance = 1e-5;
const gradientTolerance = 2e-5;

function expectClose(found: Results, wanted: Results, what: string): void {
  expect([...found.keys()], what).toEqual([...wanted.keys()]);
  for (const [name, values] of wanted) {
    const error =
      largestDifference(found.get(name) ?? new Float32Array(), values) / Math.max(largestMagnitude(values), 1);
    const tolerance = name.startsWith('gradient') ? gradientTolerance : outputTolerance;
    expect(error, `${what}: worst error of ${name}, of its largest value`).toBeLessThan(tolerance);
  }
}

describe.skipIf(!hasCpu).each(instructionSets)('with %s, in memory full of NaN,', (instructionSet) => {
  for (const use of ['once', 'twice'] as const) {
    it.each(oddSizes.map((testCase) => [testCase.definition.kind, testCase.name, testCase] as const))(
      `%s, %s, used ${use}, is the reference’s, with the same bits on any threads`,
      async (_kind, _name, testCase) => {
        const caseProgram = programOfCase(testCase, { batch, use });
        const wanted = await oracleOf(testCase, caseProgram, use);
        const alone = await compute(caseProgram, cpuExecutor, { instructionSet, threads: 1 });
        for (const run of ['forward', 'gradient', 'first'] as const) expectClose(alone[run], wanted[run], run);
        expect(alone.repeated).toEqual(alone.gradient);
        for (const [name, values] of alone.first) {
          const all = alone.gradient.get(name);
          if (!name.startsWith('gradient of ')) expect(values).toEqual(all?.subarray(0, all.length / batch));
        }
        expect(await compute(caseProgram, cpuExecutor, { instructionSet, threads: 2 })).toEqual(alone);
      },
    );
  }
});

it('every operation that there is has its cases', async () => {
  const tested = new Set(oddSizes.map(({ definition }) => definition.kind));
  const found = await everyOperation();
  expect(found.length).toBeGreaterThan(20);
  expect(found.map(({ kind }) => kind).filter((kind) => !tested.has(kind))).toEqual([]);
});
