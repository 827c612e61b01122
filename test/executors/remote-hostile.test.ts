/** Neither end of a remote executor believes the other: nonsense is refused, and nothing else happens. */
import { describe, expect, it } from 'vitest';
import { referenceExecutor } from '../../engine/executors/reference/reference-executor.ts';
import { listRemoteCards } from '../../engine/executors/remote/remote-executor.ts';
import type { RemotePort } from '../../engine/executors/remote/remote-port.ts';
import { serveExecutors } from '../../engine/executors/remote/serve-executors.ts';
import type { BuildProgram } from '../../engine/executors/remote/serve-executors.ts';
import { phaseTexts } from '../../engine/executors/webgpu/dispatch.ts';
import { gatherGradients } from '../../engine/executors/webgpu/gather-gradients.ts';
import { emitKernels, planProgram } from '../../engine/executors/webgpu/program-plan.ts';
import { buildProgram } from '../../engine/network/build-program.ts';
import { trainingProgram } from '../../engine/network/mamba-unet.ts';
import { defaultConfig } from '../../engine/network/network-config.ts';
import { goldenOperationProgram } from '../../engine/network/verify/golden-programs.ts';
import type { Executor, RunRequest } from '../../engine/program/executor.ts';
import { sizeOf } from '../../engine/program/operation.ts';
import type { Program } from '../../engine/program/program.ts';
import { Random } from '../../engine/random.ts';
import { programOfCase } from '../program/operation-case.ts';
import { variants } from '../network/variants.ts';
import { oddCases } from '../program/operation-table.ts';
import { cardOf } from './remote-pair.ts';
import { buildAny, smallProgram, smallRequest } from './small-program.ts';

interface Asking {
  readonly ask: (message: unknown) => void;
  readonly hangUp: () => void;
  /** What came back, by id. */
  readonly answers: Map<number, { readonly kind: string; readonly value?: unknown; readonly error?: { code: string } }>;
  readonly isClosed: () => boolean;
}

/** The serving end of a port whose other end is the test; a listener that throws fails the test. */
function serving(executor: Executor, build: BuildProgram = buildAny): Asking {
  const answers: Asking['answers'] = new Map();
  let isClosed = false;
  let receive = (_: unknown): void => undefined;
  const { promise: closed, resolve: hangUp } = Promise.withResolvers<unknown>();
  serveExecutors(
    {
      send: (message) => {
        const answer = structuredClone(message) as { id: number; kind: string };
        answers.set(answer.id, answer);
      },
      closed,
      onMessage: (listener) => {
        receive = listener;
      },
      close: () => {
        isClosed = true;
      },
    },
    async () => [cardOf(executor)],
    build,
  );
  return { ask: (message) => receive(message), hangUp: () => hangUp(undefined), answers, isClosed: () => isClosed };
}

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

type Path = readonly (string | number)[];

/** Every path in a message, numbers of typed arrays apart. */
function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([key, content]) => pathsOf(content, [...path, key]))];
}

const hostile: readonly unknown[] = [
  'EVIL; } fn f() {',
  '__proto__',
  'constructor',
  '\n',
  NaN,
  Infinity,
  -1,
  0,
  0.5,
  1,
  2,
  3,
  64,
  1e300,
  2 ** 31,
  2 ** 53,
  7n,
  null,
  undefined,
  true,
  [],
  {},
  [['EVIL']],
  { EVIL: 1 },
  new Float32Array(3),
  new Float64Array(1),
  new Uint8Array(5),
  new ArrayBuffer(8),
  new Map([['EVIL', 1]]),
  new Date(0),
];

/** Changes, removes, doubles or swaps one thing, or puts another message's there. */
function mutate(message: Record<string, unknown>, random: Random): void {
  const paths = pathsOf(message).filter((path) => path.length > 0 && path[0] !== 'id');
  const any = (): Path => paths[random.integer(paths.length)]!;
  const path = any();
  const holder = path.slice(0, -1).reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], message);
  const target = holder as Record<string | number, unknown>;
  const key = path.at(-1)!;
  switch (random.integer(6)) {
    case 0:
      if (Array.isArray(target)) target.splice(Number(key), 1);
      else Reflect.deleteProperty(target, key);
      return;
    case 1:
      if (Array.isArray(target)) target.push(structuredClone(target[Number(key)]));
      else target['EVIL'] = structuredClone(target[key]);
      return;
    case 2:
      target[key] = structuredClone(
        any().reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], message),
      );
      return;
    default:
      target[key] = hostile[random.integer(hostile.length)];
  }
}

/** Writes the WGSL of every program that it is given, and computes as the reference does. */
function writingExecutor(texts: string[]): Executor {
  return {
    ...referenceExecutor,
    open: async (program, options) => {
      texts.push(...shadersOf(program));
      return referenceExecutor.open(program, options);
    },
  };
}

function shadersOf(program: Program): readonly string[] {
  const kernels = emitKernels(program);
  const plan = planProgram(kernels, 1);
  const { forward, training, update } = phaseTexts(plan, gatherGradients(kernels), false);
  return [...forward, ...training, ...update].map(({ code }) => code);
}

const config = variants['all widths the least there is'] ?? defaultConfig;
const programs = [
  goldenOperationProgram({
    kind: 'golden-operation',
    group: 'conv3x3',
    batch: 2,
    parameters: [
      ['weight', [4, 4, 3, 3]],
      ['bias', [4]],
    ],
    inputs: [['x', [2, 2, 4]]],
  }),
  trainingProgram(config, { width: 32, height: 32, batch: 2 }),
];

/** A run over two samples, in which every input is one. */
function requestFor({ inputs, update }: Program): RunRequest {
  return {
    phase: update.length > 0 ? 'step' : 'gradient',
    count: 2,
    inputs: Object.fromEntries(
      inputs.map(({ name, shape, type }) => {
        const size = 2 * sizeOf(shape);
        return [name, type === 'u8' ? new Uint8Array(size).fill(1) : new Float32Array(size).fill(1)];
      }),
    ),
    scalars: { learningRate: 0.5, step: 1 },
  };
}

/** What a shader says besides numbers, which may be part of a name: words, and signs that no arithmetic has. */
function wordsOf(text: string): readonly string[] {
  return text.replaceAll(/\d+(\.\d+)?(e[+-]?\d+)?/g, '#').match(/[\p{L}_#@][\p{L}_#]*|[^\s\p{L}_#@]/gu) ?? [];
}

describe('the end that has the cards', () => {
  it('answers whatever is done to messages, or closes the port, and writes no shader but of numbers', async () => {
    const texts: string[] = [];
    const random = new Random(1);
    const counts = { accepted: 0, refused: 0, closed: 0, ran: 0 };
    for (let round = 0; round < 600; round++) {
      const { ask, hangUp, answers, isClosed } = serving(writingExecutor(texts), buildProgram);
      const program = programs[random.integer(3) === 0 ? 1 : 0]!;
      const request = requestFor(program);
      const open = { id: 1, kind: 'open', card: 0, recipe: program.recipe, poison: false, keep: 3 };
      const messages: Record<string, unknown>[] = structuredClone([
        open,
        { id: 2, kind: 'write', session: 1, block: 'parameters', values: new Float32Array(program.parameterCount) },
        { id: 3, kind: 'run', session: 1, request: { ...request, kept: { slots: [0, 1], brought: [0] } } },
        { id: 4, kind: 'run', session: 1, request },
        { id: 5, kind: 'read', session: 1, block: 'moment1' },
        { id: 6, kind: 'cards' },
        { id: 7, kind: 'close', session: 1 },
      ]);
      const which = random.integer(3) === 0 ? messages : messages.slice(0, 1);
      for (let i = 0; i <= random.integer(3); i++) mutate(which[random.integer(which.length)]!, random);
      if (random.integer(20) === 0) messages[random.integer(7)]!['id'] = hostile[random.integer(hostile.length)];
      for (const message of messages) {
        ask(message);
        await settled();
      }
      const opened = answers.get(1)?.kind === 'answer';
      counts[opened ? 'accepted' : 'refused']++;
      if (answers.get(4)?.kind === 'answer') counts.ran++;
      if (isClosed()) counts.closed++;
      else expect(answers.size).toBe(7);
      hangUp();
    }
    // Whatever was accepted was a program, and the rest was not.
    expect(Math.min(counts.accepted, counts.refused, counts.ran)).toBeGreaterThan(50);
    expect(counts.closed).toBeGreaterThan(5);
    const all = new Set(texts);
    expect(all.size).toBeGreaterThan(20);
    for (const text of all) expect(text).not.toMatch(/EVIL|NaN|undefined|null|Infinity|object|__proto__/);
    const own = oddCases.flatMap((testCase) => shadersOf(programOfCase(testCase, { batch: 2, use: 'twice' }).program));
    const known = new Set([...own, ...programs.flatMap(shadersOf)].flatMap(wordsOf));
    expect([...all].flatMap(wordsOf).filter((word) => !known.has(word))).toEqual([]);
    expect(({} as Record<string, unknown>)['EVIL']).toBeUndefined();
  });

  it('closes the port on what has no id, or an old one, and takes nothing after it', async () => {
    for (const nonsense of [undefined, null, 'text', 7, [], {}, { id: 0 }, { id: '2' }, { id: 2 ** 60 }, { id: 1 }]) {
      const { ask, answers, isClosed } = serving(referenceExecutor);
      ask({ id: 1, kind: 'cards' });
      await settled();
      expect([answers.size, isClosed()]).toEqual([1, false]);
      ask(nonsense);
      expect(isClosed(), JSON.stringify(nonsense)).toBe(true);
      ask({ id: 3, kind: 'cards' });
      await settled();
      expect(answers.size).toBe(1);
    }
  });

  it('does not keep more sessions, or more questions, than anybody needs', async () => {
    const { ask, answers, isClosed } = serving(referenceExecutor);
    const { recipe } = smallProgram(1, 1);
    for (let id = 1; id <= 65; id++) ask({ id, kind: 'open', card: 0, recipe, poison: false });
    await expect.poll(() => answers.size).toBe(65);
    expect([...answers.values()].filter(({ kind }) => kind === 'refusal').length).toBe(1);
    ask({ id: 66, kind: 'close', session: 1 });
    await settled();
    ask({ id: 67, kind: 'open', card: 0, recipe, poison: false });
    await expect.poll(() => answers.get(67)?.kind).toBe('answer');
    for (let id = 68; id < 68 + 300; id++) ask({ id, kind: 'cards' });
    expect(isClosed()).toBe(true);
  });

  it('survives a port that cannot send', async () => {
    let isClosed = false;
    let receive = (_: unknown): void => undefined;
    const port: RemotePort = {
      send: () => {
        throw new Error('gone');
      },
      onMessage: (listener) => {
        receive = listener;
      },
      closed: new Promise(() => undefined),
      close: () => {
        isClosed = true;
      },
    };
    serveExecutors(port, async () => [], buildAny);
    receive({ id: 1, kind: 'cards' });
    await expect.poll(() => isClosed).toBe(true);
  });
});

/** The asking end, of a port whose other end answers as the test says. */
function answering(answer: (request: Readonly<Record<string, unknown>>) => unknown): {
  readonly connect: () => Promise<RemotePort>;
  readonly closed: () => number;
} {
  let closed = 0;
  return {
    closed: () => closed,
    connect: async () => {
      let receive = (_: unknown): void => undefined;
      return {
        send: (message) => {
          const reply = answer(message as Readonly<Record<string, unknown>>);
          setImmediate(() => receive(reply));
        },
        onMessage: (listener) => {
          receive = listener;
        },
        closed: new Promise(() => undefined),
        close: () => {
          closed++;
        },
      };
    },
  };
}

const cards = [{ name: 'x', isSoftware: false, description: 'x' }];

/** Answers as it should but for one kind. */
function lyingAbout(kind: string, lie: (id: unknown) => unknown): ReturnType<typeof answering> {
  const truth: Readonly<Record<string, unknown>> = {
    cards,
    open: { session: 2, notices: [] },
    write: null,
    read: new Float32Array(1),
    run: { outputs: { y: new Float32Array(32) } },
    close: null,
  };
  return answering((request) => {
    if (request['kind'] === kind) return lie(request['id']);
    return { kind: 'answer', id: request['id'], value: truth[String(request['kind'])] };
  });
}

async function throughAll(connect: () => Promise<RemotePort>): Promise<void> {
  const [card] = await listRemoteCards(connect);
  const session = await card!.executor.open(smallProgram(2, 2));
  await session.write('parameters', Float32Array.of(1));
  await session.read('gradients');
  await session.run(smallRequest(2, 2));
  await session.close();
}

describe('the end that asks', () => {
  const kinds = ['cards', 'open', 'write', 'read', 'run', 'close'];

  it('takes what is right', async () => {
    await throughAll(lyingAbout('nothing', () => undefined).connect);
  });

  it.each(kinds)(
    'refuses an answer to %s that makes no sense as an error of the card, and closes the port',
    async (kind) => {
      const y = new Float32Array(32);
      const values: readonly unknown[] = [
        undefined,
        7,
        'text',
        [],
        {},
        new Float32Array(2),
        [{ name: 'x', isSoftware: 'no', description: 'x' }],
        [{ name: 'x'.repeat(10_000), isSoftware: false, description: 'x' }],
        { session: 0, notices: [] },
        { session: 2, notices: [7] },
        { session: 2, notices: [], keeps: -1 },
        { session: 2, notices: [], runsAhead: 1e9 },
        { outputs: {} },
        { outputs: { y: new Float32Array(31) } },
        { outputs: { y: new Uint8Array(32) } },
        { outputs: { y: [...y] } },
        { outputs: { z: y } },
        { outputs: { y, z: y } },
        { outputs: { y }, runsAhead: '3' },
      ].filter((value) => !(kind === 'cards' && Array.isArray(value) && value.length === 0));
      const replies = [
        ...values.map((value) => (id: unknown) => ({ kind: 'answer', id, value })),
        () => undefined,
        () => ({ kind: 'answer', id: 99, value: null }),
        (id: unknown) => ({ kind: 'refusal', id, error: { code: 7, message: 'x' } }),
        (id: unknown) => ({ kind: 'something', id }),
      ];
      for (const [i, reply] of replies.entries()) {
        const { connect, closed } = lyingAbout(kind, reply);
        const going = throughAll(connect);
        // What cannot be closed in order is closed with the port.
        if (kind === 'close') await going;
        else await expect(going, `${kind} ${String(i)}`).rejects.toMatchObject({ code: 'gpu-error' });
        expect(closed()).toBeGreaterThan(0);
      }
    },
  );

  it('passes on what it is refused with, by code', async () => {
    const error = { code: 'gpu-out-of-memory', message: 'too much' };
    for (const kind of kinds) {
      const { connect } = lyingAbout(kind, (id) => ({ kind: 'refusal', id, error }));
      await expect(throughAll(connect), kind).rejects.toMatchObject({ name: 'MambrushError', ...error });
    }
  });
});
