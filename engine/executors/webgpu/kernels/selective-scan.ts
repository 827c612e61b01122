/**
 * The selective scan, forward. Short sequences: a lane for each (sequence, channel), all its states in registers. Long
 * ones by chunks of the 32 tokens between two kept states: every chunk from zero (a lane for each (chunk, sequence,
 * channel)), a pass that carries the states over the chunks (decay exp(A·Σdt)), then every chunk once more from its true
 * state. Convention: states in vectors of four.
 */
import type { OperationKernels } from '../kernel.ts';
import {
  advanceStates,
  declareDecayRates,
  declareStep,
  eachState,
  quadAt,
  scanSizes,
  scanStride,
} from './scan-text.ts';
import { addScanGradient } from './selective-scan-gradient.ts';

/** Up to so many tokens, 8 chunks, one lane after the other is faster than three kernels. */
const mostSequential = 256;

export const selectiveScanKernels: OperationKernels<'selective-scan'> = {
  forward: (e, { z, D, ...scan }, { y, states: kept }) => {
    const sizes = scanSizes(e, scan);
    const { tokens, chunks, sequences, channels, states, rank, quads } = sizes;
    const perChunk = sequences * channels;
    const emitToken = (): string => {
      const C = (q: number): string => quadAt(scan.projected, `row + ${rank + states + 4 * q}u`);
      const dots = quads.map((q) => ` + dot(${C(q)}, h${q})`);
      return y.store('at', `(${D.at('channel')} * x${dots.join('')}) * silu(${z.at('at')})`);
    };
    const firstState = (chunk: string, q: number): string =>
      `((${chunk}) * ${perChunk}u + sequence * ${channels}u + channel) * ${states}u + ${4 * q}u`;
    const storeStates = (chunk: string): string =>
      eachState(sizes, (q) => kept.store(`${firstState(chunk, q)} + n`, `h${q}[n]`));
    const zeroStates = quads.map((q) => `var h${q} = vec4f(0.0);`).join(' ');
    const whose = `let channel = i % ${channels}u; let sequence = i / ${channels}u % ${sequences}u;`;
    if (tokens <= mostSequential) {
      const body = `${whose} ${declareDecayRates(scan, sizes)} ${zeroStates}
      for (var t = 0u; t < ${tokens}u; t++) {
        if (t % ${scanStride}u == 0u) { ${storeStates(`t / ${scanStride}u`)} }
        ${declareStep(scan, sizes)}
        ${advanceStates(scan, sizes)}
        ${emitToken()}
      }`;
      e.addFlat('', perChunk, body);
      return;
    }
    const perSample = perChunk * chunks;
    const stepSums = e.temporary([perSample]);
    const chunkLoop = (body: string): string => `
      for (var t = chunk * ${scanStride}u; t < min((chunk + 1u) * ${scanStride}u, ${tokens}u); t++) {
        ${declareStep(scan, sizes)}
        ${advanceStates(scan, sizes)}
        ${body}
      }`;
    const chunkBody = `${whose} let chunk = i / ${perChunk}u;
    ${declareDecayRates(scan, sizes)} ${zeroStates}
    var stepSum = 0.0;
    ${chunkLoop('stepSum += dt;')}
    ${storeStates('chunk')} ${stepSums.store('i', 'stepSum')}`;
    e.addFlat('chunks', perSample, chunkBody);
    const carryBody = `let rate = -exp(${scan.aLog.at(`i % ${channels * states}u`)});
    var state = 0.0;
    for (var chunk = 0u; chunk < ${chunks}u; chunk++) {
      let own = ${kept.at(`chunk * ${perChunk * states}u + i`)};
      ${kept.store(`chunk * ${perChunk * states}u + i`, 'state')}
      state = exp(rate * ${stepSums.at(`chunk * ${perChunk}u + i / ${states}u`)}) * state + own;
    }`;
    e.addFlat('carry', perChunk * states, carryBody);
    const tokenBody = `${whose} let chunk = i / ${perChunk}u;
    ${declareDecayRates(scan, sizes)}
    ${quads.map((q) => `var h${q} = ${quadAt(kept, firstState('chunk', q))};`).join(' ')}
    ${chunkLoop(emitToken())}`;
    e.addFlat('tokens', perSample, tokenBody);
  },
  gradient: addScanGradient,
};
