/**
 * GroupNorm → 2×2 max-pool → GELU. A lane for four channels of a pooled pixel, so that the four winners (2 bits each) fit
 * one float of the winners' tensor, which holds 0..255 for four bytes; the gradient has a lane for each element before the pool.
 */
import { planeOf } from '../../../program/operation.ts';
import type { OperationKernels } from '../kernel.ts';
import { addGroupStatistics, addNormSums, hatOf, inputGradientOf, normalized } from './group-norm.ts';

const four = [0, 1, 2, 3];

/** WGSL index in (H, W, C) of position `at` of a window, from `row`, `column` of the pooled plane and a channel. */
function windowElement(width: number, channels: number, at: string, channel: string): string {
  return `((2u * row + (${at}) / 2u) * ${width}u + 2u * column + (${at}) % 2u) * ${channels}u + ${channel}`;
}

export const groupnormMaxpoolGeluKernels: OperationKernels<'groupnorm-maxpool-gelu'> = {
  forward: (e, inputs, { y, winners, statistics }) => {
    const { x } = inputs;
    const norm = { ...inputs, statistics };
    const [, width, channels] = planeOf(x.shape);
    addGroupStatistics(e, x, statistics);
    const quads = channels / 4;
    const body = `let pixel = i / ${quads}u; let first = i % ${quads}u * 4u;
    let row = pixel / ${width / 2}u; let column = pixel % ${width / 2}u;
    var code = 0.0;
    ${four
      .map(
        (k) => `{
      let c = first + ${k}u;
      var best = 0.0; var winner = 0u;
      for (var at = 0u; at < 4u; at++) {
        let value = ${normalized(norm, windowElement(width, channels, 'at', 'c'), 'c')};
        if (at == 0u || value > best) { best = value; winner = at; }
      }
      code += f32(winner << ${2 * k}u);
      ${y.store(`i * 4u + ${k}u`, 'gelu(best)')}
    }`,
      )
      .join('\n')}
    ${winners.store('i', 'code')}`;
    e.addTokens('', y.size / channels, quads, body, true);
  },
  gradient: (e, { winners, dy, ...norm }, { dx, dWeight, dBias }) => {
    const { x } = norm;
    const [, width, channels] = planeOf(x.shape);
    const winnerOf = (j: string): string => `((u32(${winners.at(`(${j}) / 4u`)}) >> ((${j}) % 4u * 2u)) & 3u)`;
    const sums = addNormSums(e, norm, {
      dWeight,
      dBias,
      rows: dy.size / channels,
      body: `
        let pooled = row * ${channels}u + column;
        let winner = ${winnerOf('pooled')};
        let origin = ${windowElement(width, channels, 'winner', 'channel')
          .replaceAll(/\brow\b/g, `(row / ${width / 2}u)`)
          .replaceAll(/\bcolumn\b/g, `(row % ${width / 2}u)`)
          .replaceAll(/\bchannel\b/g, 'column')};
        let d = ${dy.at('pooled')} * geluDerivative(${normalized(norm, 'origin', 'column')});
        sum0 += d * ${hatOf(norm, 'origin', 'column')}; sum1 += d;`,
    });
    if (dx === undefined) return;
    const body = `let c = i % ${channels}u; let row = i / ${channels * width}u; let column = i / ${channels}u % ${width}u;
    let pooled = (row / 2u * ${width / 2}u + column / 2u) * ${channels}u + c;
    var d = 0.0;
    if (${winnerOf('pooled')} == row % 2u * 2u + column % 2u) {
      d = ${dy.at('pooled')} * geluDerivative(${normalized(norm, 'i', 'c')});
    }
    ${dx.store('i', inputGradientOf(norm, sums, 'i', 'c', 'd'))}`;
    e.addElements(x, body, { name: 'input', readsNeighbors: true });
  },
};
