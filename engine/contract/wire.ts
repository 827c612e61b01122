/**
 * The messages between a front end and the engine when they do not share memory, and their form on a socket. Not who sends
 * them. Convention: a frame is the length of its head (uint32, little-endian), the head as JSON, and behind it the bytes of
 * all binary values, which the head lists by their path in the message and, where they are no plain bytes, by their type.
 */
import { z } from 'zod';
import type { EngineEvent } from './events.ts';
import { MambrushError } from './error.ts';
import type { Outcome } from './error-value.ts';
import type { Progress } from './progress.ts';

const id = z.int().positive();

export const clientMessage = z.discriminatedUnion('kind', [
  /** The first one: goes on with an earlier session, or begins one. */
  z.strictObject({ kind: z.literal('hello'), session: z.string().max(64).optional() }),
  /** Ids grow from 1, in the order of sending. */
  z.strictObject({ kind: z.literal('request'), id, name: z.string().max(64), args: z.unknown() }),
  z.strictObject({ kind: z.literal('abort'), id }),
  /** The outcome has arrived: the engine may forget it. */
  z.strictObject({ kind: z.literal('received'), id }),
]);
export type ClientMessage = z.infer<typeof clientMessage>;

export type EngineMessage =
  /** `received`: the highest id that has arrived; what was sent after it has to be sent again. */
  | { readonly kind: 'welcome'; readonly session: string; readonly resumed: boolean; readonly received: number }
  | { readonly kind: 'outcome'; readonly id: number; readonly outcome: Outcome<unknown> }
  | { readonly kind: 'progress'; readonly id: number; readonly progress: Progress }
  | { readonly kind: 'event'; readonly event: EngineEvent };

type Step = string | number;

/** What a socket carries as it is; floats little-endian, as every machine has them that Mambrush runs on. */
type Binary = Uint8Array | Float32Array | Float64Array;

interface Head {
  readonly message: unknown;
  /** The paths of binary values and how many bytes each has, in their order; without a type they are plain bytes. */
  readonly binary: readonly (readonly [path: readonly Step[], length: number, type?: 'f32' | 'f64' | undefined])[];
}

const path = z.array(z.union([z.string(), z.int().nonnegative()])).max(16);
const length = z.int().nonnegative();

const headSchema = z.strictObject({
  message: z.unknown(),
  binary: z.array(z.union([z.tuple([path, length]), z.tuple([path, length, z.enum(['f32', 'f64'])])])),
});

export function encodeFrame(message: unknown): Uint8Array<ArrayBuffer> {
  const binary: Head['binary'][number][] = [];
  const parts: Uint8Array[] = [];
  const without = lift(message, [], (path, values) => {
    const { buffer, byteOffset, byteLength } = values;
    if (values instanceof Uint8Array) binary.push([[...path], byteLength]);
    else binary.push([[...path], byteLength, values instanceof Float32Array ? 'f32' : 'f64']);
    parts.push(new Uint8Array(buffer, byteOffset, byteLength));
  });
  const head = new TextEncoder().encode(JSON.stringify({ message: without, binary } satisfies Head));
  const frame = new Uint8Array(4 + head.length + parts.reduce((sum, { length }) => sum + length, 0));
  new DataView(frame.buffer).setUint32(0, head.length, true);
  frame.set(head, 4);
  let at = 4 + head.length;
  for (const part of parts) {
    frame.set(part, at);
    at += part.length;
  }
  return frame;
}

/**
 * @param frame belongs to the message from now on: its bytes are views of it, its floats too where they are aligned
 * @throws MambrushError 'frame-invalid' when the frame is none
 */
export function decodeFrame(frame: Uint8Array): unknown {
  const { length, head } = readHead(frame);
  let message = head.message;
  let at = 4 + length;
  for (const [path, size, type] of head.binary) {
    if (at + size > frame.length) throw invalid('it ends before its bytes do');
    const bytes = frame.subarray(at, at + size);
    message = put(message, path, type === undefined ? bytes : floatsOf(bytes, type));
    at += size;
  }
  if (at !== frame.length) throw invalid('it is longer than it says');
  return message;
}

function readHead(frame: Uint8Array): { length: number; head: Head } {
  if (frame.length < 4) throw invalid('it is too short');
  const length = new DataView(frame.buffer, frame.byteOffset).getUint32(0, true);
  if (4 + length > frame.length) throw invalid('it ends before its head does');
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(frame.subarray(4, 4 + length));
    return { length, head: headSchema.parse(JSON.parse(text)) };
  } catch {
    throw invalid('its head is no JSON of the right form');
  }
}

function floatsOf(bytes: Uint8Array, type: 'f32' | 'f64'): Float32Array | Float64Array {
  const width = type === 'f32' ? 4 : 8;
  if (bytes.length % width !== 0) throw invalid('its numbers are cut short');
  const { buffer, byteOffset } = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  const count = bytes.length / width;
  return type === 'f32' ? new Float32Array(buffer, byteOffset, count) : new Float64Array(buffer, byteOffset, count);
}

/** The value with null where binary values were. */
function lift(value: unknown, path: Step[], found: (path: readonly Step[], values: Binary) => void): unknown {
  if (value instanceof Uint8Array || value instanceof Float32Array || value instanceof Float64Array) {
    found(path, value);
    return null;
  }
  const inside = (step: Step, content: unknown): unknown => {
    path.push(step);
    const lifted = lift(content, path, found);
    path.pop();
    return lifted;
  };
  if (Array.isArray(value)) return value.map((content: unknown, index) => inside(index, content));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, content]) => [key, inside(key, content)]));
}

/** Only where the message has a null for it: nothing else can be reached. */
function put(message: unknown, path: readonly Step[], bytes: Binary): unknown {
  const last = path.at(-1);
  if (last === undefined) return bytes;
  let holder = message;
  for (const step of path.slice(0, -1)) holder = own(holder, step);
  if (own(holder, last) !== null) throw invalid('its bytes belong nowhere');
  (holder as Record<Step, unknown>)[last] = bytes;
  return message;
}

function own(holder: unknown, step: Step): unknown {
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, step)) {
    throw invalid('its bytes belong nowhere');
  }
  return (holder as Record<Step, unknown>)[step];
}

function invalid(why: string): MambrushError {
  return new MambrushError('frame-invalid', `A message could not be read: ${why}. Reload the window.`);
}
