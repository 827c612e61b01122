/**
 * The selective scan of Mamba with its low-rank step size, its D term and its SiLU gate, in one (Gu & Dao 2023, algorithm
 * 2; B enters as dt·B, Euler). N = 16 states in the network, any number here.
 * Convention: a token holds S sequences one after the other, E channels each; time runs along the leading axes. A
 * sequence's row of `projected` is (dt_raw R, B N, C N). Output 1 keeps the states before every 32nd token, for
 * gradients that recompute the rest.
 */
import { channelsOf, operand, requireExactShape, requireShape, shapeAt, sizeOf } from '../operation.ts';
import type { Operands, OperationDefinition } from '../operation.ts';
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

function scanShape(inputs: Operands): ScanShape {
  const [channels, states] = operand(inputs, 5).shape as [number, number];
  const x = operand(inputs, 0).shape;
  const sequences = channelsOf(x) / channels;
  return {
    tokens: sizeOf(x) / channelsOf(x),
    sequences,
    channels,
    states,
    rank: operand(inputs, 3).data.length / channels,
  };
}

/** The step size before its softplus, for a row of `projected` and a channel. */
function stepLogit(inputs: Operands, row: number, channel: number, rank: number): number {
  const projected = operand(inputs, 2).data;
  const weight = operand(inputs, 3).data;
  let total = operand(inputs, 4).data[channel]!;
  for (let r = 0; r < rank; r++) total += weight[channel * rank + r]! * projected[row + r]!;
  return total;
}

/** States after every token of one channel of one sequence, (tokens, N), from the recurrence. */
function stateHistory(inputs: Operands, shape: ScanShape, sequence: number, channel: number): Float64Array {
  const { tokens, sequences, channels, states, rank } = shape;
  const x = operand(inputs, 0).data;
  const projected = operand(inputs, 2).data;
  const aLog = operand(inputs, 5).data;
  const history = new Float64Array(tokens * states);
  for (let t = 0; t < tokens; t++) {
    const row = (t * sequences + sequence) * (rank + 2 * states);
    const dt = softplus(stepLogit(inputs, row, channel, rank));
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
export const selectiveScan: OperationDefinition = {
  kind: 'selective-scan',
  attributes: [],
  infer: (inputs) => {
    const kind = 'selective-scan';
    const x = shapeAt(kind, inputs, 0);
    const [E = 0, N = 0, ...rest] = shapeAt(kind, inputs, 5);
    requireShape(E > 0 && N > 0 && rest.length === 0, kind, 'A_log must be (E, N)');
    const sequences = channelsOf(x) / E;
    requireShape(Number.isInteger(sequences), kind, 'x must hold whole sequences');
    requireExactShape(kind, 'z', shapeAt(kind, inputs, 1), x);
    const dtWeight = shapeAt(kind, inputs, 3);
    const rank = dtWeight[1] ?? 0;
    requireExactShape(kind, 'dt weight', dtWeight, [E, rank]);
    const row = sequences * (rank + 2 * N);
    requireExactShape(kind, 'projected', shapeAt(kind, inputs, 2), [...x.slice(0, -1), row]);
    requireExactShape(kind, 'dt bias', shapeAt(kind, inputs, 4), [E]);
    requireExactShape(kind, 'D', shapeAt(kind, inputs, 6), [E]);
    const tokens = sizeOf(x) / channelsOf(x);
    return [{ shape: x }, { shape: [Math.ceil(tokens / scanStride), channelsOf(x) * N] }];
  },
  forward: (inputs, outputs) => {
    const shape = scanShape(inputs);
    const { tokens, sequences, channels, states, rank } = shape;
    const x = operand(inputs, 0).data;
    const z = operand(inputs, 1).data;
    const projected = operand(inputs, 2).data;
    const D = operand(inputs, 6).data;
    const y = operand(outputs, 0).data;
    const kept = operand(outputs, 1).data;
    for (let sequence = 0; sequence < sequences; sequence++) {
      for (let channel = 0; channel < channels; channel++) {
        const history = stateHistory(inputs, shape, sequence, channel);
        for (let t = 0; t < tokens; t++) {
          const i = (t * sequences + sequence) * channels + channel;
          const row = (t * sequences + sequence) * (rank + 2 * states);
          let total = D[channel]! * x[i]!;
          for (let n = 0; n < states; n++) total += projected[row + rank + states + n]! * history[t * states + n]!;
          y[i] = total * silu(z[i]!);
          if (t % scanStride !== 0) continue;
          for (let n = 0; n < states; n++) {
            const place = ((t / scanStride) * sequences * channels + sequence * channels + channel) * states + n;
            kept[place] = t > 0 ? history[(t - 1) * states + n]! : 0;
          }
        }
      }
    }
  },
  gradient: {
    readsInputs: () => [0, 1, 2, 3, 4, 5, 6],
    readsOutputs: [1],
    fromOutputs: () => [0],
    toInputs: () => [0, 1, 2, 3, 4, 5, 6],
    apply: (inputs, _outputs, outputGradients, inputGradients) => {
      const shape = scanShape(inputs);
      for (let sequence = 0; sequence < shape.sequences; sequence++) {
        for (let channel = 0; channel < shape.channels; channel++) {
          addChannelGradient(inputs, operand(outputGradients, 0).data, inputGradients, shape, sequence, channel);
        }
      }
    },
  },
};

/** Backward in time through one channel of one sequence. */
function addChannelGradient(
  inputs: Operands,
  dy: Float64Array,
  inputGradients: Operands,
  { tokens, sequences, channels, states, rank }: ScanShape,
  sequence: number,
  channel: number,
): void {
  const x = operand(inputs, 0).data;
  const z = operand(inputs, 1).data;
  const projected = operand(inputs, 2).data;
  const dtWeight = operand(inputs, 3).data;
  const aLog = operand(inputs, 5).data;
  const D = operand(inputs, 6).data;
  const [dx, dz, dProjected, dDtWeight, dDtBias, dALog, dD] = inputGradients.map((gradient) => gradient?.data);
  const shape = { tokens, sequences, channels, states, rank };
  const history = stateHistory(inputs, shape, sequence, channel);
  const dState = new Float64Array(states);
  for (let t = tokens - 1; t >= 0; t--) {
    const i = (t * sequences + sequence) * channels + channel;
    const row = (t * sequences + sequence) * (rank + 2 * states);
    const logit = stepLogit(inputs, row, channel, rank);
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
      if (dALog !== undefined) dALog[channel * states + n]! += dDecay * dt * A;
      if (dProjected !== undefined) {
        dProjected[row + rank + n]! += d * dt * x[i]!;
        dProjected[row + rank + states + n]! += dUngated * state;
      }
      dState[n] = d * decay;
    }
    const dLogit = dDt * sigmoid(logit);
    if (dz !== undefined) dz[i]! += dy[i]! * ungated * siluDerivative(z[i]!);
    if (dx !== undefined) dx[i]! += dxHere;
    if (dD !== undefined) dD[channel]! += dUngated * x[i]!;
    if (dDtBias !== undefined) dDtBias[channel]! += dLogit;
    for (let r = 0; r < rank; r++) {
      if (dDtWeight !== undefined) dDtWeight[channel * rank + r]! += dLogit * projected[row + r]!;
      if (dProjected !== undefined) dProjected[row + r]! += dLogit * dtWeight[channel * rank + r]!;
    }
  }
}
