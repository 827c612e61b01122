/**
 * The selective scan in ONNX, two ways that give the same numbers: ONNX Runtime's own operator, and the standard `Scan`.
 * Convention: B sequences of T tokens; `step`, `input` (step · x) are (B, T, E), `b` and `c` (B, T, 16); A is (E, 16).
 */
import { GraphBuilder } from './graph-builder.ts';
import type { Value, ValueType } from './graph-builder.ts';

export interface ScanInputs {
  readonly step: Value;
  readonly input: Value;
  readonly b: Value;
  readonly c: Value;
  /** −exp(A_log), (E, 16). */
  readonly A: Value;
  readonly channels: number;
  readonly states: number;
}

/** @returns Σ_n C·h (B, T, E) */
export type ScanForm = (graph: GraphBuilder, inputs: ScanInputs) => Value;

/**
 * `com.microsoft.LinearAttention` is this very recurrence with one value per head and a decay of each key dimension:
 * h = exp(decay)·h + key ⊗ value, y = query · h.
 */
export const linearAttentionScan: ScanForm = (graph, { step, input, b, c, A, channels, states }) => {
  const perState = graph.node('Mul', [graph.node('Unsqueeze', [step, graph.integers(3)]), A]);
  const decay = graph.node('Reshape', [perState, graph.integers(0, 0, channels * states)]);
  // The second output is the last state, which nobody asks for.
  return graph.nodes(
    'LinearAttention',
    [c, b, input, '', decay],
    2,
    { q_num_heads: 1, kv_num_heads: channels, update_rule: 'gated', scale: { float: 1 } },
    { domain: 'com.microsoft' },
  )[0]!;
};

/**
 * Every token is one step of the loop, over all sequences at once. Measured with ONNX Runtime on two cores, 256×256: what
 * is shaped outside the loop saves a seventh of the whole network's time; a loop over columns with all rows side by side,
 * then over rows, is no faster, since it does everything twice; products as matrices are no faster either.
 */
export const standardScan: ScanForm = (graph, { step, input, b, c, A, channels, states }) => {
  const id = graph.node('Shape', [step], { start: 0, end: 1 });
  const sizes = graph.node('Concat', [id, graph.integers(channels, states)], { axis: 0 });
  const start = graph.node('Expand', [graph.float(0), sizes]);
  // (B, T, …) to (T, B, …), with an axis for what the others have and this one has not.
  const perToken = (value: Value, axis: number): Value =>
    graph.node('Unsqueeze', [graph.node('Transpose', [value], { perm: [1, 0, 2] }), graph.integers(axis)]);
  const tokens = [perToken(step, 3), perToken(input, 3), perToken(b, 2), perToken(c, 3)];
  const body = scanBody(`${id}_`, A, channels, states);
  const y = graph.nodes('Scan', [start, ...tokens], 2, { body, num_scan_inputs: tokens.length })[1]!;
  return graph.node('Transpose', [graph.node('Squeeze', [y, graph.integers(3)])], { perm: [1, 0, 2] });
};

/** One token: A comes from the graph around it. */
function scanBody(prefix: string, A: Value, channels: number, states: number): GraphBuilder {
  const body = new GraphBuilder(`${prefix}token`, prefix);
  const tensor = (name: string, ...shape: readonly number[]): ValueType => ({
    name: `${prefix}${name}`,
    type: 'float',
    shape: ['sequences', ...shape],
  });
  const h = body.input(tensor('h', channels, states));
  const step = body.input(tensor('step', channels, 1));
  const input = body.input(tensor('input', channels, 1));
  const b = body.input(tensor('b', 1, states));
  const c = body.input(tensor('c', states, 1));
  const next = tensor('h_next', channels, states);
  const y = tensor('y', channels, 1);
  const kept = body.node('Mul', [body.node('Exp', [body.node('Mul', [step, A])]), h]);
  body.node('Add', [kept, body.node('Mul', [input, b])], {}, { output: next.name });
  body.node('MatMul', [next.name, c], {}, { output: y.name });
  body.output(next);
  body.output(y);
  return body;
}
