import { describe, expect, it } from 'vitest';
import { referenceExecutor } from '../../engine/executors/reference/reference-executor.ts';
import { largestDifference, largestMagnitude } from '../../engine/network/verify/golden-check.ts';
import type { FloatArray, RunRequest, Session } from '../../engine/program/executor.ts';
import { everyOperation } from './every-operation.ts';
import { programOfCase } from './operation-case.ts';
import * as cases from './operation-cases.ts';

/** Sizes are small and odd where the operation allows it: what is tested is the formula, at every border. */
const table = [
  cases.conv3x3Case([3, 5], 3, 2),
  cases.conv3x3Case([1, 1], 1, 3),
  cases.conv3x3Case([1, 4], 2, 1),
  cases.linearCase([3, 1], 5, 3),
  cases.linearCase([1, 3], 2, 6, { rows: 4, parts: 2, bias: false }),
  cases.linearCase([2, 2], 3, 6, { rows: 3, parts: 3 }),
  cases.linearCase([2, 3], 4, 3, { kernelAxes: true }),
  cases.layernormCase([2, 3], 5),
  cases.layernormCase([1, 1], 2),
  cases.groupnormMaxpoolGeluCase([2, 2], 4),
  cases.groupnormMaxpoolGeluCase([4, 6], 8),
  cases.groupnormMaxpoolGeluCase([2, 4], 12, { offset: true }),
  cases.groupnormGeluCase([3, 1], 8),
  cases.groupnormGeluCase([2, 2], 4, { skip: true }),
  cases.groupnormGeluCase([1, 1], 12, { skip: true }),
  cases.groupnormUpsampleGeluCase([2, 2], 4),
  cases.groupnormUpsampleGeluCase([3, 1], 4, { skip: true }),
  cases.groupnormUpsampleGeluCase([1, 1], 8),
  cases.groupnormUpsampleGeluCase([3, 5], 8, { skip: true, offset: true }),
  cases.geluCase([3, 5], 3),
  cases.upsampleCase([3, 5], 2),
  cases.upsampleCase([1, 4], 1),
  cases.upsampleCase([1, 1], 3),
  cases.sumCase([2, 3], 3),
  cases.scaledSumCase([2, 3], 3),
  cases.causalConv1dSiluCase([2, 3], 4, 3),
  cases.causalConv1dSiluCase([1, 2], 1, 2),
  cases.selectiveScanCase([2, 17], 4, 2, { states: 3, rank: 2 }),
  cases.selectiveScanCase([5, 1], 1, 3, { states: 16, rank: 1 }),
  cases.channelMeanMaxCase([3, 3], 5),
  cases.channelMeanMaxCase([2, 1], 1),
  cases.spatialAttentionCase([1, 1]),
  cases.spatialAttentionCase([2, 5]),
  cases.spatialAttentionCase([20, 3]),
  cases.attendedMeanCase([3, 5], 3),
  cases.attendedSkipCase([3, 5], 3),
  cases.channelAttentionCase([3, 1, 2, 4, 5], 'fc'),
  cases.channelAttentionCase([3, 2], 'conv'),
  cases.lossCase('bce-dice', [3, 5], 1),
  cases.lossCase('bce-dice', [3, 5], 3, { labelled: 'some', spread: 12 }),
  cases.lossCase('bce-dice', [2, 2], 1, { labelled: 'none' }),
  cases.lossCase('softmax-dice', [3, 5], 1, { labelled: 'some' }),
  cases.lossCase('softmax-dice', [3, 5], 4, { labelled: 'some', spread: 12 }),
  cases.lossCase('softmax-dice', [2, 2], 2, { labelled: 'none' }),
];

/** Of the tensor's largest gradient: central differences of 1e-5 in float64 are good to about 1e-9. */
const tolerance = 1e-6;
const step = 1e-5;

describe('the gradient of every input and parameter equals central differences', () => {
  for (const use of ['once', 'twice'] as const) {
    it.each(table.map((testCase) => [testCase.definition.kind, testCase.name, testCase] as const))(
      `%s, %s, used ${use}`,
      async (_kind, _name, testCase) => {
        const { program, parameters, request } = programOfCase(testCase, { batch: 1, use });
        const session = await referenceExecutor.open(program, { poison: true });
        await session.write('parameters', parameters);
        const analytic = await session.run(request('gradient', 1));
        const block = await session.read('gradients');
        const point = inFloat64(request('forward', 1));
        for (const input of program.inputs) {
          const gradient = analytic[`gradient.${input.name}`];
          const values = point.inputs[input.name];
          if (gradient === undefined || !(values instanceof Float64Array)) continue;
          expectClose(gradient, await differences(values, () => seededSum(session, point)), input.name);
        }
        const values = Float64Array.from(parameters);
        const numeric = await differences(values, async () => {
          await session.write('parameters', values);
          return seededSum(session, point);
        });
        for (const { name, offset, size } of program.parameters) {
          expectClose(block.subarray(offset, offset + size), numeric.subarray(offset, offset + size), name);
        }
      },
    );
  }

  it('and every operation that has a gradient is in the table', async () => {
    const tested = new Set(table.map(({ definition }) => definition.kind));
    const all = await everyOperation();
    const found = all.filter(({ gradient }) => gradient !== undefined).map(({ kind }) => kind);
    expect(found.length).toBeGreaterThan(15);
    expect(found.filter((kind) => !tested.has(kind))).toEqual([]);
  });
});

function inFloat64(request: RunRequest): RunRequest {
  const inputs = Object.entries(request.inputs).map(([name, values]) => [
    name,
    values instanceof Uint8Array ? values : Float64Array.from(values),
  ]);
  return { ...request, inputs: Object.fromEntries(inputs) as RunRequest['inputs'] };
}

/** What the seeds make of the outputs: Σ seed · output, whose gradient the backward pass gives. */
async function seededSum(session: Session, request: RunRequest): Promise<number> {
  const outputs = await session.run(request);
  let total = 0;
  for (const [name, values] of Object.entries(outputs)) {
    const seed = request.inputs[`d${name}`];
    values.forEach((value, i) => (total += value * (seed?.[i] ?? NaN)));
  }
  return total;
}

/** Central differences of `value` with respect to each of `point`, which is moved and put back. */
async function differences(point: Float64Array, value: () => Promise<number>): Promise<Float64Array> {
  const result = new Float64Array(point.length);
  for (let i = 0; i < point.length; i++) {
    const center = point[i]!;
    const distance = step * Math.max(1, Math.abs(center));
    point[i] = center + distance;
    const above = await value();
    point[i] = center - distance;
    const below = await value();
    point[i] = center;
    result[i] = (above - below) / (2 * distance);
  }
  return result;
}

function expectClose(found: FloatArray, wanted: FloatArray, name: string): void {
  const worst = largestDifference(found, wanted) / Math.max(largestMagnitude(wanted), 1e-3);
  expect(worst, `worst error of the gradient of ${name}, of its largest value`).toBeLessThan(tolerance);
}
