/**
 * Whether operations that come from elsewhere are those that a builder would have made. Not how they are read: that is
 * `program-message.ts`. Convention: shapes are inferred again, and every gradient must be that of a forward operation.
 */
import type { Attributes, OperationDefinition, OutputSpec, Shape } from './operation.ts';
import type { Operation, Tensor } from './program.ts';

/** Where it lies is planned later. */
export type Draft = Omit<Tensor, 'offset'>;

/** Types and shapes of all operands, and that nothing is written but what may be. */
export function checkForward(
  { definition, inputs, outputs, accumulate, attributes }: Operation,
  drafts: readonly Draft[],
): void {
  const { kind } = definition;
  // So that what is inferred is no longer than what is here.
  if (kind === 'linear' && attributes['parts'] !== outputs.length) refuse(`'linear' has one output for each part`);
  const given = inputs.map((id) => (id === undefined ? undefined : drafts[id]));
  given.forEach((draft, position) => {
    if (draft === undefined) return;
    const wanted = definition.byteInputs?.includes(position) === true ? 'u8' : 'f32';
    if (draft.type !== wanted || draft.storage === 'gradient') refuse(`'${kind}' cannot read '${draft.name}'`);
  });
  const specs = inferred(
    definition,
    given.map((draft) => draft?.shape),
    attributes,
  );
  if (specs.length !== outputs.length || accumulate.includes(true)) refuse(`'${kind}' has other outputs`);
  specs.forEach((spec, position) => {
    const draft = draftAt(drafts, outputs[position]);
    if (draft === undefined || !isComputed(draft) || draft.type !== (spec.type ?? 'f32')) {
      refuse(`'${kind}' cannot write its output ${String(position)}`);
    }
    if (!sameShape(draft.shape, spec.shape)) refuse(`'${kind}' has an output of another shape`);
  });
}

function inferred(
  definition: OperationDefinition,
  shapes: readonly (Shape | undefined)[],
  attributes: Attributes,
): readonly OutputSpec[] {
  try {
    return definition.infer(shapes, attributes);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

/** @returns of each tensor that is the gradient of a parameter, the parameter */
export function checkBackward(
  forward: readonly Operation[],
  backward: readonly Operation[],
  drafts: readonly Draft[],
): ReadonlyMap<number, number> {
  const parameterOf = new Map<number, number>();
  for (const operation of backward) {
    if (!operation.feedsLoss) refuse('a backward operation does not feed the loss');
    if (operation.pass === 'forward') {
      checkForward(operation, drafts);
      continue;
    }
    const source = forward.find((candidate) => isGradientOf(operation, candidate, drafts));
    if (source === undefined) refuse(`a gradient of '${operation.definition.kind}' is that of no forward operation`);
    operation.outputs.forEach((id, position) => {
      const parameter = source.inputs[position];
      if (id === undefined || parameter === undefined || drafts[id]?.storage !== 'gradient') return;
      if ((parameterOf.get(id) ?? parameter) !== parameter) refuse('two parameters have one gradient');
      parameterOf.set(id, parameter);
    });
  }
  return parameterOf;
}

/** Whether it reads and writes what the builder makes the gradient of this operation read and write. */
function isGradientOf(operation: Operation, source: Operation, drafts: readonly Draft[]): boolean {
  const { definition, inputs, outputs, accumulate } = operation;
  const { gradient } = definition;
  const [inputCount, outputCount] = [source.inputs.length, source.outputs.length];
  if (definition !== source.definition || gradient === undefined) return false;
  if (outputs.length !== inputCount || inputs.length !== inputCount + 2 * outputCount) return false;
  if (definition.attributes.some((name) => operation.attributes[name] !== source.attributes[name])) return false;
  const reads = (first: number, list: Operation['inputs'], positions: readonly number[]): boolean =>
    list.every((id, position) => inputs[first + position] === (positions.includes(position) ? id : undefined));
  if (!reads(0, source.inputs, gradient.readsInputs(inputCount))) return false;
  if (!reads(inputCount, source.outputs, gradient.readsOutputs)) return false;
  const isLike = (id: number | undefined, other: number | undefined): boolean => {
    const [draft, model] = [draftAt(drafts, id), draftAt(drafts, other)];
    return draft?.type === 'f32' && model !== undefined && sameShape(draft.shape, model.shape);
  };
  const carriers = gradient.fromOutputs(outputCount);
  const seeded = source.outputs.every((output, position) => {
    const id = inputs[inputCount + outputCount + position];
    if (!carriers.includes(position)) return id === undefined;
    return isLike(id, output) && draftAt(drafts, id)?.storage !== 'gradient';
  });
  if (!seeded) return false;
  const targets = gradient.toInputs(inputCount);
  return source.inputs.every((input, position) => {
    const target = draftAt(drafts, outputs[position]);
    if (target === undefined) return accumulate[position] === false;
    if (!targets.includes(position) || !isLike(target.id, input)) return false;
    if (draftAt(drafts, input)?.storage !== 'parameter') return isComputed(target);
    return target.storage === 'gradient' && accumulate[position] === true;
  });
}

function isComputed({ storage }: Draft): boolean {
  return storage === 'scratch' || storage === 'output';
}

function draftAt(drafts: readonly Draft[], id: number | undefined): Draft | undefined {
  return id === undefined ? undefined : drafts[id];
}

function sameShape(one: Shape, other: Shape): boolean {
  return one.length === other.length && one.every((extent, axis) => extent === other[axis]);
}

export function refuse(why: string): never {
  throw new RangeError(`this is no program: ${why}`);
}
