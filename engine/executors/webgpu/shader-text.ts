/**
 * The WGSL module of a dispatch: the kernels that run in it, the buffers, and where their tensors lie. Not the kernels'
 * own text. Convention: one binding for each buffer, the same in every module, seven storage buffers of the eight that
 * any device has; a workgroup's index chooses the kernel, its second one the sample.
 */
import { lanes } from './kernel.ts';
import type { Kernel } from './kernel.ts';
import type { ProgramPlan } from './program-plan.ts';
import { byteFunction, laneSumFunction, wgslFunctions } from './wgsl-functions.ts';

/** In the order of their bindings. */
export const bufferNames = ['run', 'arena', 'blocks', 'inputs', 'bytes', 'outputs', 'partials', 'table'] as const;
export type BufferName = (typeof bufferNames)[number];

/** What changes from run to run: 16 bytes, then four numbers for each update rule. */
export const runUniformBytes = 16 + 4 * 16;

export const declarations = `
struct Run { count: u32, adds: u32, pad0: u32, pad1: u32, scalars: array<vec4f, 4> }
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> arena: array<f32>;
@group(0) @binding(2) var<storage, read_write> blocks: array<f32>;
@group(0) @binding(3) var<storage, read> inputs: array<f32>;
@group(0) @binding(4) var<storage, read> bytes: array<u32>;
@group(0) @binding(5) var<storage, read_write> outputs: array<f32>;
@group(0) @binding(6) var<storage, read_write> partials: array<f32>;
@group(0) @binding(7) var<storage, read> table: array<u32>;
`;

/** The most workgroups along one axis that any device takes. */
const mostGroups = 65_535;

/** Workgroups as a dispatch takes them: along x and, where there are too many, z; samples along y. */
export function dispatchSize(groups: number, count: number): readonly [x: number, y: number, z: number] {
  const z = Math.ceil(groups / mostGroups);
  return [Math.ceil(groups / z), count, z];
}

/** Where a kernel's tensors begin for its sample. */
function preludeOf({ accesses }: Kernel, { places, contributions, partsStride }: ProgramPlan): string {
  const lines = new Set<string>();
  for (const access of accesses) {
    if (access.kind === 'parts') {
      const { offset = 0 } = contributions[access.contribution] ?? {};
      lines.add(`let p${access.contribution} = sample * ${partsStride}u + ${offset}u;`);
    } else {
      const { base = 0, stride = 0 } = places[access.id] ?? {};
      lines.add(`let t${access.id} = sample * ${stride}u + ${base}u;`);
    }
  }
  return [...lines].join(' ');
}

/** @returns the module of one dispatch */
export function shaderText(kernels: readonly Kernel[], plan: ProgramPlan): string {
  const shared = Math.max(...kernels.map((kernel) => kernel.shared));
  const functions = kernels.map(
    (kernel, k) => `// ${kernel.label}
fn kernel${k}(sample: u32, group: u32, lane: u32) {
${preludeOf(kernel, plan)}
${kernel.body}
}`,
  );
  let first = 0;
  const calls = kernels.map((kernel, k) => {
    const begin = first;
    first += kernel.groups;
    return `if (index < ${first}u) { kernel${k}(id.y, index - ${begin}u, lane); }`;
  });
  return `${declarations}
${shared > 0 ? `var<workgroup> pool: array<f32, ${shared}>;` : ''}
${wgslFunctions}
${byteFunction}
${shared >= 4 * lanes ? laneSumFunction : ''}
${functions.join('\n')}
@compute @workgroup_size(${lanes})
fn main(
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) all: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = id.z * all.x + id.x;
  ${calls.join('\n  else ')}
}
`;
}
