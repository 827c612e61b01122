/**
 * The end of every backward pass: all parts of all parameters' gradients are summed, in fixed order, in one dispatch. Not
 * an operation. Convention: a workgroup sums 16 elements of one parameter, in 8 streams of parts whose sums are joined in
 * their order; what no operation adds to becomes 0.
 */
import { lanes, partsSize } from './kernel.ts';
import type { EmitterState } from './kernel.ts';
import { declarations } from './shader-text.ts';
import type { DispatchText } from './shader-text.ts';

const elementsPerGroup = 16;
const streams = lanes / elementsPerGroup;

export interface Gather extends DispatchText {
  readonly table: Uint32Array<ArrayBuffer>;
}

/**
 * The table: for each workgroup its first element, how many, where in the parameter it begins, first contribution and
 * their number; then for each contribution offset, size and parts.
 */
export function gatherGradients({ program, contributions }: EmitterState): Gather {
  const { parameters, parameterCount } = program;
  const partsStride = partsSize(contributions);
  const byParameter = Map.groupBy(contributions, ({ parameterOffset }) => parameterOffset);
  const groups: number[] = [];
  const sources: number[] = [];
  for (const { offset, size } of parameters) {
    const own = byParameter.get(offset) ?? [];
    for (let begin = 0; begin < size; begin += elementsPerGroup) {
      const count = Math.min(elementsPerGroup, size - begin);
      groups.push(offset + begin, count, begin, sources.length / 3, own.length);
    }
    for (const contribution of own) sources.push(contribution.offset, contribution.size, contribution.parts);
  }
  const groupCount = groups.length / 5;
  const code = `${declarations()}
var<workgroup> pool: array<f32, ${lanes}>;
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) all: vec3u, @builtin(local_invocation_index) lane: u32) {
  let group = id.z * all.x + id.x;
  let row = min(group, ${groupCount - 1}u) * 5u;
  let element = lane % ${elementsPerGroup}u;
  let works = group < ${groupCount}u && element < table[row + 1u];
  var total = 0.0;
  if (works) {
    for (var source = 0u; source < table[row + 4u]; source++) {
      let origin = ${groupCount * 5}u + (table[row + 3u] + source) * 3u;
      let size = table[origin + 1u];
      let parts = table[origin + 2u];
      let first = table[origin] + table[row + 2u] + element;
      for (var part = lane / ${elementsPerGroup}u; part < run.count * parts; part += ${streams}u) {
        total += partials[part / parts * ${partsStride}u + first + part % parts * size];
      }
    }
  }
  pool[lane] = total;
  workgroupBarrier();
  if (works && lane < ${elementsPerGroup}u) {
    var sum = 0.0;
    for (var stream = 0u; stream < ${streams}u; stream++) { sum += pool[stream * ${elementsPerGroup}u + lane]; }
    let at = ${parameterCount}u + table[row] + element;
    if (run.adds == 1u) { sum += blocks[at]; }
    blocks[at] = sum;
  }
}
`;
  const table = Uint32Array.from([...groups, ...sources]);
  return { labels: ['sum of gradients'], groups: groupCount, perSample: false, code, table };
}
