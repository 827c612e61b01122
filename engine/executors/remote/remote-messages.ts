/**
 * What the two ends of a remote executor say to each other, and how each reads what the other says. Neither end itself.
 * Convention: plain values and typed arrays, which a port clones and a socket writes as a frame; each typed array has a
 * buffer of its own and of its own size, because a clone of a view is one of the whole buffer behind it.
 */
import { errorValue } from '../../contract/error-value.ts';
import type { ErrorValue } from '../../contract/error-value.ts';
import type { Block, FloatArray, KeptSamples, RunRequest } from '../../program/executor.ts';
import type { UpdateScalars } from '../../program/operation.ts';
import type { ProgramMessage } from '../../program/program-message.ts';

/** Without its id. */
export type RemoteRequest =
  | { readonly kind: 'cards' }
  | {
      readonly kind: 'open';
      readonly card: number;
      readonly program: ProgramMessage;
      readonly poison: boolean;
      readonly keep?: number;
    }
  | { readonly kind: 'write'; readonly session: number; readonly block: Block; readonly values: FloatArray }
  | { readonly kind: 'read'; readonly session: number; readonly block: Block }
  | { readonly kind: 'run'; readonly session: number; readonly request: RunRequest }
  | { readonly kind: 'close'; readonly session: number };

/** As read: the program has not been looked at yet. */
export type ReceivedRequest =
  | Exclude<RemoteRequest, { readonly kind: 'open' }>
  | (Omit<Extract<RemoteRequest, { readonly kind: 'open' }>, 'program'> & { readonly program: unknown });

/** Ids rise from 1 on; each request has one answer, in any order. */
export type RemoteAnswer =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: ErrorValue };

/** The answer to 'cards' is a list of these; a card's number is its place. */
export interface CardFacts {
  readonly name: string;
  readonly isSoftware: boolean;
  readonly description: string;
}

/** The answer to 'open'. */
export interface SessionFacts {
  readonly session: number;
  readonly notices: readonly string[];
  readonly keeps?: number;
  readonly runsAhead?: number;
}

/** The answer to 'run'. */
export interface RunResult {
  readonly outputs: Readonly<Record<string, FloatArray>>;
  readonly runsAhead?: number;
}

const blocks: readonly Block[] = ['parameters', 'gradients', 'moment1', 'moment2'];
const phases: readonly RunRequest['phase'][] = ['forward', 'gradient', 'step'];
const most = { cards: 64, text: 4096, notices: 64, runsAhead: 64, inputs: 64, count: 65_536 } as const;

/** @returns the id, where the value has one from which an answer could be known */
export function readId(message: unknown): number | undefined {
  const { id } = isRecord(message) ? message : {};
  return isWhole(id, 1, Number.MAX_SAFE_INTEGER) ? id : undefined;
}

/** @throws RangeError saying what is wrong with it */
export function readRequest(message: unknown): ReceivedRequest {
  const { kind, ...rest } = recordOf(message);
  switch (kind) {
    case 'cards':
      return { kind };
    case 'open': {
      const { card, program, poison, keep } = rest;
      return {
        kind,
        card: whole(card, 0, most.cards - 1),
        program,
        poison: truthOf(poison),
        ...(keep !== undefined && { keep: whole(keep, 0, 2 ** 31) }),
      };
    }
    case 'write':
      return { kind, session: sessionOf(rest), block: oneOf(blocks, rest['block']), values: floatsOf(rest['values']) };
    case 'read':
      return { kind, session: sessionOf(rest), block: oneOf(blocks, rest['block']) };
    case 'run':
      return { kind, session: sessionOf(rest), request: readRun(rest['request']) };
    case 'close':
      return { kind, session: sessionOf(rest) };
    default:
      return refuse('it asks for nothing that there is');
  }
}

/** Types alone: whether it fits the program is the session's to say. */
function readRun(value: unknown): RunRequest {
  const { phase, count, inputs, kept, scalars } = recordOf(value);
  const entries = Object.entries(recordOf(inputs));
  if (entries.length > most.inputs) refuse('it has too many inputs');
  return {
    phase: oneOf(phases, phase),
    count: whole(count, 1, most.count),
    inputs: Object.fromEntries(
      entries.map(([name, values]) => [name, values instanceof Uint8Array ? values : floatsOf(values)]),
    ),
    ...(kept !== undefined && { kept: readKept(kept) }),
    ...(scalars !== undefined && { scalars: readScalars(scalars) }),
  };
}

function readKept(value: unknown): KeptSamples {
  const { places, brought } = recordOf(value);
  const numbers = (list: unknown): number[] => listOf(list, most.count).map((entry) => whole(entry, 0, 2 ** 31));
  return { places: numbers(places), brought: numbers(brought) };
}

function readScalars(value: unknown): UpdateScalars {
  const { learningRate, step } = recordOf(value);
  if (typeof learningRate !== 'number') refuse('its learning rate is no number');
  return { learningRate, step: whole(step, 0, Number.MAX_SAFE_INTEGER) };
}

/** @throws RangeError when it is none */
export function readAnswer(message: unknown): RemoteAnswer {
  const { kind, value, error } = recordOf(message);
  const id = readId(message);
  if (id === undefined) refuse('it answers nothing');
  if (kind === 'answer') return { kind, id, value };
  const read = errorValue.safeParse(error);
  if (kind !== 'refusal' || !read.success) refuse('it is neither an answer nor a refusal');
  return { kind, id, error: read.data };
}

/** @throws RangeError */
export function readCards(value: unknown): readonly CardFacts[] {
  return listOf(value, most.cards).map((card) => {
    const { name, isSoftware, description } = recordOf(card);
    return { name: textOf(name), isSoftware: truthOf(isSoftware), description: textOf(description) };
  });
}

/** @throws RangeError */
export function readSession(value: unknown): SessionFacts {
  const { session, notices, keeps, runsAhead } = recordOf(value);
  return {
    session: whole(session, 1, Number.MAX_SAFE_INTEGER),
    notices: listOf(notices, most.notices).map(textOf),
    ...(keeps !== undefined && { keeps: whole(keeps, 0, 2 ** 31) }),
    ...readAhead(runsAhead),
  };
}

/** @param wanted elements of each output, by its name @throws RangeError when it has others */
export function readRunResult(value: unknown, wanted: ReadonlyMap<string, number>): RunResult {
  const { outputs, runsAhead } = recordOf(value);
  const given = recordOf(outputs);
  if (Object.keys(given).length !== wanted.size) refuse('it has other outputs');
  const values = [...wanted].map(([name, size]) => {
    const output = Object.hasOwn(given, name) ? floatsOf(given[name]) : refuse(`it has no output '${name}'`);
    if (output.length !== size) refuse(`its output '${name}' has another size`);
    return [name, output] as const;
  });
  return { outputs: Object.fromEntries(values), ...readAhead(runsAhead) };
}

/** @throws RangeError when it is none, or of another size */
export function readBlock(value: unknown, size: number): FloatArray {
  const values = floatsOf(value);
  return values.length === size ? values : refuse('its block has another size');
}

/** @throws RangeError unless it is nothing */
export function readNothing(value: unknown): void {
  if (value !== null) refuse('it is more than nothing');
}

function readAhead(value: unknown): { readonly runsAhead?: number } {
  return value === undefined ? {} : { runsAhead: whole(value, 0, most.runsAhead) };
}

/** The values in a buffer of their own; a copy only where they have none. */
export function alone<Values extends FloatArray | Uint8Array>(values: Values): Values {
  const { buffer } = values;
  const isAlone = buffer instanceof ArrayBuffer && buffer.byteLength === values.byteLength;
  return isAlone ? values : (values.slice() as Values);
}

function sessionOf(message: Readonly<Record<string, unknown>>): number {
  return whole(message['session'], 1, Number.MAX_SAFE_INTEGER);
}

function floatsOf(value: unknown): FloatArray {
  if (value instanceof Float32Array || value instanceof Float64Array) return value;
  return refuse('it has something else where numbers belong');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : refuse('it has something else where a record belongs');
}

function listOf(value: unknown, longest: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length > longest) refuse('it has something else where a list belongs');
  return Array.from(value as readonly unknown[]);
}

function isWhole(value: unknown, least: number, greatest: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= greatest;
}

function whole(value: unknown, least: number, greatest: number): number {
  return isWhole(value, least, greatest) ? value : refuse('it has something else where a whole number belongs');
}

function textOf(value: unknown): string {
  if (typeof value === 'string' && value.length <= most.text) return value;
  return refuse('it has something else where a text belongs');
}

function truthOf(value: unknown): boolean {
  return typeof value === 'boolean' ? value : refuse('it says neither yes nor no');
}

function oneOf<Name extends string>(names: readonly Name[], value: unknown): Name {
  return names.find((name) => name === value) ?? refuse(`it has something else than ${names.join(', ')}`);
}

function refuse(why: string): never {
  throw new RangeError(`a message cannot be read: ${why}`);
}
