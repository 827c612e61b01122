import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { operationKernels } from '../../engine/executors/webgpu/kernels/kernels.ts';
import { predictionProgram, trainingProgram } from '../../engine/network/mamba-unet.ts';
import { operations } from '../../engine/program/operations/operations.ts';
import { describeProgram, readProgram } from '../../engine/program/program-message.ts';
import type { Program } from '../../engine/program/program.ts';
import { updates } from '../../engine/program/updates/updates.ts';
import { oddSizes } from '../executors/odd-sizes.ts';
import { smallProgram } from '../executors/small-program.ts';
import { variants } from '../network/variants.ts';
import { everyOperation } from './every-operation.ts';
import { programOfCase } from './operation-case.ts';

const size = { width: 32, height: 32, batch: 2 };

/** What arrives by a port, and what arrives as JSON. */
function expectRoundTrip(program: Program): void {
  const message = describeProgram(program);
  expect(readProgram(structuredClone(message))).toEqual(program);
  expect(readProgram(JSON.parse(JSON.stringify(message)))).toEqual(program);
}

type Plain = Record<string, unknown> & Record<'tensors' | 'forward' | 'backward' | 'update', Record<string, unknown>[]>;

function plainOf(program: Program): Plain {
  return structuredClone(describeProgram(program)) as unknown as Plain;
}

describe('a program that was described', () => {
  it.each(oddSizes.map((testCase) => [`${testCase.definition.kind}, ${testCase.name}`, testCase] as const))(
    'is read as it was: %s',
    (_, testCase) => {
      for (const use of ['once', 'twice'] as const) expectRoundTrip(programOfCase(testCase, { batch: 3, use }).program);
    },
  );

  it.each(Object.entries(variants))('is read as it was: training and prediction of %s', (_, config) => {
    expectRoundTrip(trainingProgram(config, size));
    expectRoundTrip(trainingProgram(config, size, { kind: 'sgd', momentum: 0.9, weightDecay: 0 }, 1));
    expectRoundTrip(predictionProgram(config, size));
  });
});

describe('the lists of operations and updates', () => {
  it('have everything that there is, under its own kind', async () => {
    const wanted = await everyOperation();
    expect([...operations].sort()).toEqual(wanted.map((definition) => [definition.kind, definition]).sort());
    for (const kind of Object.keys(operationKernels)) expect(operations.has(kind), kind).toBe(true);
    const folder = new URL('../../engine/program/updates/', import.meta.url);
    const kinds: string[] = [];
    for (const file of readdirSync(folder)) {
      const module = (await import(new URL(file, folder).href)) as Readonly<Record<string, { readonly kind?: string }>>;
      kinds.push(...Object.values(module).flatMap(({ kind }) => kind ?? []));
    }
    expect([...updates.keys()].sort()).toEqual(kinds.sort());
    for (const [kind, definition] of updates) expect(definition.kind).toBe(kind);
  });
});

describe('a value that is no program', () => {
  const small = (): Plain => plainOf(smallProgram(2, 2));
  const refused = (change: (message: Plain) => void, reason: RegExp): void => {
    const message = small();
    change(message);
    expect(() => readProgram(message), String(reason)).toThrow(RangeError);
    expect(() => readProgram(message)).toThrow(reason);
  };

  it('is refused with a reason: numbers that are none, or too large', () => {
    for (const batch of [0, 1.5, -1, NaN, Infinity, '2', null, 1e9, { valueOf: () => 2 }]) {
      refused((m) => (m['batch'] = batch), /batch is no whole number/);
    }
    for (const extent of ['2', 0, -1, 0.5, NaN, '1u; } fn evil() {', null, 2 ** 40]) {
      refused((m) => (m.tensors[0]!['shape'] = [2, extent, 4]), /an extent of tensor 0 is no whole number/);
    }
    refused((m) => (m.tensors[0]!['shape'] = [65_536, 65_536, 4]), /tensor 0 is too large/);
    refused((m) => (m.tensors[0]!['shape'] = new Array<number>(9).fill(1)), /too long/);
    refused((m) => (m['tensors'] = Array.from({ length: 9000 }, () => m.tensors[0]!)), /too long/);
    for (const value of ['0', NaN, Infinity, null, undefined, [0]]) {
      refused((m) => (m.update[0]!['attributes'] = { momentum: 0, weightDecay: value }), /is no finite number/);
    }
  });

  it('is refused with a reason: names and ids that are not in the lists', () => {
    refused((m) => (m.forward[0]!['kind'] = 'gelu2'), /unknown here/);
    refused((m) => (m.forward[0]!['kind'] = 'constructor'), /unknown here/);
    refused((m) => (m.update[0]!['kind'] = 'gelu'), /unknown here/);
    refused((m) => (m.forward[0]!['attributes'] = { parts: 1 }), /has other attributes/);
    refused((m) => (m.update[0]!['attributes'] = { momentum: 0, decay: 0 }), /'weightDecay'/);
    for (const id of [99, -1, 0.5, '0', NaN]) refused((m) => (m.forward[0]!['inputs'] = [id]), /an operand of 'gelu'/);
    refused((m) => (m.tensors[0]!['storage'] = 'blocks'), /none of parameter/);
    refused((m) => (m.tensors[0]!['type'] = 'f64'), /none of f32/);
    refused((m) => (m.tensors[2]!['name'] = 'a'), /two inputs of one name/);
    for (const value of [null, undefined, 7, 'x', [], {}, new Uint8Array(4)]) {
      expect(() => readProgram(value)).toThrow(/this is no program/);
    }
  });

  it('is refused with a reason: operands that do not fit the operation', () => {
    refused((m) => (m.forward[0]!['inputs'] = [null]), /input 0 is missing/);
    refused((m) => (m.tensors[0]!['shape'] = [2, 2, 5]), /output of another shape/);
    refused((m) => (m.tensors[0]!['type'] = 'u8'), /'gelu' cannot read 'a'/);
    refused((m) => (m.forward[0]!['outputs'] = [0]), /cannot write its output 0/);
    refused((m) => (m.forward[0]!['outputs'] = []), /whether it adds/);
    refused((m) => (m.forward[0]!['pass'] = 'gradient'), /a gradient is among/);
    refused((m) => (m.forward[0]!['accumulate'] = [true]), /has other outputs/);
    refused((m) => (m.forward[0]!['feedsLoss'] = 'yes'), /neither yes nor no/);
  });

  it('is refused with a reason: gradients of nothing', () => {
    const gradient = (m: Plain): Record<string, unknown> => m.backward[0] ?? {};
    refused((m) => (gradient(m)['inputs'] = [0]), /that of no forward operation/);
    refused((m) => (gradient(m)['inputs'] = (gradient(m)['inputs'] as unknown[]).with(1, 0)), /no forward operation/);
    refused((m) => (gradient(m)['accumulate'] = [false, false, false]), /no forward operation/);
    refused((m) => (m['backward'] = []), /is the gradient of no parameter/);
    refused((m) => m.tensors.push({ name: 'g', shape: [1], type: 'f32', storage: 'gradient' }), /of no parameter/);
  });
});
