import { describe, expect, it } from 'vitest';
import { referenceExecutor } from '../../engine/executors/reference/reference-executor.ts';
import { largestDifference, largestMagnitude } from '../../engine/network/verify/golden-check.ts';
import type { FloatArray, RunRequest, Session } from '../../engine/program/executor.ts';
import { programOfCase } from './operation-case.ts';
import { smallCases } from './operation-table.ts';

const table = smallCases.filter(({ definition }) => definition.gradient !== undefined);

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
