/**
 * The selective scan's gradient. Chunks of 32 tokens backward in time from a zero state gradient, a pass that carries the
 * state gradients over the chunks from the last to the first, then every chunk in a workgroup that holds all channels of
 * its sequences: states are computed again from the kept ones and left in memory for the way back; gradients of B, C and
 * the step's input are summed over channels in workgroup memory, in fixed order. Not the forward pass.
 */
import { lanes, mostShared } from '../kernel.ts';
import type { Emitter, OperationKernels } from '../kernel.ts';
import {
  advanceStates,
  declareDecayRates,
  declareStep,
  eachState,
  quadAt,
  scanSizes,
  scanStride,
} from './scan-text.ts';
import type { ScanSizes } from './scan-text.ts';

type AddGradient = OperationKernels<'selective-scan'>['gradient'];
type Values = Parameters<AddGradient>[1];
type Gradients = Parameters<AddGradient>[2];

export const addScanGradient: AddGradient = (e, values, gradients) => {
  const { z, projected, aLog, dy } = values;
  const sizes = scanSizes(e, values);
  const { tokens, chunks, sequences, channels, states, rank, quads } = sizes;
  const perChunk = sequences * channels;
  const carried = e.temporary([chunks, perChunk, states]);
  const dUngated = `${dy.at('at')} * silu(${z.at('at')})`;
  if (chunks > 1) {
    const stepSums = e.temporary([chunks, perChunk]);
    const chunkBody = `let channel = i % ${channels}u; let sequence = i / ${channels}u % ${sequences}u; let chunk = i / ${perChunk}u;
    ${declareDecayRates(values, sizes)}
    ${quads.map((q) => `var c${q} = vec4f(0.0);`).join(' ')}
    var stepSum = 0.0;
    let end = min((chunk + 1u) * ${scanStride}u, ${tokens}u);
    for (var back = 0u; back < end - chunk * ${scanStride}u; back++) {
      let t = end - 1u - back;
      ${declareStep(values, sizes)}
      let d = ${dUngated};
      ${quads.map((q) => `c${q} = (c${q} + d * ${quadAt(projected, `row + ${rank + states + 4 * q}u`)}) * exp(A${q} * dt);`).join('\n')}
      stepSum += dt;
    }
    ${stepSums.store('i', 'stepSum')}
    ${eachState(sizes, (q) => carried.store(`i * ${states}u + ${4 * q}u + n`, `c${q}[n]`))}`;
    e.addFlat('chunks', perChunk * chunks, chunkBody);
    const carryBody = `let rate = -exp(${aLog.at(`i % ${channels * states}u`)});
    var carry = 0.0;
    for (var back = 0u; back < ${chunks}u; back++) {
      let chunk = ${chunks - 1}u - back;
      let own = ${carried.at(`chunk * ${perChunk * states}u + i`)};
      ${carried.store(`chunk * ${perChunk * states}u + i`, 'carry')}
      carry = own + exp(rate * ${stepSums.at(`chunk * ${perChunk}u + i / ${states}u`)}) * carry;
    }`;
    e.addFlat('carry', perChunk * states, carryBody);
  }
  addTokenGradients(e, values, gradients, sizes, dUngated, (q, n) =>
    chunks > 1 ? carried.at(`(chunk * ${perChunk}u + own) * ${states}u + ${4 * q + n}u`) : '0.0',
  );
};

function addTokenGradients(
  e: Emitter,
  values: Values,
  gradients: Gradients,
  sizes: ScanSizes,
  dUngated: string,
  carriedAt: (q: number, n: number) => string,
): void {
  const { tokens, chunks, sequences, channels, states, rank, row, quads } = sizes;
  const together = Math.min(sequences, Math.floor(lanes / channels), Math.floor(mostShared / (channels * row)));
  if (together < 1) e.refuse(`its sequences have ${channels} channels, and a workgroup holds at most 124`);
  const blocks = Math.ceil(sequences / together);
  const perChunk = sequences * channels;
  const { z, projected, dtWeight, D, states: kept, dy } = values;
  const { dx, dz, dProjected } = gradients;
  const parts = chunks * sequences;
  const dDtWeight = gradients.dDtWeight?.inParts(parts);
  const dDtBias = gradients.dDtBias?.inParts(parts);
  const dALog = gradients.dALog?.inParts(parts);
  const dD = gradients.dD?.inParts(parts);
  const history = e.temporary([tokens, perChunk, states]);
  const four = [0, 1, 2, 3];
  const each = (text: (q: number) => string): string => quads.map(text).join('\n');
  const keptAt = (q: number): string => quadAt(kept, `(chunk * ${perChunk}u + own) * ${states}u + ${4 * q}u`);
  const ranks = Array.from({ length: rank }, (_, r) => r);
  const tokenBody = `
  let chunk = group / ${blocks}u;
  let inBlock = lane / ${channels}u;
  let sequence = group % ${blocks}u * ${together}u + inBlock;
  let channel = lane % ${channels}u;
  let own = sequence * ${channels}u + channel;
  let works = inBlock < ${together}u && sequence < ${sequences}u;
  let begin = chunk * ${scanStride}u;
  let end = min(begin + ${scanStride}u, ${tokens}u);
  ${each((q) => `var A${q} = vec4f(0.0); var h${q} = vec4f(0.0); var c${q} = vec4f(0.0); var dA${q} = vec4f(0.0);`)}
  var sumD = 0.0; var sumBias = 0.0; ${ranks.map((r) => `var sumWeight${r} = 0.0;`).join(' ')}
  if (works) {
    ${declareDecayRates(values, sizes).replaceAll('let A', 'A')}
    ${each((q) => `h${q} = ${keptAt(q)}; c${q} = vec4f(${four.map((n) => carriedAt(q, n)).join(', ')});`)}
    for (var t = begin; t < end; t++) {
      ${declareStep(values, sizes)}
      ${advanceStates(values, sizes)}
      ${eachState(sizes, (q) => history.store(`(t * ${perChunk}u + own) * ${states}u + ${4 * q}u + n`, `h${q}[n]`))}
    }
  }
  for (var back = 0u; back < end - begin; back++) {
    let t = end - 1u - back;
    if (works) {
      ${declareStep(values, sizes)}
      let d = ${dUngated};
      ${each((q) => `var before${q} = ${keptAt(q)};`)}
      if (t > begin) { ${each((q) => `before${q} = ${quadAt(history, `((t - 1u) * ${perChunk}u + own) * ${states}u + ${4 * q}u`)};`)} }
      var ungated = ${D.at('channel')} * x; var dDt = 0.0; var dB = 0.0;
      ${each(
        (q) => `{
        let B = ${quadAt(projected, `row + ${rank + 4 * q}u`)};
        let C = ${quadAt(projected, `row + ${rank + states + 4 * q}u`)};
        let decay = exp(A${q} * dt);
        let g = c${q} + d * C;
        let dDecay = g * before${q} * decay;
        ungated += dot(C, h${q});
        dDt += dot(dDecay, A${q});
        dB += dot(g, B);
        dA${q} += dDecay * dt * A${q};
        let stateGradient = g * dt * x; let outputGradient = d * h${q};
        for (var n = 0u; n < 4u; n++) {
          pool[lane * ${row}u + ${4 * q}u + n] = stateGradient[n];
          pool[lane * ${row}u + ${states + 4 * q}u + n] = outputGradient[n];
        }
        c${q} = g * decay;
        h${q} = before${q};
      }`,
      )}
      let dLogit = (dDt + dB * x) * sigmoid(logit);
      ${ranks.map((r) => `pool[lane * ${row}u + ${2 * states + r}u] = dLogit * ${dtWeight.at(`channel * ${rank}u + ${r}u`)}; sumWeight${r} += dLogit * ${projected.at(`row + ${r}u`)};`).join(' ')}
      sumBias += dLogit;
      sumD += d * x;
      ${dz?.store('at', `${dy.at('at')} * ungated * siluDerivative(${z.at('at')})`) ?? ''}
      ${dx?.store('at', `d * ${D.at('channel')} + dt * dB`) ?? ''}
    }
    workgroupBarrier();
    for (var q = lane; q < ${together * row}u; q += ${lanes}u) {
      let which = q / ${row}u; let n = q % ${row}u;
      let s = group % ${blocks}u * ${together}u + which;
      if (s < ${sequences}u) {
        var total = 0.0;
        for (var k = 0u; k < ${channels}u; k++) { total += pool[(which * ${channels}u + k) * ${row}u + n]; }
        ${dProjected?.store(`(t * ${sequences}u + s) * ${row}u + select(n - ${2 * states}u, n + ${rank}u, n < ${2 * states}u)`, 'total') ?? ''}
      }
    }
    workgroupBarrier();
  }
  if (works) {
    let part = chunk * ${sequences}u + sequence;
    ${dALog === undefined ? '' : eachState(sizes, (q) => dALog.store('part', `channel * ${states}u + ${4 * q}u + n`, `dA${q}[n]`))}
    ${dD?.store('part', 'channel', 'sumD') ?? ''}
    ${dDtBias?.store('part', 'channel', 'sumBias') ?? ''}
    ${ranks.map((r) => dDtWeight?.store('part', `channel * ${rank}u + ${r}u`, `sumWeight${r}`) ?? '').join(' ')}
  }`;
  e.add('tokens', chunks * blocks, tokenBody, together * channels * row);
}
