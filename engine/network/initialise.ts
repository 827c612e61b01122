/**
 * Initial parameters, as the reference's own re-initialisation leaves them, or with the step sizes that Mamba intends.
 * Convention: one generator in checkpoint order, so a seed gives the same network on every machine.
 */
import { Random } from '../random.ts';
import type { NetworkConfig } from './network-config.ts';
import { parameterShapes, stepRank } from './parameter-shapes.ts';

/**
 * `reference`: dt_proj.bias 0, so that steps start at ln 2 (reproduces the paper). `mamba`: steps log-uniform in
 * [0.001, 0.1] through the inverse softplus, dt_proj.weight U(±rank^-½) (Gu & Dao 2023).
 */
export type InitialisationScheme = 'reference' | 'mamba';

const linearDeviation = 0.02;

/** @returns the whole parameter block */
export function initialParameters(config: NetworkConfig, scheme: InitialisationScheme, seed: number): Float32Array {
  const random = new Random(seed);
  const values: number[] = [];
  for (const [name, shape] of parameterShapes(config)) {
    const sample = samplerOf(name, shape, scheme, random);
    const size = shape.reduce((product, extent) => product * extent, 1);
    for (let i = 0; i < size; i++) values.push(sample(i));
  }
  return Float32Array.from(values);
}

function samplerOf(
  name: string,
  shape: readonly number[],
  scheme: InitialisationScheme,
  random: Random,
): (i: number) => number {
  const [outputs = 1, inputs = 1] = shape;
  if (name.endsWith('mamba.A_log')) return (i) => Math.log((i % inputs) + 1);
  if (name.endsWith('mamba.D') || name.endsWith('skip_scale')) return () => 1;
  if (/(?:norm|[ed]bn\d)\.weight$/.test(name)) return () => 1;
  if (name.endsWith('mamba.conv1d.bias')) return () => random.uniform() - 0.5;
  if (scheme === 'mamba' && name.endsWith('dt_proj.bias')) return () => inverseSoftplus(logUniformStep(random));
  if (scheme === 'mamba' && name.endsWith('dt_proj.weight')) {
    const bound = stepRank(outputs / 2) ** -0.5;
    return () => (2 * random.uniform() - 1) * bound;
  }
  if (name.endsWith('.bias')) return () => 0;
  // Convolutions: He et al. 2015 with fan-out, groups ignored, as the reference computes it; the rest is Linear.
  if (shape.length === 2) return () => random.normal() * linearDeviation;
  const kernel = shape.slice(2).reduce((product, extent) => product * extent, 1);
  const deviation = Math.sqrt(2 / (kernel * outputs));
  return () => random.normal() * deviation;
}

function logUniformStep(random: Random): number {
  const [low, high] = [Math.log(0.001), Math.log(0.1)];
  return Math.exp(low + random.uniform() * (high - low));
}

function inverseSoftplus(value: number): number {
  return value + Math.log(-Math.expm1(-value));
}
