/**
 * The selective scan of Mamba with its low-rank step size, its D term and its SiLU gate, in one (Gu & Dao 2023, algorithm
 * 2; B enters as dt·B, Euler). N = 16 states in the network, any number here.
 * Convention: a token holds S sequences one after the other, E channels each; time runs along the leading axes. A
 * sequence's row of `projected` is (dt_raw R, B N, C N). `states` keeps those before every 32nd token, for gradients that
 * recompute the rest.
 */
import { channelsOf, defineOperation, requireExactShape, requireShape, sizeOf } from '../operation.ts';
import type { Operand } from '../operation.ts';
import { sigmoid, silu, siluDerivative, softplus } from './activation.ts';

/** Tokens between two kept states. */
const scanStride = 32;

interface ScanShape {
  readonly tokens: number;
  readonly sequences: number;
  readonly channels: number;
  readonly states: number;
  readonly rank: number;
}

/** What the recurrence reads. */
interface ScanOperands {
  readonly x: Operand;
  readonly projected: Operand;
  readonly dtWeight: Operand;
  readonly dtBias: Operand;
  readonly aLog: Operand;
}

function scanShape({ x, dtWeight, aLog }: ScanOperands): ScanShape {
  const [channels, states] = aLog.shape as [number, number];
  return {
    tokens: x.data.length / channelsOf(x.shape),
    sequences: channelsOf(x.shape) / channels,
    channels,
    states,
    rank: dtWeight.data.length / channels,
  };
}

/** The step size before its softplus, for a row of `projected` and a channel. */
function stepLogit(scan: ScanOperands, row: number, channel: number, rank: number): number {
  let total = scan.dtBias.data[channel]!;
  for (let r = 0; r < rank; r++) total += scan.dtWeight.data[channel * rank + r]! * scan.projected.data[row + r]!;
  return total;
}

/** States after every token of one channel of one sequence, (tokens, N), from the recurrence. */
function stateHistory(scan: ScanOperands, shape: ScanShape, sequence: number, channel: number): Float64Array {
  const { tokens, sequences, channels, states, rank } = shape;
  const [x, projected, aLog] = [scan.x.data, scan.projected.data, scan.aLog.data];
  const history = new Float64Array(tokens * states);
  for (let t = 0; t < tokens; t++) {
    const row = (t * sequences + sequence) * (rank + 2 * states);
    const dt = softplus(stepLogit(scan, row, channel, rank));
    const input = dt * x[(t * sequences + sequence) * channels + channel]!;
    for (let n = 0; n < states; n++) {
      const decay = Math.exp(-Math.exp(aLog[channel * states + n]!) * dt);
      const before = t > 0 ? history[(t - 1) * states + n]! : 0;
      history[t * states + n] = decay * before + input * projected[row + rank + n]!;
    }
  }
  return history;
}

/**
 * Inputs x (…, S·E), z (…, S·E), projected (…, S·(R+2N)), dt weight (E, R), dt bias (E), A_log (E, N), D (E);
 * outputs (…, S·E) and states (⌈tokens/32⌉, S·E·N).
 */
export const selectiveScan = defineOperation({
  kind: 'selective-scan',
  inputs: ['x', 'z', 'projected', 'dtWeight', 'dtBias', 'aLog', 'D'],
  outputs: ['y', 'states'],
  infer: ({ x, z, projected, dtWeight, dtBias, aLog, D }) => {
    const [E = 0, N = 0, ...rest] = aLog;
    requireShape(E > 0 && N > 0 && rest.length === 0, 'A_log must be (E, N)');
    const sequences = channelsOf(x) / E;
    requireShape(Number.isInteger(sequences), 'x must hold whole sequences');
    requireExactShape('z', z, x);
    const rank = dtWeight[1] ?? 0;
    requireExactShape('dt weight', dtWeight, [E, rank]);
    requireExactShape('projected', projected, [...x.slice(0, -1), sequences * (rank + 2 * N)]);
    requireExactShape('dt bias', dtBias, [E]);
    requireExactShape('D', D, [E]);
    const tokens = sizeOf(x) / channelsOf(x);
    return { y: { shape: x }, states: { shape: [Math.ceil(tokens / scanStride), channelsOf(x) * N] } };
  },
  forward: ({ z, D, ...scan }, { y, states: kept }) => {
    const shape = scanShape(scan);
    const { tokens, sequences, channels, states, rank } = shape;
    const [x, projected] = [scan.x.data, scan.projected.data];
    for (let sequence = 0; sequence < sequences; sequence++) {
      for (let channel = 0; channel < channels; channel++) {
        const history = stateHistory(scan, shape, sequence, channel);
        for (let t = 0; t < tokens; t++) {
          const i = (t * sequences + sequence) * channels + channel;
          const row = (t * sequences + sequence) * (rank + 2 * states);
          let total = D.data[channel]! * x[i]!;
          for (let n = 0; n < states; n++) total += projected[row + rank + states + n]! * history[t * states + n]!;
          y.data[i] = total * silu(z.data[i]!);
          if (t % scanStride !== 0) continue;
          const first = ((t / scanStride) * sequences * channels + sequence * channels + channel) * states;
          for (let n = 0; n < states; n++) kept.data[first + n] = t > 0 ? history[(t - 1) * states + n]! : 0;
        }
      }
    }
  },
  gradient: {
    reads: ['x', 'z', 'projected', 'dtWeight', 'dtBias', 'aLog', 'D', 'states'],
    from: ['y'],
    to: ['x', 'z', 'projected', 'dtWeight', 'dtBias', 'aLog', 'D'],
    apply: (values, gradients) => {
      const shape = scanShape(values);
      for (let sequence = 0; sequence < shape.sequences; sequence++) {
        for (let channel = 0; channel < shape.channels; channel++) {
          addChannelGradient(values, gradients, shape, sequence, channel);
        }
      }
    },
  },
});

interface ScanGradients {
  readonly dx: Operand | undefined;
  readonly dz: Operand | undefined;
  readonly dProjected: Operand | undefined;
  readonly dDtWeight: Operand | undefined;
  readonly dDtBias: Operand | undefined;
  readonly dALog: Operand | undefined;
  readonly dD: Operand | undefined;
}

/** Backward in time through one channel of one sequence. */
function addChannelGradient(
  values: ScanOperands & { readonly z: Operand; readonly D: Operand; readonly dy: Operand },
  { dx, dz, dProjected, dDtWeight, dDtBias, dALog, dD }: ScanGradients,
  shape: ScanShape,
  sequence: number,
  channel: number,
): void {
  const { tokens, sequences, channels, states, rank } = shape;
  const [x, z, dy] = [values.x.data, values.z.data, values.dy.data];
  const [projected, dtWeight, aLog, D] = [values.projected.data, values.dtWeight.data, values.aLog.data, values.D.data];
  const history = stateHistory(values, shape, sequence, channel);
  const dState = new Float64Array(states);
  for (let t = tokens - 1; t >= 0; t--) {
    const i = (t * sequences + sequence) * channels + channel;
    const row = (t * sequences + sequence) * (rank + 2 * states);
    const logit = stepLogit(values, row, channel, rank);
    const dt = softplus(logit);
    const dUngated = dy[i]! * silu(z[i]!);
    let ungated = D[channel]! * x[i]!;
    let dxHere = dUngated * D[channel]!;
    let dDt = 0;
    for (let n = 0; n < states; n++) {
      const A = -Math.exp(aLog[channel * states + n]!);
      const decay = Math.exp(dt * A);
      const B = projected[row + rank + n]!;
      const C = projected[row + rank + states + n]!;
      const state = history[t * states + n]!;
      const before = t > 0 ? history[(t - 1) * states + n]! : 0;
      ungated += C * state;
      const d = dState[n]! + dUngated * C;
      const dDecay = d * before * decay;
      dDt += dDecay * A + d * B * x[i]!;
      dxHere += d * dt * B;
      if (dALog !== undefined) dALog.data[channel * states + n]! += dDecay * dt * A;
      if (dProjected !== undefined) {
        dProjected.data[row + rank + n]! += d * dt * x[i]!;
        dProjected.data[row + rank + states + n]! += dUngated * state;
      }
      dState[n] = d * decay;
    }
    const dLogit = dDt * sigmoid(logit);
    if (dz !== undefined) dz.data[i]! += dy[i]! * ungated * siluDerivative(z[i]!);
    if (dx !== undefined) dx.data[i]! += dxHere;
    if (dD !== undefined) dD.data[channel]! += dUngated * x[i]!;
    if (dDtBias !== undefined) dDtBias.data[channel]! += dLogit;
    for (let r = 0; r < rank; r++) {
      if (dDtWeight !== undefined) dDtWeight.data[channel * rank + r]! += dLogit * projected[row + r]!;
      if (dProjected !== undefined) dProjected.data[row + r]! += dLogit * dtWeight[channel * rank + r]!;
    }
  }
}
