/**
 * What the scan's forward pass and its gradient share: sizes, and the WGSL of one token. Not kernels.
 * Convention: states in vectors of four, `h0` …; `t`, `sequence` and `channel` (u32) are in scope.
 */
import type { Emitter, TensorView } from '../kernel.ts';

/** Tokens between two kept states, as the operation has it. */
export const scanStride = 32;

export interface ScanSizes {
  readonly tokens: number;
  readonly chunks: number;
  readonly sequences: number;
  /** E: channels of a sequence. */
  readonly channels: number;
  readonly states: number;
  readonly rank: number;
  /** Values in a row of `projected`. */
  readonly row: number;
  readonly quads: readonly number[];
}

/** What the recurrence reads. */
export interface ScanInputs {
  readonly x: TensorView;
  readonly projected: TensorView;
  readonly dtWeight: TensorView;
  readonly dtBias: TensorView;
  readonly aLog: TensorView;
}

export function scanSizes(e: Emitter, { x, dtWeight, aLog }: ScanInputs): ScanSizes {
  const [channels = 1, states = 1] = aLog.shape;
  if (states % 4 !== 0 || states > 64) e.refuse(`it has ${states} states, and the kernel takes 4, 8 … 64`);
  const tokens = x.size / x.channels;
  const rank = dtWeight.size / channels;
  return {
    tokens,
    chunks: Math.ceil(tokens / scanStride),
    sequences: x.channels / channels,
    channels,
    states,
    rank,
    row: rank + 2 * states,
    quads: Array.from({ length: states / 4 }, (_, q) => q),
  };
}

/** WGSL that declares A0 … of channel `channel`: -exp(A_log). */
export function declareDecayRates({ aLog }: ScanInputs, { states, quads }: ScanSizes): string {
  const one = (q: number): string => `-exp(${vector((n) => aLog.at(`channel * ${states}u + ${4 * q + n}u`))})`;
  return quads.map((q) => `let A${q} = ${one(q)};`).join(' ');
}

/** Four WGSL values as one. */
function vector(element: (n: number) => string): string {
  return `vec4f(${[0, 1, 2, 3].map(element).join(', ')})`;
}

/** Four values of a tensor that lie together. */
export function quadAt(view: TensorView, first: string): string {
  return vector((n) => view.at(`${first} + ${n}u`));
}

/** WGSL that declares, for `t`, `sequence` and `channel`: `row`, `at`, `x`, `logit` and `dt`. */
export function declareStep(inputs: ScanInputs, { sequences, channels, rank, row }: ScanSizes): string {
  const { x, projected, dtWeight, dtBias } = inputs;
  const terms = Array.from(
    { length: rank },
    (_, r) => ` + ${dtWeight.at(`channel * ${rank}u + ${r}u`)} * ${projected.at(`row + ${r}u`)}`,
  );
  return `
    let row = (t * ${sequences}u + sequence) * ${row}u;
    let at = (t * ${sequences}u + sequence) * ${channels}u + channel;
    let x = ${x.at('at')};
    let logit = ${dtBias.at('channel')}${terms.join('')};
    let dt = softplus(logit);`;
}

/** WGSL of a statement for each state: element `n` (u32) of vector `q`. A loop: a quarter of the text to compile. */
export function eachState({ quads }: ScanSizes, statement: (q: number) => string): string {
  return quads.map((q) => `for (var n = 0u; n < 4u; n++) { ${statement(q)} }`).join('\n');
}

/** WGSL that takes the states h0 … one token further. */
export function advanceStates({ projected }: ScanInputs, { rank, quads }: ScanSizes): string {
  return quads
    .map((q) => `h${q} = exp(A${q} * dt) * h${q} + dt * x * ${quadAt(projected, `row + ${rank + 4 * q}u`)};`)
    .join('\n');
}
