/**
 * The selective scan in ONNX, two ways that give the same numbers: ONNX Runtime's own operator, and the standard `Scan`.
 * Convention: B sequences of T tokens; `step`, `input` (step · x) are (B, T, E), `b` and `c` (B, T, 16); A is (E, 16).
 */
import { GraphBuilder } from './graph-builder.ts';
import type { Value } from './graph-builder.ts';

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

export const standardScan: ScanForm = (graph, { step, input, b, c, A, channels, states }) => {
  const id = graph.node('Shape', [step], { start: 0, end: 1 });
  const sizes = graph.node('Concat', [id, graph.integers(channels, states)], { axis: 0 });
  const start = graph.node('Expand', [graph.float(0), sizes]);
  const body = scanBody(`${id}_`, A, channels, states);
  return graph.nodes('Scan', [start, step, input, b, c], 2, {
    body,
    num_scan_inputs: 4,
    scan_input_axes: [1, 1, 1, 1],
    scan_output_axes: [1],
  })[1]!;
};

/** One token: A is seen from the graph around it. */
function scanBody(prefix: string, A: Value, channels: number, states: number): GraphBuilder {
  const body = new GraphBuilder(`${prefix}token`, prefix);
  const type = 'float' as const;
  const [h, step, input] = [
    body.input({ name: `${prefix}h`, type, shape: ['sequences', channels, states] }),
    body.input({ name: `${prefix}step`, type, shape: ['sequences', channels] }),
    body.input({ name: `${prefix}input`, type, shape: ['sequences', channels] }),
  ];
  const b = body.input({ name: `${prefix}b`, type, shape: ['sequences', states] });
  const c = body.input({ name: `${prefix}c`, type, shape: ['sequences', states] });
  const last = body.integers(2);
  const decay = body.node('Exp', [body.node('Mul', [body.node('Unsqueeze', [step, last]), A])]);
  const added = body.node('Mul', [
    body.node('Unsqueeze', [input, last]),
    body.node('Unsqueeze', [b, body.integers(1)]),
  ]);
  const next = `${prefix}h_next`;
  body.node('Add', [body.node('Mul', [decay, h]), added], {}, { output: next });
  const y = body.node('MatMul', [next, body.node('Unsqueeze', [c, last])]);
  body.node('Squeeze', [y, last], {}, { output: `${prefix}y` });
  body.output({ name: next, type, shape: ['sequences', channels, states] });
  body.output({ name: `${prefix}y`, type, shape: ['sequences', channels] });
  return body;
}
