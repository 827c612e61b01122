import { describe, expect, it } from 'vitest';
import { cpuExecutor } from '../../engine/executors/cpu/cpu-executor.ts';
import { programOfCase } from '../program/operation-case.ts';
import { batch, compute, expectClose, oracleOf } from './case-results.ts';
import { hasCpu, instructionSets } from './cpu-instruction-sets.ts';
import { oddCases } from '../program/operation-table.ts';

describe.skipIf(!hasCpu).each(instructionSets)('with %s, in memory full of NaN,', (instructionSet) => {
  for (const use of ['once', 'twice'] as const) {
    it.each(oddCases.map((testCase) => [testCase.definition.kind, testCase.name, testCase] as const))(
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
