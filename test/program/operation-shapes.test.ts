import { describe, expect, it } from 'vitest';
import { ShapeError } from '../../engine/program/operation.ts';
import type { Shape } from '../../engine/program/operation.ts';
import * as cases from './operation-cases.ts';

const table = [
  cases.conv3x3Case([3, 5], 3, 2),
  cases.linearCase([2, 3], 2, 6, { rows: 4, parts: 2 }),
  cases.linearCase([2, 3], 4, 3, { kernelAxes: true }),
  cases.layernormCase([2, 3], 5),
  cases.groupnormMaxpoolGeluCase([4, 6], 8),
  cases.groupnormGeluCase([2, 3], 4, { skip: true }),
  cases.groupnormUpsampleGeluCase([3, 5], 8, { skip: true }),
  cases.geluCase([3, 5], 3),
  cases.upsampleCase([3, 5], 2),
  cases.sumCase([2, 3], 3),
  cases.scaledSumCase([2, 3], 3),
  cases.causalConv1dSiluCase([2, 3], 4, 3),
  cases.selectiveScanCase([2, 3], 4, 2, { rank: 2, states: 3 }),
  cases.channelMeanMaxCase([3, 3], 5),
  cases.spatialAttentionCase([2, 5]),
  cases.attendedMeanCase([3, 5], 4),
  cases.attendedSkipCase([3, 5], 4),
  cases.channelAttentionCase([3, 1, 2, 4, 5], 'fc'),
  cases.channelAttentionCase([3, 2], 'conv'),
  cases.lossCase('bce-dice', [3, 5], 2),
  cases.lossCase('softmax-dice', [3, 5], 2),
  cases.classProbabilitiesCase([3, 5], 2, 1),
  cases.sampleImageCase([3, 5], 3, 'mirrored'),
  cases.sampleLabelsCase([3, 5], 2, 'mirrored'),
];

/** Shapes close to the right one: an axis more or less, two axes changed places, an extent changed. */
function wrongShapes(shape: Shape): readonly Shape[] {
  const swapped = [...shape.slice(0, -2), ...shape.slice(-2).reverse()];
  return [
    [...shape, 2],
    shape.slice(0, -1),
    swapped,
    ...shape.map((_, axis) => shape.map((e, i) => (i === axis ? e + 1 : e))),
  ].filter((wrong) => wrong.join() !== shape.join());
}

describe('an operation', () => {
  it.each(table.map((testCase) => [testCase.definition.kind, testCase.name, testCase] as const))(
    '%s, %s, takes its operands, and any other shape of one of them is refused or has a result',
    (kind, _name, { definition, operands, attributes }) => {
      const shapes = operands.map((operand) => operand?.shape);
      const wanted = definition.infer(shapes, attributes);
      expect(wanted.length).toBeGreaterThan(0);
      let refused = 0;
      shapes.forEach((shape, position) => {
        if (shape === undefined) return;
        for (const wrong of wrongShapes(shape)) {
          const attempt = shapes.map((other, i) => (i === position ? wrong : other));
          try {
            for (const { shape: found } of definition.infer(attempt, attributes)) {
              expect(found.every((extent) => Number.isInteger(extent) && extent > 0)).toBe(true);
            }
            // Only the leading operand may have another shape, or a parameter that the result's shape follows.
            expect([0, 1, 2, 3, 5]).toContain(position);
          } catch (error) {
            expect(error).toBeInstanceOf(ShapeError);
            expect((error as Error).message).toContain(kind);
            refused++;
          }
        }
      });
      if (shapes.length > 1) expect(refused).toBeGreaterThan(0);
    },
  );

  it.each(table.map((testCase) => [testCase.definition.kind, testCase.name, testCase] as const))(
    '%s, %s, that lacks an operand names the operand',
    (kind, _name, { definition, operands, attributes }) => {
      operands.forEach((_, missing) => {
        const optional = (kind === 'linear' && missing === 2) || (kind.startsWith('groupnorm') && missing === 3);
        const attempt = (): unknown =>
          definition.infer(
            operands.map((operand, position) => (position === missing ? undefined : operand?.shape)),
            attributes,
          );
        if (optional) expect(attempt).not.toThrow();
        else expect(attempt).toThrow(ShapeError);
        if (!optional) expect(attempt).toThrow(`${kind}: input ${String(missing)} is missing`);
      });
    },
  );
});
