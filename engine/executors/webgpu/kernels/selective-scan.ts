/**
 * The selective scan, forward. Short sequences: a lane for each (sequence, channel), all its states in registers. Long
 * ones by chunks of the 32 tokens between two kept states: every chunk from zero (a lane for each (chunk, sequence,
 * channel)), a pass that carries the states over the chunks (decay exp(A·Σdt)), then every chunk once more from its true
 * state. Convention: states in vectors of four.
 */
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
import { addScanGradient } from './selective-scan-gradient.ts';

/** Up to so many tokens, 8 chunks, one lane after the other is faster than three kernels. */
const mostSequential = 256;

function emitToken(e: Emitter, { states, rank, quads }: ScanSizes): string {
  const [z, projected, D, y] = [e.input(1), e.input(2), e.input(6), e.output(0)];
  const dots = quads.map((q) => ` + dot(${quadAt(projected, `row + ${rank + states + 4 * q}u`)}, h${q})`);
  return y.store('at', `(${D.at('channel')} * x${dots.join('')}) * silu(${z.at('at')})`);
}

export const selectiveScanKernels: OperationKernels = {
  forward: (e) => {
    const sizes = scanSizes(e);
    const { tokens, chunks, sequences, channels, states, quads } = sizes;
    const perChunk = sequences * channels;
    const kept = e.output(1);
    const place = (chunk: string, q: number): string =>
      `((${chunk}) * ${perChunk}u + sequence * ${channels}u + channel) * ${states}u + ${4 * q}u`;
    const storeStates = (chunk: string): string =>
      eachState(sizes, (q) => kept.store(`${place(chunk, q)} + n`, `h${q}[n]`));
    const zeroStates = quads.map((q) => `var h${q} = vec4f(0.0);`).join(' ');
    const whose = `let channel = i % ${channels}u; let sequence = i / ${channels}u % ${sequences}u;`;
    if (tokens <= mostSequential) {
      e.addFlat(
        '',
        perChunk,
        `${whose} ${declareDecayRates(e, sizes)} ${zeroStates}
        for (var t = 0u; t < ${tokens}u; t++) {
          if (t % ${scanStride}u == 0u) { ${storeStates(`t / ${scanStride}u`)} }
          ${declareStep(e, sizes)}
          ${advanceStates(e, sizes)}
          ${emitToken(e, sizes)}
        }`,
      );
      return;
    }
    const perSample = perChunk * chunks;
    const stepSums = e.temporary([perSample]);
    const chunkLoop = (body: string): string => `
      for (var t = chunk * ${scanStride}u; t < min((chunk + 1u) * ${scanStride}u, ${tokens}u); t++) {
        ${declareStep(e, sizes)}
        ${advanceStates(e, sizes)}
        ${body}
      }`;
    e.addFlat(
      'chunks',
      perSample,
      `${whose} let chunk = i / ${perChunk}u;
      ${declareDecayRates(e, sizes)} ${zeroStates}
      var stepSum = 0.0;
      ${chunkLoop('stepSum += dt;')}
      ${storeStates('chunk')} ${stepSums.store('i', 'stepSum')}`,
    );
    e.addFlat(
      'carry',
      perChunk * states,
      `let rate = -exp(${e.input(5).at(`i % ${channels * states}u`)});
      var state = 0.0;
      for (var chunk = 0u; chunk < ${chunks}u; chunk++) {
        let own = ${kept.at(`chunk * ${perChunk * states}u + i`)};
        ${kept.store(`chunk * ${perChunk * states}u + i`, 'state')}
        state = exp(rate * ${stepSums.at(`chunk * ${perChunk}u + i / ${states}u`)}) * state + own;
      }`,
    );
    e.addFlat(
      'tokens',
      perSample,
      `${whose} let chunk = i / ${perChunk}u;
      ${declareDecayRates(e, sizes)}
      ${quads.map((q) => `var h${q} = ${quadAt(kept, place('chunk', q))};`).join(' ')}
      ${chunkLoop(emitToken(e, sizes))}`,
    );
  },
  gradient: addScanGradient,
};
