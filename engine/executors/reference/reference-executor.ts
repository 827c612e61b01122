/**
 * Runs a program with the reference functions that stand beside each operation: float64, readable, slow. The oracle of
 * all tests, and what serves small jobs where the native part cannot be built. Not tuned in any way.
 * Convention: one sample after the other; gradients are summed in sample order.
 */
import { computedOutputs } from '../../program/computed-outputs.ts';
import { checkBlock, checkRequest } from '../../program/executor.ts';
import type { Block, Executor, FloatArray, RunRequest, Session, SessionOptions } from '../../program/executor.ts';
import { asGradients, byName, gradientOperands } from '../../program/operands.ts';
import { sizeOf } from '../../program/operation.ts';
import type { Operand } from '../../program/operation.ts';
import type { Operation, Program, Tensor } from '../../program/program.ts';

export const referenceExecutor: Executor = {
  name: 'reference',
  description: 'TypeScript, float64, one thread',
  open: (program, options = {}) => Promise.resolve(new ReferenceSession(program, options)),
};

class ReferenceSession implements Session {
  readonly program: Program;
  readonly #poison: boolean;
  readonly #blocks: Readonly<Record<Block, Float64Array>>;
  readonly #sampleGradients: Float64Array;
  readonly #operands: readonly Operand[];
  #closed = false;

  constructor(program: Program, options: SessionOptions) {
    this.program = program;
    this.#poison = options.poison ?? false;
    const block = (): Float64Array => new Float64Array(program.parameterCount);
    this.#blocks = { parameters: block(), gradients: block(), moment1: block(), moment2: block() };
    this.#sampleGradients = block();
    this.#operands = program.tensors.map((tensor) => ({ shape: tensor.shape, data: this.#storage(tensor) }));
  }

  #storage(tensor: Tensor): Float64Array {
    const size = sizeOf(tensor.shape);
    if (tensor.storage === 'parameter') return this.#blocks.parameters.subarray(tensor.offset, tensor.offset + size);
    if (tensor.storage === 'gradient') return this.#sampleGradients.subarray(tensor.offset, tensor.offset + size);
    return new Float64Array(size);
  }

  #operand(id: number): Operand {
    const found = this.#operands[id];
    if (found === undefined) throw new Error(`no tensor ${String(id)} in this program`);
    return found;
  }

  #requireOpen(): void {
    if (this.#closed) throw new Error('this session is closed');
  }

  async write(block: Block, values: FloatArray): Promise<void> {
    this.#requireOpen();
    checkBlock(this.program, block, values);
    this.#blocks[block].set(values);
  }

  async read(block: Block): Promise<FloatArray> {
    this.#requireOpen();
    return this.#blocks[block].slice();
  }

  async run(request: RunRequest): Promise<Readonly<Record<string, FloatArray>>> {
    const { program } = this;
    this.#requireOpen();
    checkRequest(program, request);
    const training = request.phase !== 'forward';
    const forward = training ? program.forward.filter((operation) => operation.feedsLoss) : program.forward;
    const backward = training ? program.backward : [];
    const outputs = computedOutputs(program, request.phase);
    const results = outputs.map((tensor) => new Float64Array(sizeOf(tensor.shape) * request.count));
    if (training) this.#blocks.gradients.fill(0);
    for (let sample = 0; sample < request.count; sample++) {
      this.#prepare(request, sample);
      for (const operation of forward) this.#forward(operation);
      for (const operation of backward) {
        if (operation.pass === 'forward') this.#forward(operation);
        else this.#gradient(operation);
      }
      outputs.forEach((tensor, i) => results[i]?.set(this.#operand(tensor.id).data, sample * sizeOf(tensor.shape)));
      if (training) this.#sampleGradients.forEach((value, i) => (this.#blocks.gradients[i]! += value));
    }
    if (request.phase === 'step' && request.scalars !== undefined) {
      for (const { definition, attributes } of program.update) {
        definition.apply(this.#blocks, attributes, request.scalars);
      }
    }
    return Object.fromEntries(outputs.map((tensor, i) => [tensor.name, results[i] ?? new Float64Array()]));
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  #prepare(request: RunRequest, sample: number): void {
    if (this.#poison) {
      for (const tensor of this.program.tensors) {
        if (tensor.storage === 'scratch' || tensor.storage === 'output') this.#operand(tensor.id).data.fill(NaN);
      }
    }
    this.#sampleGradients.fill(0);
    for (const input of this.program.inputs) {
      const size = sizeOf(input.shape);
      const values = request.inputs[input.name];
      if (values !== undefined) this.#operand(input.id).data.set(values.subarray(sample * size, (sample + 1) * size));
    }
  }

  #pick(ids: Operation['inputs']): readonly (Operand | undefined)[] {
    return ids.map((id) => (id === undefined ? undefined : this.#operand(id)));
  }

  #forward({ definition, inputs, outputs, attributes }: Operation): void {
    const written = byName(definition.outputs, this.#pick(outputs));
    definition.forward(byName(definition.inputs, this.#pick(inputs)), written, attributes);
  }

  #gradient({ definition, inputs, outputs, accumulate, attributes }: Operation): void {
    const targets = this.#pick(outputs);
    targets.forEach((target, position) => {
      if (accumulate[position] !== true) target?.data.fill(0);
    });
    const given = gradientOperands(definition, this.#pick(inputs), outputs.length);
    definition.gradient?.apply(given, asGradients(byName(definition.inputs, targets)), attributes);
  }
}
