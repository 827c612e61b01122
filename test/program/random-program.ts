/**
 * A random graph of operations with its gradients: some tensors are read twice, some addends pass gradients through,
 * some gradients have several contributors. Not a test.
 * Convention: all tensors have one shape; the same generator gives the same program.
 */
import type { Shape } from '../../engine/program/operation.ts';
import { attendedSkip } from '../../engine/program/operations/attended-skip.ts';
import { gelu } from '../../engine/program/operations/gelu.ts';
import { groupnormGelu } from '../../engine/program/operations/groupnorm-gelu.ts';
import { scaledSum } from '../../engine/program/operations/scaled-sum.ts';
import { sum } from '../../engine/program/operations/sum.ts';
import { ProgramBuilder } from '../../engine/program/program-builder.ts';
import type { Handle } from '../../engine/program/program-builder.ts';
import type { Program } from '../../engine/program/program.ts';
import type { Random } from '../../engine/random.ts';

/**
 * Ten operations, each reading any tensors before it, one of them perhaps twice. Inputs x0 (with a gradient), x1 and
 * the seeds dy0, dy1; outputs y0, y1; y1 and dy1 are not always there.
 * @param plane (H, W, C), C a multiple of 4
 */
export function randomProgram(random: Random, plane: Shape, batch: number): Program {
  const [height = 1, width = 1, channels = 4] = plane;
  const builder = new ProgramBuilder();
  const parameters = Array.from({ length: 2 }, (_, i) => builder.parameter(`p${String(i)}`, plane));
  const weight = builder.parameter('weight', [channels]);
  const bias = builder.parameter('bias', [channels]);
  const scale = builder.parameter('scale', [1]);
  const gate = builder.parameter('gate', [height, width, 1]);
  const tensors: Handle[] = [...parameters, builder.input('x0', plane, 'f32', true), builder.input('x1', plane)];
  const pick = (): Handle => tensors[random.integer(tensors.length)] as Handle;
  for (let i = 0; i < 10; i++) {
    const make: readonly (() => Handle)[] = [
      () => builder.apply1(sum, { a: pick(), b: pick() }),
      () => builder.apply1(scaledSum, { a: pick(), b: pick(), scale }),
      () => builder.apply1(scaledSum, { a: pick(), b: pick(), scale }),
      () => builder.apply1(groupnormGelu, { x: pick(), weight, bias, skip: pick() }),
      () => builder.apply1(attendedSkip, { t: pick(), s: gate, h: weight }),
      () => builder.apply1(gelu, { x: pick() }),
    ];
    tensors.push((make[random.integer(make.length)] as () => Handle)());
  }
  const seeded = [tensors[tensors.length - 1] as Handle, ...(random.integer(2) === 0 ? [tensors[6] as Handle] : [])];
  seeded.forEach((tensor, i) => builder.output(tensor, `y${String(i)}`));
  builder.backward(seeded.map((tensor, i) => [tensor, builder.input(`dy${String(i)}`, plane)]));
  return builder.build(batch);
}
