/**
 * 3×3 convolution: a lane computes all output channels (up to 32) of one pixel in registers, the weights come from
 * workgroup memory where they fit. Backward by the input is the same with taps mirrored; backward by the weights has a
 * lane for each (input channel, tap), with all output channels in registers, over stripes of pixels.
 */
import { planeOf } from '../../../program/operation.ts';
import { lanes, mostShared } from '../kernel.ts';
import type { Emitter, GradientTarget, OperationKernels, TensorTarget, TensorView } from '../kernel.ts';
import { addRowSum, partsOf } from './sum-over-rows.ts';

const mostInRegisters = 32;

/** Channels that a lane computes: all, or blocks of 16. */
function blockOf(channels: number): number {
  return channels <= mostInRegisters ? channels : 16;
}

interface Convolution {
  readonly name: string;
  readonly source: TensorView;
  readonly target: TensorTarget;
  readonly weight: TensorView;
  readonly bias: TensorView | undefined;
  /** Whether taps are mirrored and the weight's first axis is the source: the gradient by the input. */
  readonly backward: boolean;
}

function addConvolution(e: Emitter, { name, source, target, weight, bias, backward }: Convolution): void {
  const [height, width, targets] = planeOf(target.shape);
  const sources = source.channels;
  const block = blockOf(targets);
  const pixelGroups = Math.ceil((height * width) / lanes);
  const each = Array.from({ length: block }, (_, k) => k);
  const shared = sources * 9 * block;
  const isShared = shared <= mostShared;
  // Only a block of many may reach beyond the last channel.
  const isWhole = block === targets;
  const clamped = (k: string): string => (isWhole ? k : `min(first + ${k}, ${targets - 1}u)`);
  const guarded = (k: number, statement: string): string =>
    isWhole ? statement : `if (first + ${k}u < ${targets}u) { ${statement} }`;
  const weightAt = (t: string, s: string, tap: string): string =>
    weight.at(backward ? `(${s} * ${targets}u + ${t}) * 9u + ${tap}` : `(${t} * ${sources}u + ${s}) * 9u + ${tap}`);
  const term = (k: number): string =>
    isShared ? `pool[(s * 9u + tap) * ${block}u + ${k}u]` : weightAt(clamped(`${k}u`), 's', 'tap');
  const body = `
  let pixel = group % ${pixelGroups}u * ${lanes}u + lane;
  let first = group / ${pixelGroups}u * ${block}u;
  ${
    isShared
      ? `for (var q = lane; q < ${shared}u; q += ${lanes}u) {
           let s = q / ${9 * block}u; let tap = q / ${block}u % 9u;
           pool[q] = ${weightAt(clamped(`q % ${block}u`), 's', 'tap')};
         }
         workgroupBarrier();`
      : ''
  }
  if (pixel < ${height * width}u) {
    let row = i32(pixel / ${width}u); let column = i32(pixel % ${width}u);
    ${each.map((k) => `var y${k} = ${bias === undefined ? '0.0' : bias.at(clamped(`${k}u`))};`).join(' ')}
    for (var tap = 0u; tap < 9u; tap++) {
      let r = row ${backward ? '-' : '+'} (i32(tap / 3u) - 1); let c = column ${backward ? '-' : '+'} (i32(tap % 3u) - 1);
      if (r >= 0 && r < ${height} && c >= 0 && c < ${width}) {
        let origin = (u32(r) * ${width}u + u32(c)) * ${sources}u;
        for (var s = 0u; s < ${sources}u; s++) {
          let x = ${source.at('origin + s')};
          ${each.map((k) => `y${k} += x * ${term(k)};`).join(' ')}
        }
      }
    }
    ${each.map((k) => guarded(k, target.store(`pixel * ${targets}u + first + ${k}u`, `y${k}`))).join('\n')}
  }`;
  e.add(name, pixelGroups * Math.ceil(targets / block), body, isShared ? shared : 0);
}

export const conv3x3Kernels: OperationKernels<'conv3x3'> = {
  forward: (e, { x, weight, bias }, { y }) => {
    addConvolution(e, { name: '', source: x, target: y, weight, bias, backward: false });
  },
  gradient: (e, { x, weight, dy }, { dx, dWeight, dBias }) => {
    if (dx !== undefined) {
      addConvolution(e, { name: 'input', source: dy, target: dx, weight, bias: undefined, backward: true });
    }
    addWeightGradient(e, x, dy, dWeight, dBias);
  },
};

function addWeightGradient(
  e: Emitter,
  x: TensorView,
  dy: TensorView,
  dWeight: GradientTarget | undefined,
  dBias: GradientTarget | undefined,
): void {
  const [height, width, inputs] = planeOf(x.shape);
  const outputs = dy.channels;
  const parts = partsOf(height * width, 1024, 64);
  const dWeightParts = dWeight?.inParts(parts);
  const dBiasParts = dBias?.inParts(parts);
  const block = blockOf(outputs);
  for (let first = 0; first < outputs; first += block) {
    const count = Math.min(block, outputs - first);
    const each = Array.from({ length: count }, (_, k) => k);
    const output = `${first}u + term`;
    // The last column is the bias: its 'input' is 1 everywhere.
    addRowSum(e, {
      name: 'weight',
      rows: height * width,
      parts,
      width: inputs * 9 + 1,
      terms: count,
      prepare: `let channel = column % ${inputs}u; let tap = column / ${inputs}u;
        let down = i32(tap / 3u) - 1; let right = i32(tap % 3u) - 1;`,
      body: `
        var value = 1.0;
        if (tap < 9u) {
          let r = i32(row / ${width}u) + down; let c = i32(row % ${width}u) + right;
          value = 0.0;
          if (r >= 0 && r < ${height} && c >= 0 && c < ${width}) {
            value = ${x.at(`(u32(r) * ${width}u + u32(c)) * ${inputs}u + channel`)};
          }
        }
        ${each.map((k) => `sum${k} += value * ${dy.at(`row * ${outputs}u + ${first + k}u`)};`).join(' ')}`,
      store: `
        if (column < ${inputs * 9}u) {
          ${dWeightParts?.store('part', `((${output}) * ${inputs}u + column % ${inputs}u) * 9u + column / ${inputs}u`, 'total') ?? ''}
        } else {
          ${dBiasParts?.store('part', output, 'total') ?? ''}
        }`,
    });
  }
}
