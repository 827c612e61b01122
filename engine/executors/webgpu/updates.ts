/**
 * The optimiser's rules over the whole parameter block. Convention: blocks lie one after the other (parameters, gradients,
 * moment1, moment2, then one number for the rule at work); what depends on the step is computed by the host in float64
 * and handed over as four numbers a rule.
 */
import { MambrushError } from '../../contract/error.ts';
import type { UpdateScalars } from '../../program/operation.ts';
import type { Program, Update } from '../../program/program.ts';
import { float, lanes } from './kernel.ts';
import { declarations } from './shader-text.ts';
import type { DispatchText } from './shader-text.ts';

/** Rules that a program may have: as many as the run's numbers have room for. */
const mostRules = 4;

/** Text of one rule for parameter i. @param scalars WGSL vec4f */
function ruleText({ definition, attributes }: Update, count: number, scalars: string): readonly string[] {
  const at = (name: string): number => attributes[name] ?? 0;
  const flat = (body: string): string => `
    let i = index * ${lanes}u + lane;
    if (i < ${count}u) { ${body} }`;
  const moments = (gradient: string): string => `
    let gradient = ${gradient};
    let m = ${float(at('beta1'))} * blocks[${2 * count}u + i] + ${float(1 - at('beta1'))} * gradient;
    let v = ${float(at('beta2'))} * blocks[${3 * count}u + i] + ${float(1 - at('beta2'))} * gradient * gradient;
    blocks[${2 * count}u + i] = m;
    blocks[${3 * count}u + i] = v;`;
  // scalars: rate / (1 - beta1^t), 1 / sqrt(1 - beta2^t), 1 - rate · decay.
  const move = `${scalars}.x * m / (sqrt(v) * ${scalars}.y + ${float(at('epsilon'))})`;
  switch (definition.kind) {
    case 'adamw':
      return [flat(`${moments(`blocks[${count}u + i]`)} blocks[i] = blocks[i] * ${scalars}.z - ${move};`)];
    case 'adam':
      return [
        flat(
          `${moments(`blocks[${count}u + i] + ${float(at('weightDecay'))} * blocks[i]`)} blocks[i] = blocks[i] - ${move};`,
        ),
      ];
    case 'sgd':
      return [
        flat(`
          let velocity = ${float(at('momentum'))} * blocks[${2 * count}u + i] + blocks[${count}u + i] + ${float(at('weightDecay'))} * blocks[i];
          blocks[${2 * count}u + i] = velocity;
          blocks[i] = blocks[i] - ${scalars}.x * velocity;`),
      ];
    case 'clip-gradients':
      return [
        `
        var total = 0.0;
        if (index == 0u) {
          for (var i = lane; i < ${count}u; i += ${lanes}u) { let g = blocks[${count}u + i]; total += g * g; }
          pool[lane] = total;
        }
        workgroupBarrier();
        if (index == 0u && lane == 0u) {
          var squares = 0.0;
          for (var k = 0u; k < ${lanes}u; k++) { squares += pool[k]; }
          blocks[${4 * count}u] = min(1.0, ${float(at('maxNorm'))} / (sqrt(squares) + 1e-6));
        }`,
        flat(`blocks[${count}u + i] = blocks[${count}u + i] * blocks[${4 * count}u];`),
      ];
    default:
      throw new MambrushError(
        'gpu-operation-refused',
        `The graphics card has no kernel for the update '${definition.kind}'. Choose the executor 'cpu'.`,
      );
  }
}

/** @throws MambrushError 'gpu-operation-refused' */
export function updateDispatches({ update, parameterCount }: Program): readonly DispatchText[] {
  if (update.length > mostRules) {
    throw new MambrushError(
      'gpu-operation-refused',
      `A program on the graphics card has at most ${mostRules} updates.`,
    );
  }
  return update.flatMap((rule, position) =>
    ruleText(rule, parameterCount, `run.scalars[${position}]`).map((text) => ({
      labels: [rule.definition.kind],
      perSample: false,
      groups: Math.ceil(parameterCount / lanes),
      code: `${declarations()}
var<workgroup> pool: array<f32, ${lanes}>;
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) all: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = id.z * all.x + id.x;
  ${text}
}
`,
    })),
  );
}

/** The four numbers of each rule for one step. */
export function updateScalars({ update }: Program, { learningRate, step }: UpdateScalars): Float32Array {
  return Float32Array.from(
    update.flatMap(({ definition, attributes }) => {
      const { beta1 = 0, beta2 = 0, weightDecay = 0 } = attributes;
      if (definition.kind === 'sgd') return [learningRate, 0, 0, 0];
      const first = learningRate / (1 - beta1 ** step);
      return [first, 1 / Math.sqrt(1 - beta2 ** step), 1 - learningRate * weightDecay, 0];
    }),
  );
}
