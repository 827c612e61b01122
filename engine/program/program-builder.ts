/**
 * Builds a program: operations are applied in forward order, then gradients are appended in reverse, then the update.
 * Not an interpreter: nothing is computed here.
 * Convention: a tensor's gradient is overwritten by its first contributor and accumulated by the others.
 */
import { inferOutputs, requireAttributes, requireExactShape, requireShape, sizeOf } from './operation.ts';
import type { Attributes, AttributesOf, ElementType, OperationDefinition, Shape } from './operation.ts';
import { byName, inOrder, namesOf } from './operands.ts';
import type { ByName } from './operands.ts';
import { planMemory, scratchLives } from './memory-plan.ts';
import { sum } from './operations/sum.ts';
import type { Operation, Parameter, Program, Storage, Tensor, Update } from './program.ts';

/** A tensor of the program being built. */
export interface Handle {
  readonly id: number;
  readonly shape: Shape;
}

interface TensorDraft {
  readonly id: number;
  name: string;
  readonly shape: Shape;
  readonly type: ElementType;
  storage: Storage;
  readonly wantsGradient: boolean;
  readonly parameter?: Parameter;
}

type OperationDraft = Omit<Operation, 'feedsLoss'>;

export class ProgramBuilder {
  readonly #tensors: TensorDraft[] = [];
  readonly #parameters: Parameter[] = [];
  #parameterCount = 0;
  readonly #forward: OperationDraft[] = [];
  readonly #backward: Operation[] = [];
  readonly #update: Update[] = [];
  readonly #gradients = new Map<number, { readonly id: number; readonly borrowed: boolean }>();
  #lossOperations: ReadonlySet<OperationDraft> | undefined;

  #add(name: string, shape: Shape, type: ElementType, storage: Storage, wantsGradient: boolean): TensorDraft {
    const whole = shape.every((extent) => Number.isInteger(extent) && extent > 0);
    requireShape(whole, `${name}: every extent must be a whole number above 0, got (${shape.join(', ')})`);
    const draft: TensorDraft = { id: this.#tensors.length, name, shape, type, storage, wantsGradient };
    this.#tensors.push(draft);
    return draft;
  }

  #draft(id: number): TensorDraft {
    const draft = this.#tensors[id];
    if (draft === undefined) throw new Error(`no tensor ${String(id)} in this program`);
    return draft;
  }

  #requireUnused(storage: Storage, name: string): void {
    if (!this.#tensors.some((draft) => draft.storage === storage && draft.name === name)) return;
    throw new Error(`the program has two ${storage}s with the name '${name}'`);
  }

  /**
   * A value that the caller hands in with every run, per sample. With `wantsGradient`, its gradient becomes the output
   * 'gradient.' + name, unless no seed depends on it.
   */
  input(name: string, shape: Shape, type: ElementType = 'f32', wantsGradient = false): Handle {
    this.#requireUnused('input', name);
    return this.#add(name, shape, type, 'input', wantsGradient);
  }

  /** A value that is trained; the order of the calls is the order in the block. */
  parameter(name: string, shape: Shape): Handle {
    this.#requireUnused('parameter', name);
    const parameter: Parameter = { name, shape, offset: this.#parameterCount, size: sizeOf(shape) };
    this.#parameters.push(parameter);
    this.#parameterCount += parameter.size;
    const draft: TensorDraft = { ...this.#add(name, shape, 'f32', 'parameter', true), parameter };
    this.#tensors[draft.id] = draft;
    return draft;
  }

  /** Appends a forward operation. @returns its outputs by name. @throws ShapeError */
  apply<Definition extends OperationDefinition>(
    definition: Definition,
    inputs: ByName<Definition['inputs'][number], Handle>,
    ...[attributes = {}]: AttributesOf<Definition>
  ): ByName<Definition['outputs'][number], Handle> {
    const outputs = this.#append(definition, inOrder<Handle>(definition.inputs, inputs), attributes);
    return byName(definition.outputs, outputs) as ByName<Definition['outputs'][number], Handle>;
  }

  /** Appends a forward operation with a first output of interest. */
  apply1<Definition extends OperationDefinition>(
    definition: Definition,
    inputs: ByName<Definition['inputs'][number], Handle>,
    ...[attributes = {}]: AttributesOf<Definition>
  ): Handle {
    const [first] = this.#append(definition, inOrder<Handle>(definition.inputs, inputs), attributes);
    if (first === undefined) throw new Error(`${definition.kind} has no output`);
    return first;
  }

  #append(
    definition: OperationDefinition,
    inputs: readonly (Handle | undefined)[],
    attributes: Attributes,
  ): readonly Handle[] {
    const { kind, gradient } = definition;
    requireAttributes(definition, attributes);
    const names = namesOf(definition.inputs, inputs.length);
    const drafts = inputs.map((input) => input && this.#draft(input.id));
    drafts.forEach((draft, position) => {
      const wanted = definition.byteInputs?.includes(names[position] ?? '') === true ? 'u8' : 'f32';
      const fits = draft === undefined || draft.type === wanted;
      requireShape(fits, `${kind}: ${String(names[position])} must be ${wanted}`);
    });
    const shapes = inputs.map((input) => input?.shape);
    const specs = inferOutputs(definition, shapes, attributes);
    const carries = drafts.some(
      (draft, position) => draft?.wantsGradient === true && gradient?.to.includes(names[position] ?? ''),
    );
    const outputNames = namesOf(definition.outputs, specs.length);
    const outputs = specs.map((spec, position) =>
      this.#add(
        `${kind}.${String(this.#forward.length)}.${String(position)}`,
        spec.shape,
        spec.type ?? 'f32',
        'scratch',
        carries && gradient?.from.includes(outputNames[position] ?? '') === true,
      ),
    );
    this.#forward.push({
      definition,
      pass: 'forward',
      inputs: inputs.map((input) => input?.id),
      outputs: outputs.map((output) => output.id),
      accumulate: outputs.map(() => false),
      attributes,
    });
    return outputs;
  }

  /** Makes a computed tensor readable by the caller under a name. */
  output(tensor: Handle, name: string): void {
    const draft = this.#draft(tensor.id);
    if (draft.storage !== 'scratch') throw new Error(`'${draft.name}' is no computed tensor, or is an output already`);
    this.#requireUnused('output', name);
    draft.storage = 'output';
    draft.name = name;
  }

  /** Appends the gradient operations. @param seeds tensor and the gradient to start from, of its shape */
  backward(seeds: readonly (readonly [tensor: Handle, seed: Handle])[]): void {
    if (this.#lossOperations !== undefined) throw new Error('a program has one backward pass: give all seeds at once');
    this.#lossOperations = this.#ancestors(seeds.map(([tensor]) => tensor.id));
    for (const [tensor, seed] of seeds) {
      const { name } = this.#draft(tensor.id);
      requireExactShape(`the seed of '${name}'`, seed.shape, tensor.shape);
      if (this.#gradients.has(tensor.id)) throw new Error(`'${name}' has two seeds: sum them`);
      this.#gradients.set(tensor.id, { id: seed.id, borrowed: true });
    }
    for (const operation of [...this.#forward].reverse()) this.#appendGradient(operation);
    for (const { id, name, storage, wantsGradient } of [...this.#tensors]) {
      const gradient = storage === 'input' && wantsGradient ? this.#gradients.get(id) : undefined;
      if (gradient?.borrowed === false) this.output(this.#draft(gradient.id), `gradient.${name}`);
    }
  }

  #ancestors(ids: readonly number[]): ReadonlySet<OperationDraft> {
    const wanted = new Set(ids);
    const found = new Set<OperationDraft>();
    for (const operation of [...this.#forward].reverse()) {
      if (!operation.outputs.some((id) => id !== undefined && wanted.has(id))) continue;
      found.add(operation);
      for (const id of operation.inputs) if (id !== undefined) wanted.add(id);
    }
    return found;
  }

  #appendGradient(operation: OperationDraft): void {
    const { definition, inputs, outputs, attributes } = operation;
    const { gradient } = definition;
    if (gradient === undefined) return;
    const inputNames = namesOf(definition.inputs, inputs.length);
    const outputNames = namesOf(definition.outputs, outputs.length);
    const carries = outputNames.map((name) => gradient.from.includes(name));
    const outputGradients = outputs.map((id, position) =>
      id !== undefined && carries[position] === true ? this.#gradients.get(id)?.id : undefined,
    );
    if (outputGradients.every((id) => id === undefined)) return;
    const lacking = outputGradients.findIndex((id, position) => id === undefined && carries[position] === true);
    if (lacking >= 0) {
      throw new Error(`${definition.kind}: output ${String(lacking)} has no gradient though another output has`);
    }
    const targets: (number | undefined)[] = inputs.map(() => undefined);
    const accumulate: boolean[] = inputs.map(() => false);
    const additions: { readonly input: number; readonly part: number }[] = [];
    for (const [position, id] of inputs.entries()) {
      const name = inputNames[position] ?? '';
      if (id === undefined || !gradient.to.includes(name)) continue;
      const draft = this.#draft(id);
      if (!draft.wantsGradient) continue;
      const known = this.#gradients.get(id);
      // Only a computed tensor can do with somebody else's gradient: a parameter's is summed, an input's is handed out.
      const computed = draft.storage === 'scratch' || draft.storage === 'output';
      if (gradient.passesThrough === name && known === undefined && computed && outputGradients[0] !== undefined) {
        this.#gradients.set(id, { id: outputGradients[0], borrowed: true });
        continue;
      }
      if (draft.parameter !== undefined) {
        targets[position] = this.#parameterGradient(draft);
        accumulate[position] = true;
      } else if (known === undefined || known.borrowed) {
        const target = this.#add(`gradient.${draft.name}`, draft.shape, 'f32', 'scratch', false);
        targets[position] = target.id;
        if (known === undefined) this.#gradients.set(id, { id: target.id, borrowed: false });
        else additions.push({ input: id, part: target.id });
      } else {
        targets[position] = known.id;
        accumulate[position] = true;
      }
    }
    if (targets.every((id) => id === undefined)) return;
    const read = (ids: readonly (number | undefined)[], names: readonly string[]): (number | undefined)[] =>
      ids.map((id, position) => (gradient.reads.includes(names[position] ?? '') ? id : undefined));
    this.#backward.push({
      definition,
      pass: 'gradient',
      inputs: [...read(inputs, inputNames), ...read(outputs, outputNames), ...outputGradients],
      outputs: targets,
      accumulate,
      attributes,
      feedsLoss: true,
    });
    for (const { input, part } of additions) this.#addGradients(input, part);
  }

  #parameterGradient(draft: TensorDraft): number {
    const known = this.#gradients.get(draft.id);
    if (known !== undefined) return known.id;
    const target = this.#add(`gradient.${draft.name}`, draft.shape, 'f32', 'gradient', false);
    if (draft.parameter !== undefined) this.#tensors[target.id] = { ...target, parameter: draft.parameter };
    this.#gradients.set(draft.id, { id: target.id, borrowed: false });
    return target.id;
  }

  /** A borrowed gradient still belongs to its owner, so the sum of both is a tensor of its own. */
  #addGradients(input: number, part: number): void {
    const draft = this.#draft(input);
    const known = this.#gradients.get(input)?.id;
    const target = this.#add(`gradient.${draft.name}`, draft.shape, 'f32', 'scratch', false);
    this.#backward.push({
      definition: sum,
      pass: 'forward',
      inputs: [known, part],
      outputs: [target.id],
      accumulate: [false],
      attributes: {},
      feedsLoss: true,
    });
    this.#gradients.set(input, { id: target.id, borrowed: false });
  }

  /** Appends a rule that runs once per step, over all parameters. */
  update(definition: Update['definition'], attributes: Attributes): void {
    requireAttributes(definition, attributes);
    this.#update.push({ definition, attributes });
  }

  /** @param batch the most samples that one run may hold */
  build(batch: number): Program {
    if (!Number.isInteger(batch) || batch < 1) {
      throw new RangeError(`a batch holds 1 sample or more, not ${String(batch)}`);
    }
    const plan = planMemory(scratchLives(this.#tensors, [...this.#forward, ...this.#backward]));
    const tensors = this.#tensors.map(({ wantsGradient: _, parameter, ...tensor }): Tensor => {
      return { ...tensor, offset: parameter?.offset ?? plan.offsets.get(tensor.id) ?? 0 };
    });
    return {
      batch,
      tensors,
      parameters: this.#parameters,
      parameterCount: this.#parameterCount,
      inputs: tensors.filter((tensor) => tensor.storage === 'input'),
      outputs: tensors.filter((tensor) => tensor.storage === 'output'),
      forward: this.#forward.map((operation) => ({
        ...operation,
        feedsLoss: this.#lossOperations?.has(operation) ?? false,
      })),
      backward: this.#backward,
      update: this.#update,
      arenaBytes: plan.bytes,
    };
  }
}
