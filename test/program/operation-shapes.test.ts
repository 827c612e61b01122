import { describe, expect, it } from 'vitest';
import { inferOutputs } from '../../engine/program/operation.ts';
import type { Shape } from '../../engine/program/operation.ts';
import { namesOf, ShapeError } from '../../engine/program/operands.ts';
import { smallCases } from './operation-table.ts';

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

const shapingResult = ['weight', 'weights'];

describe('an operation', () => {
  it.each(smallCases.map((testCase) => [testCase.definition.kind, testCase.name, testCase] as const))(
    '%s, %s, takes its operands, and any other shape of one of them is refused or has a result',
    (kind, _name, { definition, operands, attributes }) => {
      const shapes = operands.map((operand) => operand?.shape);
      const wanted = inferOutputs(definition, shapes, attributes);
      expect(wanted.length).toBeGreaterThan(0);
      const names = namesOf(definition.inputs, shapes.length);
      let refused = 0;
      shapes.forEach((shape, position) => {
        if (shape === undefined) return;
        for (const wrong of wrongShapes(shape)) {
          const attempt = shapes.map((other, i) => (i === position ? wrong : other));
          try {
            for (const { shape: found } of inferOutputs(definition, attempt, attributes)) {
              expect(found.every((extent) => Number.isInteger(extent) && extent > 0)).toBe(true);
            }
            // Only the leading operand may have another shape, or a parameter that the result's shape follows.
            if (position > 0) expect(shapingResult).toContain(names[position]);
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

  it.each(smallCases.map((testCase) => [testCase.definition.kind, testCase.name, testCase] as const))(
    '%s, %s, that lacks an operand names the operand',
    (kind, _name, { definition, operands, attributes }) => {
      operands.forEach((_, missing) => {
        const name = namesOf(definition.inputs, operands.length)[missing] ?? '';
        const optional = (kind === 'linear' && name === 'bias') || (kind.startsWith('groupnorm') && name === 'skip');
        const attempt = (): unknown =>
          inferOutputs(
            definition,
            operands.map((operand, position) => (position === missing ? undefined : operand?.shape)),
            attributes,
          );
        if (optional) expect(attempt).not.toThrow();
        else expect(attempt).toThrow(ShapeError);
        if (!optional) expect(attempt).toThrow(`${kind}: operand '${name}' is missing`);
      });
    },
  );
});
