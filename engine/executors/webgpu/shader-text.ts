/**
 * The WGSL module of a dispatch: the kernels that run in it, the buffers, and where their tensors lie. Not the kernels'
 * own text. Convention: one binding for each buffer, the same in every module, seven storage buffers of the eight that
 * any device has; a workgroup's index chooses the kernel, its second one the sample.
 */
import { lanes } from './kernel.ts';
import type { Kernel } from './kernel.ts';
import type { ProgramPlan } from './program-plan.ts';
import type { Chain } from './schedule.ts';
import { enableSubgroups, noteSubgroup, subgroupParameters, subgroupSumFunction } from './subgroups.ts';
import { byteFunction, laneSumFunction, wgslFunctions } from './wgsl-functions.ts';

/** One dispatch as text: its kernels' labels, workgroups (for each sample, or once), module. */
export interface DispatchText {
  readonly labels: readonly string[];
  readonly groups: number;
  readonly perSample: boolean;
  readonly code: string;
}

/** In the order of their bindings. */
export const bufferNames = ['run', 'arena', 'blocks', 'inputs', 'bytes', 'outputs', 'partials', 'table'] as const;
export type BufferName = (typeof bufferNames)[number];

/**
 * What changes from run to run: 16 bytes, four numbers for each update rule, then for each sample the slot of its bytes.
 */
export const runSlotsOffset = 16 + 4 * 16;

export function runUniformBytes(slots: number): number {
  return runSlotsOffset + 16 * Math.ceil(slots / 4);
}

/** @param slots for kernels that work on samples; without their slots for those that do not */
export function declarations(slots = 0): string {
  const sampleSlots = slots === 0 ? '' : `, slots: array<vec4u, ${Math.ceil(slots / 4)}>`;
  return `
struct Run { count: u32, adds: u32, pad0: u32, pad1: u32, scalars: array<vec4f, 4>${sampleSlots} }
@group(0) @binding(0) var<uniform> run: Run;
@group(0) @binding(1) var<storage, read_write> arena: array<f32>;
@group(0) @binding(2) var<storage, read_write> blocks: array<f32>;
@group(0) @binding(3) var<storage, read> inputs: array<f32>;
@group(0) @binding(4) var<storage, read> bytes: array<u32>;
@group(0) @binding(5) var<storage, read_write> outputs: array<f32>;
@group(0) @binding(6) var<storage, read_write> partials: array<f32>;
@group(0) @binding(7) var<storage, read> table: array<u32>;
`;
}

/** The most workgroups along one axis that any device takes. */
const mostGroups = 65_535;

/** Workgroups as a dispatch takes them: along x and, where there are too many, z; samples along y. */
export function dispatchSize(groups: number, count: number): readonly [x: number, y: number, z: number] {
  const z = Math.ceil(groups / mostGroups);
  return [Math.ceil(groups / z), count, z];
}

/** Where a kernel's tensors begin for its sample. */
function preludeOf({ accesses }: Kernel, { regions, contributions, partsStride }: ProgramPlan): string {
  const lines = new Set<string>();
  for (const access of accesses) {
    if (access.kind === 'parts') {
      const { offset = 0 } = contributions[access.contribution] ?? {};
      lines.add(`let p${access.contribution} = sample * ${partsStride}u + ${offset}u;`);
    } else {
      const { base = 0, stride = 0, buffer } = regions[access.id] ?? {};
      const slot = buffer === 'bytes' ? 'run.slots[sample / 4u][sample % 4u]' : 'sample';
      lines.add(`let t${access.id} = ${slot} * ${stride}u + ${base}u;`);
    }
  }
  return [...lines].join(' ');
}

/** Elements that a workgroup of a chain should have to do in the kernel that has most of them. */
const elementsPerChain = 512;

/** Tokens of a workgroup. */
function tileOf(chain: Chain): number {
  const most = Math.max(...chain.map(({ tokens }) => tokens?.perToken ?? 1));
  return Math.min(lanes, Math.max(4, Math.ceil(elementsPerChain / most)));
}

/** Workgroups of a chain, for each sample. */
export function groupsOf(chain: Chain): number {
  const [first] = chain;
  if (first === undefined) return 0;
  if (chain.length === 1 || first.tokens === undefined) return first.groups;
  return Math.ceil(first.tokens.count / tileOf(chain));
}

function bodyOf(chain: Chain, kernel: Kernel, plan: ProgramPlan): string {
  const { tokens, body } = kernel;
  const prelude = preludeOf(kernel, plan);
  if (tokens === undefined) return `${prelude}\n${body}`;
  const all = tokens.count * tokens.perToken;
  if (chain.length === 1) {
    return `${prelude}\nlet i = group * ${lanes}u + lane;\nif (i < ${all}u) {\n${body}\n}`;
  }
  const perGroup = tileOf(chain) * tokens.perToken;
  return `{
${prelude}
let end = min((group + 1u) * ${perGroup}u, ${all}u);
for (var i = group * ${perGroup}u + lane; i < end; i += ${lanes}u) {
${body}
}
}`;
}

/** @param subgroups whether lanes may be summed by them @returns the module of one dispatch */
export function shaderText(chains: readonly Chain[], plan: ProgramPlan, subgroups: boolean): string {
  const shared = Math.max(...chains.flat().map((kernel) => kernel.shared));
  const functions = chains.map(
    (chain, k) => `// ${chain.map(({ label }) => label).join(', then ')}
fn chain${k}(sample: u32, group: u32, lane: u32) {
${chain.map((kernel) => bodyOf(chain, kernel, plan)).join('\n// What this workgroup wrote, it reads next.\nstorageBarrier();\n')}
}`,
  );
  let first = 0;
  const calls = chains.map((chain, k) => {
    const begin = first;
    first += groupsOf(chain);
    return `if (index < ${first}u) { chain${k}(id.y, index - ${begin}u, lane); }`;
  });
  const sumsLanes = functions.some((text) => text.includes('laneSum4('));
  const bySubgroups = sumsLanes && subgroups;
  return `${bySubgroups ? enableSubgroups : ''}${declarations(plan.slots)}
${shared > 0 ? `var<workgroup> pool: array<f32, ${shared}>;` : ''}
${wgslFunctions}
${byteFunction}
${!sumsLanes ? '' : bySubgroups ? subgroupSumFunction : laneSumFunction}
${functions.join('\n')}
@compute @workgroup_size(${lanes})
fn main(
  ${bySubgroups ? subgroupParameters : ''}
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) all: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  ${bySubgroups ? noteSubgroup : ''}
  let index = id.z * all.x + id.x;
  ${calls.join('\n  else ')}
}
`;
}
