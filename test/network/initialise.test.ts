import { describe, expect, it } from 'vitest';
import { initialParameters } from '../../engine/network/initialise.ts';
import type { InitialisationScheme } from '../../engine/network/initialise.ts';
import { defaultConfig } from '../../engine/network/network-config.ts';
import type { NetworkConfig } from '../../engine/network/network-config.ts';
import { parameterShapes } from '../../engine/network/parameter-shapes.ts';
import { variants } from './variants.ts';

/** Wide enough that every kind of parameter has thousands of values, and steps of two ranks. */
const wide: NetworkConfig = { ...defaultConfig, widths: [32, 48, 96, 96, 128, 128] };

type Draw = ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array }>;

function draw(config: NetworkConfig, scheme: InitialisationScheme, seed: number): Draw {
  const block = initialParameters(config, scheme, seed);
  let offset = 0;
  const result = new Map(
    parameterShapes(config).map(([name, shape]) => {
      const values = block.subarray(offset, (offset += shape.reduce((product, extent) => product * extent, 1)));
      return [name, { shape, values }];
    }),
  );
  expect(offset).toBe(block.length);
  return result;
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const deviation = (values: readonly number[]): number => Math.sqrt(mean(values.map((value) => value * value)));

/** Values of a kind of parameter, each divided by the deviation that it is to have. */
function standardised(drawn: Draw, kind: RegExp, wanted: (shape: readonly number[]) => number): readonly number[] {
  return [...drawn]
    .filter(([name]) => kind.test(name))
    .flatMap(([, { shape, values }]) => [...values].map((value) => value / wanted(shape)));
}

/** Mean 0, deviation 1, and as much within one and two deviations as a normal distribution has. */
function expectNormal(values: readonly number[]): void {
  expect(values.length).toBeGreaterThan(1000);
  const slack = 5 / Math.sqrt(values.length);
  const within = (bound: number): number => values.filter((value) => Math.abs(value) < bound).length / values.length;
  expect(Math.abs(mean(values))).toBeLessThan(slack);
  expect(Math.abs(deviation(values) - 1)).toBeLessThan(slack);
  expect(Math.abs(within(1) - 0.6827)).toBeLessThan(slack);
  expect(Math.abs(within(2) - 0.9545)).toBeLessThan(slack);
}

/** Evenly spread over low..high. */
function expectUniform(values: readonly number[], low: number, high: number): void {
  expect(values.length).toBeGreaterThan(300);
  const places = values.map((value) => (value - low) / (high - low)).sort((a, b) => a - b);
  expect(places[0]).toBeGreaterThanOrEqual(-1e-6);
  expect(places[places.length - 1]).toBeLessThanOrEqual(1 + 1e-6);
  const furthest = Math.max(...places.map((place, i) => Math.abs(place - i / places.length)));
  // Kolmogorov & Smirnov: 1.95 is passed by 999 of 1000.
  expect(furthest * Math.sqrt(places.length)).toBeLessThan(1.95);
}

const kernelOf = (shape: readonly number[]): number => shape.slice(2).reduce((product, extent) => product * extent, 1);
const convolution = (shape: readonly number[]): number => Math.sqrt(2 / (kernelOf(shape) * (shape[0] ?? 0)));

describe.each(['reference', 'mamba'] as const)('the initialisation %s', (scheme) => {
  const drawn = draw({ ...wide, attention: 'conv' }, scheme, 42);
  const all = (kind: RegExp): readonly number[] => standardised(drawn, kind, () => 1);

  it('draws every Linear from N(0, 0.02), those inside Mamba too', () => {
    expectNormal(standardised(drawn, /0\.proj\.weight$/, () => 0.02));
    expectNormal(standardised(drawn, /(in_proj|x_proj|out_proj)\.weight$/, () => 0.02));
    expectNormal(standardised(draw(wide, scheme, 42), /att\d\.weight$/, () => 0.02));
  });

  it('draws convolutions from N(0, √(2 / (kernel · outputs))), groups ignored', () => {
    expectNormal(standardised(drawn, /(encoder[123]|decoder[45])\.0\.weight$/, convolution));
    expectNormal(standardised(drawn, /mamba\.conv1d\.weight$/, convolution));
    expectNormal(standardised(drawn, /att\d\.weight$/, convolution));
    const few = standardised(drawn, /(final|shared_conv2d\.0|get_all_att)\.weight$/, convolution);
    expect(Math.abs(deviation(few) - 1)).toBeLessThan(5 / Math.sqrt(2 * few.length));
  });

  it('gives every Mamba the same start: A_log = ln(1..16), D = 1, skip_scale = 1', () => {
    const decays = [...drawn].filter(([name]) => name.endsWith('A_log'));
    expect(decays.length).toBe(6);
    const row = Array.from({ length: 16 }, (_, n) => Math.fround(Math.log(n + 1)));
    for (const [, { values }] of decays) {
      for (let e = 0; e < values.length; e += 16) expect([...values.subarray(e, e + 16)]).toEqual(row);
    }
    expect(new Set(all(/(mamba\.D|skip_scale)$/))).toEqual(new Set([1]));
    expectUniform(all(/conv1d\.bias$/), -0.5, 0.5);
  });

  it('starts norms at weight 1 and bias 0, and every other bias at 0', () => {
    expect(new Set(all(/(norm|bn\d)\.weight$/))).toEqual(new Set([1]));
    const biases = all(/(?<!conv1d|dt_proj)\.bias$/);
    expect(biases.length).toBeGreaterThan(1000);
    expect(new Set(biases)).toEqual(new Set([0]));
  });

  it('knows every parameter of every network, and gives each a finite value', () => {
    for (const config of Object.values(variants)) {
      const block = initialParameters(config, scheme, 1);
      expect(block.length).toBe(
        [...draw(config, scheme, 1).values()].reduce((sum, { values }) => sum + values.length, 0),
      );
      expect(block.every(Number.isFinite)).toBe(true);
    }
  });

  it('gives the same network for the same seed, another for another', () => {
    expect(initialParameters(defaultConfig, scheme, 5)).toEqual(initialParameters(defaultConfig, scheme, 5));
    expect(initialParameters(defaultConfig, scheme, 5)).not.toEqual(initialParameters(defaultConfig, scheme, 6));
  });
});

describe('the steps of the scan', () => {
  it('start at ln 2 in the initialisation reference: dt_proj.weight as any Linear, dt_proj.bias 0', () => {
    const drawn = draw(wide, 'reference', 42);
    expect(new Set(standardised(drawn, /dt_proj\.bias$/, () => 1))).toEqual(new Set([0]));
    const weights = standardised(drawn, /dt_proj\.weight$/, () => 0.02);
    expect(Math.abs(deviation(weights) - 1)).toBeLessThan(5 / Math.sqrt(2 * weights.length));
  });

  it('start log-uniform from 0.001 to 0.1 in the initialisation mamba, with weights U(±rank^-½)', () => {
    const drawn = draw(wide, 'mamba', 42);
    const steps = standardised(drawn, /dt_proj\.bias$/, () => 1).map((bias) => Math.log1p(Math.exp(bias)));
    expectUniform(steps.map(Math.log), Math.log(0.001), Math.log(0.1));
    const weights = standardised(drawn, /dt_proj\.weight$/, ([, rank = 1]) => rank ** -0.5);
    expectUniform(weights, -1, 1);
  });
});
