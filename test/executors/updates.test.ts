import { describe, expect, it } from 'vitest';
import { cpuExecutor } from '../../engine/executors/cpu/cpu-executor.ts';
import { takeSteps, updateCases, updateProgram } from '../program/update-cases.ts';
import { hasCpu, instructionSets } from './cpu-instruction-sets.ts';

describe.skipIf(!hasCpu).each(instructionSets)('with %s', (instructionSet) => {
  it.each(updateCases.map((updateCase) => [updateCase.name, updateCase] as const))(
    'three steps leave the parameters where PyTorch leaves them: %s',
    async (_name, updateCase) => {
      const session = await cpuExecutor.open(updateProgram(updateCase), { instructionSet });
      const found = await takeSteps(session);
      await session.close();
      for (const [i, value] of updateCase.expected.entries()) {
        expect(Math.abs(found[i]! - value) / Math.max(1, Math.abs(value))).toBeLessThan(5e-7);
      }
    },
  );
});
