/**
 * A program as a plain value that can be cloned or written as JSON, and back. Not a file format: both ends are of one
 * version of Mambrush.
 * Convention: what follows from the rest is not sent (offsets, the arena, the parameters' list), and of what comes nothing
 * is believed: kinds are looked up, shapes are inferred again, and every gradient must be that of a forward operation.
 */
import { checkBackward, checkForward, refuse } from './check-operations.ts';
import type { Draft } from './check-operations.ts';
import { planMemory, scratchLives } from './memory-plan.ts';
import { sizeOf } from './operation.ts';
import type { Attributes, ElementType, OperationDefinition, Shape, UpdateDefinition } from './operation.ts';
import { operations } from './operations/operations.ts';
import type { Operation, Parameter, Program, Storage, Tensor, Update } from './program.ts';
import { updates } from './updates/updates.ts';

export interface ProgramMessage {
  readonly batch: number;
  readonly tensors: readonly TensorMessage[];
  readonly forward: readonly OperationMessage[];
  readonly backward: readonly OperationMessage[];
  readonly update: readonly RuleMessage[];
}

/** Its id is its place in the list. */
interface TensorMessage {
  readonly name: string;
  readonly shape: Shape;
  readonly type: ElementType;
  readonly storage: Storage;
}

interface RuleMessage {
  readonly kind: string;
  readonly attributes: Attributes;
}

interface OperationMessage extends RuleMessage {
  readonly pass: Operation['pass'];
  /** Null where the program has undefined. */
  readonly inputs: readonly (number | null)[];
  readonly outputs: readonly (number | null)[];
  readonly accumulate: readonly boolean[];
  readonly feedsLoss: boolean;
}

const storages: readonly Storage[] = ['parameter', 'gradient', 'input', 'output', 'scratch'];
const types: readonly ElementType[] = ['f32', 'u8'];
const passes: readonly Operation['pass'][] = ['forward', 'gradient'];

/** Far above what any network here needs, and small enough to be looked through at once. */
const most = {
  batch: 65_536,
  tensors: 8192,
  operations: 4096,
  operands: 64,
  rules: 16,
  axes: 8,
  name: 256,
  elements: 2 ** 31 - 1,
  parameters: 2 ** 24,
} as const;

export function describeProgram({ batch, tensors, forward, backward, update }: Program): ProgramMessage {
  return {
    batch,
    tensors: tensors.map(({ name, shape, type, storage }) => ({ name, shape: [...shape], type, storage })),
    forward: forward.map(describeOperation),
    backward: backward.map(describeOperation),
    update: update.map(describeRule),
  };
}

function describeOperation(operation: Operation): OperationMessage {
  const { pass, inputs, outputs, accumulate, feedsLoss } = operation;
  const ids = (list: Operation['inputs']): (number | null)[] => list.map((id) => id ?? null);
  return {
    ...describeRule(operation),
    pass,
    inputs: ids(inputs),
    outputs: ids(outputs),
    accumulate: [...accumulate],
    feedsLoss,
  };
}

function describeRule({ definition, attributes }: Operation | Update): RuleMessage {
  const named = definition.attributes.map((name) => [name, attributes[name] ?? NaN]);
  return { kind: definition.kind, attributes: Object.fromEntries(named) as Attributes };
}

/** @returns the program that was described, equal in every part @throws RangeError saying what is wrong with the value */
export function readProgram(message: unknown): Program {
  const { batch, ...lists } = recordOf(message, 'it');
  const drafts = listOf(lists['tensors'], 'its tensors', most.tensors).map(readTensor);
  const forward = readOperations(lists['forward'], 'forward', drafts);
  const backward = readOperations(lists['backward'], 'backward', drafts);
  const update = listOf(lists['update'], 'its updates', most.rules).map((value): Update =>
    readRule(recordOf(value, 'an update'), updates),
  );
  for (const operation of forward) {
    if (operation.pass !== 'forward') refuse('a gradient is among its forward operations');
    checkForward(operation, drafts);
  }
  const gradients = checkBackward(forward, backward, drafts);
  const parameters = parametersOf(drafts);
  const plan = planMemory(scratchLives(drafts, [...forward, ...backward]));
  const tensors = drafts.map((draft): Tensor => {
    const parameter = draft.storage === 'gradient' ? gradients.get(draft.id) : draft.id;
    if (parameter === undefined) refuse(`'${draft.name}' is the gradient of no parameter`);
    return { ...draft, offset: parameters.get(parameter)?.offset ?? plan.offsets.get(draft.id) ?? 0 };
  });
  for (const storage of ['input', 'output', 'parameter'] as const) {
    const names = tensors.filter((tensor) => tensor.storage === storage).map(({ name }) => name);
    if (new Set(names).size !== names.length) refuse(`it has two ${storage}s of one name`);
  }
  return {
    batch: wholeNumber(batch, 1, most.batch, 'its batch'),
    tensors,
    parameters: [...parameters.values()],
    parameterCount: [...parameters.values()].reduce((total, { size }) => total + size, 0),
    inputs: tensors.filter(({ storage }) => storage === 'input'),
    outputs: tensors.filter(({ storage }) => storage === 'output'),
    forward,
    backward,
    update,
    arenaBytes: plan.bytes,
  };
}

function readTensor(value: unknown, id: number): Draft {
  const { name, shape: extents, type, storage } = recordOf(value, 'a tensor');
  const what = `tensor ${String(id)}`;
  if (typeof name !== 'string' || name.length > most.name) refuse(`${what} has no name`);
  const shape = listOf(extents, `the shape of ${what}`, most.axes).map((extent) =>
    wholeNumber(extent, 1, most.elements, `an extent of ${what}`),
  );
  if (sizeOf(shape) > most.elements) refuse(`${what} is too large`);
  const draft = { id, name, shape, type: oneOf(types, type, what), storage: oneOf(storages, storage, what) };
  if (draft.type === 'u8' && draft.storage !== 'input' && draft.storage !== 'scratch') refuse(`${what} cannot be u8`);
  return draft;
}

/** By tensor id, in the order of the block. */
function parametersOf(drafts: readonly Draft[]): ReadonlyMap<number, Parameter> {
  const parameters = new Map<number, Parameter>();
  let offset = 0;
  for (const { id, name, shape, storage } of drafts) {
    if (storage !== 'parameter') continue;
    const size = sizeOf(shape);
    parameters.set(id, { name, shape, offset, size });
    offset += size;
  }
  if (offset > most.parameters) refuse(`it has ${String(offset)} parameters`);
  return parameters;
}

function readOperations(value: unknown, what: string, drafts: readonly Draft[]): readonly Operation[] {
  return listOf(value, `its ${what} operations`, most.operations).map((entry): Operation => {
    const message = recordOf(entry, 'an operation');
    const { definition, attributes } = readRule(message, operations);
    const name = `'${definition.kind}'`;
    const ids = (list: unknown): (number | undefined)[] =>
      listOf(list, `an operand list of ${name}`, most.operands).map((id) =>
        id === null ? undefined : wholeNumber(id, 0, drafts.length - 1, `an operand of ${name}`),
      );
    const outputs = ids(message['outputs']);
    const accumulate = listOf(message['accumulate'], `'accumulate' of ${name}`, most.operands).map((adds) =>
      truthOf(adds, name),
    );
    if (accumulate.length !== outputs.length) refuse(`${name} does not say of each output whether it adds`);
    return {
      definition,
      pass: oneOf(passes, message['pass'], name),
      inputs: ids(message['inputs']),
      outputs,
      accumulate,
      attributes,
      feedsLoss: truthOf(message['feedsLoss'], name),
    };
  });
}

/** Of an operation or an update: the definition of its kind, and finite numbers under exactly its names. */
function readRule<Definition extends OperationDefinition | UpdateDefinition>(
  { kind, attributes }: Readonly<Record<string, unknown>>,
  known: ReadonlyMap<string, Definition>,
): { readonly definition: Definition; readonly attributes: Attributes } {
  const definition = typeof kind === 'string' ? known.get(kind) : undefined;
  if (definition === undefined) refuse('it has an operation or update that is unknown here');
  const given = recordOf(attributes, `the attributes of '${definition.kind}'`);
  if (Object.keys(given).length !== definition.attributes.length) refuse(`'${definition.kind}' has other attributes`);
  const values = definition.attributes.map((name) => {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      refuse(`the attribute '${name}' of '${definition.kind}' is no finite number`);
    }
    return [name, value] as const;
  });
  return { definition, attributes: Object.fromEntries(values) };
}

function recordOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(`${what} is no record`);
  return value as Readonly<Record<string, unknown>>;
}

function listOf(value: unknown, what: string, longest: number): readonly unknown[] {
  if (!Array.isArray(value)) refuse(`${what} is no list`);
  if (value.length > longest) refuse(`${what} is too long`);
  return Array.from(value as readonly unknown[]);
}

function wholeNumber(value: unknown, least: number, greatest: number, what: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= greatest) return value;
  return refuse(`${what} is no whole number from ${String(least)} to ${String(greatest)}`);
}

function truthOf(value: unknown, what: string): boolean {
  return typeof value === 'boolean' ? value : refuse(`${what} says neither yes nor no`);
}

function oneOf<Name extends string>(names: readonly Name[], value: unknown, what: string): Name {
  return names.find((name) => name === value) ?? refuse(`${what} is none of ${names.join(', ')}`);
}
