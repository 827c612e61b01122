/**
 * Builds an ONNX graph node by node, and writes it as onnx.proto has it. Knows no network. Convention: a value is named by
 * a string, every node's first output is what `node` returns; numbers become initialisers, equal ones the same.
 *
 * Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3
 */
import { Message } from './protobuf.ts';

/** A value in a graph. */
export type Value = string;

export type Attribute = number | string | readonly number[] | GraphBuilder | { readonly float: number };

export type ElementType = 'float' | 'uint8';
const elementTypes = { float: 1, uint8: 2, int64: 7 } as const;

export interface ValueType {
  readonly name: string;
  readonly type: ElementType;
  /** A name stands for a size that may be any. */
  readonly shape: readonly (number | string)[];
}

export class GraphBuilder {
  readonly #name: string;
  readonly #nodes: Message[] = [];
  readonly #initialisers: Message[] = [];
  readonly #inputs: Message[] = [];
  readonly #outputs: Message[] = [];
  readonly #constants = new Map<string, Value>();
  readonly #prefix: string;
  #count = 0;

  /** @param prefix tells the values of a graph inside a graph from those around it */
  constructor(name: string, prefix = '') {
    this.#name = name;
    this.#prefix = prefix;
  }

  input(value: ValueType): Value {
    this.#inputs.push(valueInfo(value));
    return value.name;
  }

  output(value: ValueType): void {
    this.#outputs.push(valueInfo(value));
  }

  /** @param inputs `''` for one that is left out @returns the first output */
  node(
    kind: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>> = {},
    options: { readonly domain?: string; readonly output?: Value } = {},
  ): Value {
    return this.nodes(kind, inputs, 1, attributes, options)[0]!;
  }

  nodes(
    kind: string,
    inputs: readonly Value[],
    outputs: number,
    attributes: Readonly<Record<string, Attribute>> = {},
    { domain, output }: { readonly domain?: string; readonly output?: Value } = {},
  ): readonly Value[] {
    const id = this.#count++;
    const names = Array.from({ length: outputs }, (_, at) =>
      at === 0 && output !== undefined ? output : `${this.#prefix}${kind}_${id}${at === 0 ? '' : `_${at}`}`,
    );
    const message = new Message();
    for (const name of inputs) message.text(1, name);
    for (const name of names) message.text(2, name);
    message.text(3, `${this.#prefix}${kind}_${id}`).text(4, kind);
    for (const [name, value] of Object.entries(attributes)) message.message(5, attribute(name, value));
    if (domain !== undefined) message.text(7, domain);
    this.#nodes.push(message);
    return names;
  }

  /** Values under a name of their own. */
  parameter(name: string, shape: readonly number[], values: Float32Array): Value {
    this.#initialisers.push(floats(name, shape, values));
    return name;
  }

  float(value: number): Value {
    return this.#constant(`f${value}`, (name) => floats(name, [], Float32Array.of(value)));
  }

  integers(...values: readonly number[]): Value {
    return this.#constant(`i${values.join('_')}`, (name) => {
      const bytes = Buffer.from(BigInt64Array.from(values, BigInt).buffer);
      return tensor(name, [values.length], elementTypes.int64, bytes);
    });
  }

  encode(): Message {
    const message = new Message();
    for (const node of this.#nodes) message.message(1, node);
    message.text(2, this.#name);
    for (const initialiser of this.#initialisers) message.message(5, initialiser);
    for (const input of this.#inputs) message.message(11, input);
    for (const output of this.#outputs) message.message(12, output);
    return message;
  }

  #constant(key: string, make: (name: string) => Message): Value {
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = `${this.#prefix}constant_${key}`;
    this.#initialisers.push(make(name));
    this.#constants.set(key, name);
    return name;
  }
}

function tensor(name: string, shape: readonly number[], type: number, bytes: Uint8Array): Message {
  const message = new Message();
  if (shape.length > 0) message.integers(1, shape);
  return message.integer(2, type).text(8, name).bytes(9, bytes);
}

function floats(name: string, shape: readonly number[], values: Float32Array): Message {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [at, value] of values.entries()) view.setFloat32(4 * at, value, true);
  return tensor(name, shape, elementTypes.float, bytes);
}

function valueInfo({ name, type, shape }: ValueType): Message {
  const dimensions = new Message();
  for (const size of shape) {
    dimensions.message(1, typeof size === 'number' ? new Message().integer(1, size) : new Message().text(2, size));
  }
  const kind = new Message().integer(1, elementTypes[type]).message(2, dimensions);
  return new Message().text(1, name).message(2, new Message().message(1, kind));
}

const attributeTypes = { float: 1, int: 2, string: 3, graph: 5, ints: 7 } as const;

function attribute(name: string, value: Attribute): Message {
  const message = new Message().text(1, name);
  if (typeof value === 'number') return message.integer(3, value).integer(20, attributeTypes.int);
  if (typeof value === 'string') return message.text(4, value).integer(20, attributeTypes.string);
  if (value instanceof GraphBuilder) return message.message(6, value.encode()).integer(20, attributeTypes.graph);
  if ('float' in value) return message.float(2, value.float).integer(20, attributeTypes.float);
  return message.integers(8, value).integer(20, attributeTypes.ints);
}

export interface ModelFacts {
  readonly opset: number;
  /** Domains of further operators, with their versions. */
  readonly domains: Readonly<Record<string, number>>;
  readonly version: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The whole file. IR version 9 goes with opset 20. */
export function encodeModel(graph: GraphBuilder, { opset, domains, version, metadata }: ModelFacts): Uint8Array {
  const model = new Message().integer(1, 9).text(2, 'Mambrush').text(3, version).message(7, graph.encode());
  model.message(8, new Message().text(1, '').integer(2, opset));
  for (const [domain, number] of Object.entries(domains)) {
    model.message(8, new Message().text(1, domain).integer(2, number));
  }
  for (const [key, value] of Object.entries(metadata)) model.message(14, new Message().text(1, key).text(2, value));
  return model.encode();
}
