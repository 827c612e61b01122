/**
 * The sum over a workgroup's lanes by subgroups, where a card has them: two barriers in place of eight. Convention: used
 * only on a card that has just summed known numbers rightly with it.
 */
import { mapForReading, usage } from './gpu-flags.ts';
import { lanes } from './kernel.ts';

/**
 * In place of `laneSumFunction`: all lanes must call it, and sums are joined in the order of the subgroups. It uses pool[0]
 * to pool[511], as there are at most as many subgroups as lanes.
 */
export const subgroupSumFunction = `
var<private> subgroupIndex: u32;
var<private> subgroupCount: u32;
fn laneSum4(lane: u32, value: vec4f) -> vec4f {
  let own = subgroupAdd(value);
  if (subgroupElect()) {
    for (var g = 0u; g < 4u; g++) { pool[g * 128u + subgroupIndex] = own[g]; }
  }
  workgroupBarrier();
  var total = vec4f();
  for (var s = 0u; s < subgroupCount; s++) { total += vec4f(pool[s], pool[128u + s], pool[256u + s], pool[384u + s]); }
  workgroupBarrier();
  return total;
}
`;

/** At the top of a module, before everything else. */
export const enableSubgroups = 'enable subgroups;\n';
/** Parameters of its entry point, and what that does first. */
export const subgroupParameters = '@builtin(subgroup_id) subgroup: u32, @builtin(num_subgroups) subgroups: u32,';
export const noteSubgroup = 'subgroupIndex = subgroup; subgroupCount = subgroups;';

/** Whether a card may be opened with them. */
export function offersSubgroups(gpu: GPU, { features }: GPUAdapter): boolean {
  // By its own number a subgroup knows which lanes are its own, however a driver assigns them.
  return features.has('subgroups') && gpu.wgslLanguageFeatures.has('subgroup_id');
}

const probe = `${enableSubgroups}
@group(0) @binding(0) var<storage, read_write> found: array<vec4f>;
var<workgroup> pool: array<f32, ${4 * lanes}>;
${subgroupSumFunction}
@compute @workgroup_size(${lanes})
fn main(${subgroupParameters} @builtin(local_invocation_index) lane: u32) {
  ${noteSubgroup}
  let x = f32(lane);
  for (var k = 0u; k < 4u; k++) {
    let sum = laneSum4(lane, vec4f(x, x * f32(k), 1.0, select(0.0, 1.0, lane == 37u * k)));
    found[k * ${lanes}u + lane] = sum;
  }
}
`;

/** Sums known whole numbers, which have no rounding. @returns whether every lane got the right sums */
export async function sumsRightly(device: GPUDevice): Promise<boolean> {
  const bytes = 4 * lanes * 16;
  const buffers = [usage.storage | usage.copySource, usage.mapRead | usage.copyTarget].map((flags) =>
    device.createBuffer({ label: 'probe', size: bytes, usage: flags }),
  ) as [GPUBuffer, GPUBuffer];
  const [found, staging] = buffers;
  device.pushErrorScope('validation');
  const pipeline = device.createComputePipeline({
    label: 'probe',
    layout: 'auto',
    compute: { module: device.createShaderModule({ label: 'probe', code: probe }), entryPoint: 'main' },
  });
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer: found } }],
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(found, 0, staging, 0, bytes);
  device.queue.submit([encoder.finish()]);
  try {
    if ((await device.popErrorScope()) !== null) return false;
    await staging.mapAsync(mapForReading);
    const values = new Float32Array(staging.getMappedRange());
    const all = (lanes * (lanes - 1)) / 2;
    return values.every((value, at) => value === [all, all * Math.floor(at / (4 * lanes)), lanes, 1][at % 4]);
  } catch {
    // A card that is lost meanwhile says so by itself.
    return false;
  } finally {
    for (const buffer of buffers) buffer.destroy();
  }
}
