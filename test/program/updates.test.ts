import { expect, it } from 'vitest';
import { referenceExecutor } from '../../engine/executors/reference/reference-executor.ts';
import { takeSteps, updateCases, updateProgram } from './update-cases.ts';

it.each(updateCases.map((updateCase) => [updateCase.name, updateCase] as const))(
  'three steps leave the parameters where PyTorch leaves them: %s',
  async (_name, updateCase) => {
    const found = await takeSteps(await referenceExecutor.open(updateProgram(updateCase)));
    for (const [i, value] of updateCase.expected.entries()) expect(found[i]).toBeCloseTo(value, 13);
  },
);
