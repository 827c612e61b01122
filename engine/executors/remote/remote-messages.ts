/**
 * What the two ends of a remote executor send each other, and how each checks what it receives. Neither end itself.
 * Convention: plain values and typed arrays, which a port clones and a socket writes as a frame; each typed array has a
 * buffer of its own and of its own size, because a clone of a view is one of the whole buffer behind it.
 */
import { z } from 'zod';
import { errorValue } from '../../contract/error-value.ts';
import type { FloatArray, RunRequest } from '../../program/executor.ts';

const id = z.int().positive();
const text = z.string().max(4096);
const truth = z.boolean();
const whole = z
  .int()
  .min(0)
  .max(2 ** 31);
const positions = z.array(whole).max(65_536).readonly();
/** Not checked value by value: they are only computed with. */
const floats = z.custom<FloatArray>((value) => value instanceof Float32Array || value instanceof Float64Array);
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);
const block = z.enum(['parameters', 'gradients', 'moment1', 'moment2']);

/** Types alone: whether it fits the program is for the session to check. */
const run = z.object({
  phase: z.enum(['forward', 'gradient', 'step']),
  count: z.int().min(1).max(65_536),
  inputs: z.record(text, z.union([floats, bytes])).refine((inputs) => Object.keys(inputs).length <= 64),
  kept: z.exactOptional(z.object({ slots: positions, brought: positions })),
  scalars: z.exactOptional(z.object({ learningRate: z.number(), step: z.int().min(0) })),
}) satisfies z.ZodType<RunRequest>;

/** Without its id. The recipe of a program is checked where the program is built. */
const request = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('cards') }),
  z.object({
    kind: z.literal('open'),
    card: z.int().min(0).max(63),
    recipe: z.unknown(),
    poison: truth,
    keep: z.exactOptional(whole),
  }),
  z.object({ kind: z.literal('write'), session: id, block, values: floats }),
  z.object({ kind: z.literal('read'), session: id, block }),
  z.object({ kind: z.literal('run'), session: id, request: run }),
  z.object({ kind: z.literal('close'), session: id }),
]);
export type RemoteRequest = z.infer<typeof request>;

/** Ids rise from 1 on; each request has one answer, in any order. */
const answer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('answer'), id, value: z.unknown() }),
  z.object({ kind: z.literal('refusal'), id, error: errorValue }),
]);
export type RemoteAnswer = z.infer<typeof answer>;

const card = z.object({ name: text, isSoftware: truth, description: text });
export type CardFacts = z.infer<typeof card>;

const session = z.object({
  session: id,
  notices: z.array(text).max(64).readonly(),
  keeps: z.exactOptional(whole),
  runsAhead: z.exactOptional(z.int().min(0).max(64)),
});
export type SessionFacts = z.infer<typeof session>;

const runResult = z.object({ outputs: z.record(text, floats), runsAhead: session.shape.runsAhead });
export type RunResult = z.infer<typeof runResult>;

/** @returns the id, where the value has one by which an answer could be known */
export function readId(message: unknown): number | undefined {
  return z.object({ id }).safeParse(message).data?.id;
}

/** @throws RangeError saying what is wrong with it, as all that follow */
export const readRequest = (message: unknown): RemoteRequest => read(request, message);
export const readAnswer = (message: unknown): RemoteAnswer => read(answer, message);
/** A card's number is its position in this list. */
export const readCards = (value: unknown): readonly CardFacts[] => read(z.array(card).max(64), value);
export const readSession = (value: unknown): SessionFacts => read(session, value);
export const readNothing = (value: unknown): null => read(z.null(), value);

/** @param wanted elements of each output, by its name */
export function readRunResult(value: unknown, wanted: ReadonlyMap<string, number>): RunResult {
  const result = read(runResult, value);
  const names = Object.keys(result.outputs);
  if (names.length !== wanted.size) refuse('it has other outputs');
  for (const name of names) {
    if (result.outputs[name]?.length !== wanted.get(name)) refuse(`its output '${name}' has another size`);
  }
  return result;
}

export function readBlock(value: unknown, size: number): FloatArray {
  const values = read(floats, value);
  return values.length === size ? values : refuse('its block has another size');
}

/** The values in a buffer of their own; a copy only where they have none. */
export function alone<Values extends FloatArray | Uint8Array>(values: Values): Values {
  const { buffer } = values;
  const isAlone = buffer instanceof ArrayBuffer && buffer.byteLength === values.byteLength;
  return isAlone ? values : (values.slice() as Values);
}

function read<Value>(schema: z.ZodType<Value>, value: unknown): Value {
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  return refuse(`'${issue?.path.join('.') ?? ''}' is wrong: ${issue?.message ?? ''}`);
}

function refuse(why: string): never {
  throw new RangeError(`a message cannot be read: ${why}`);
}
