/** A program is built again from its recipe; what is no recipe is refused. */
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from '../../engine/contract/wire.ts';
import { buildProgram } from '../../engine/network/build-program.ts';
import { predictionProgram, trainingProgram } from '../../engine/network/mamba-unet.ts';
import { defaultConfig } from '../../engine/network/network-config.ts';
import { goldenNetworkProgram, goldenOperationProgram } from '../../engine/network/verify/golden-programs.ts';
import type { Program } from '../../engine/program/program.ts';
import { variants } from './variants.ts';

const size = { width: 32, height: 64, batch: 2 };

/** What arrives by a port, and what arrives as a frame. */
function expectRoundTrip(program: Program): void {
  expect(program.recipe).toBeDefined();
  expect(buildProgram(structuredClone(program.recipe))).toEqual(program);
  expect(buildProgram(decodeFrame(encodeFrame(program.recipe)))).toEqual(program);
}

describe('a program that is built from its recipe', () => {
  it.each(Object.entries(variants))('is as it was: training and prediction of %s', (_, config) => {
    expectRoundTrip(trainingProgram(config, size));
    expectRoundTrip(trainingProgram(config, size, { kind: 'sgd', momentum: 0.9, weightDecay: 0 }, 1));
    expectRoundTrip(predictionProgram(config, size));
  });

  it('is as it was: the programs of golden files', () => {
    const network = { ...defaultConfig, head: 'sigmoid' } as const;
    const stages = ['encoder1', 'final'];
    expectRoundTrip(goldenNetworkProgram({ kind: 'golden-network', network, size, stages, trains: true }));
    expectRoundTrip(goldenNetworkProgram({ kind: 'golden-network', network, size, stages: [], trains: false }));
    expectRoundTrip(
      goldenOperationProgram({
        kind: 'golden-operation',
        group: 'layernorm',
        batch: 3,
        parameters: Object.entries({ weight: [8], bias: [8] }),
        inputs: [['x', [5, 8]]],
      }),
    );
  });

  it('has what was asked for alone, whatever else the object has in which its size is given', () => {
    const larger = { ...size, session: () => undefined };
    expect(predictionProgram(defaultConfig, larger)).toEqual(predictionProgram(defaultConfig, size));
  });
});

describe('what is no recipe of a network of bounded size', () => {
  const good = structuredClone(trainingProgram(defaultConfig, size, undefined, 1).recipe) as Record<string, unknown>;
  const refused = (
    change: Readonly<Record<string, unknown>>,
    code = 'network-config',
    why = /cannot be built/,
  ): void => {
    const attempt = (): unknown => buildProgram({ ...good, ...change });
    expect(attempt, JSON.stringify(change)).toThrow(expect.objectContaining({ name: 'MambrushError', code }));
    expect(attempt).toThrow(why);
  };

  it('is refused by name: other kinds, and things that are none', () => {
    for (const value of [undefined, null, 7, 'training', [], {}, new Uint8Array(4)]) {
      expect(() => buildProgram(value)).toThrow(expect.objectContaining({ code: 'network-config' }));
    }
    refused({ kind: 'inference' }, undefined, /'kind' is wrong/);
    refused({ kind: 'prediction' });
    refused({ more: 1 });
  });

  it('is refused by name: networks', () => {
    const network = (change: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
      network: { ...defaultConfig, ...change },
    });
    for (const classes of [0, 255, 1.5, '1', NaN, null, 1e300]) refused(network({ classes }));
    for (const width of [0, 6, 2048, -4, '8', NaN, Infinity]) {
      refused(network({ widths: [8, 16, 24, 32, 48, width] }));
    }
    refused(network({ widths: [8, 16, 24, 32, 48] }), undefined, /'network.widths' is wrong/);
    for (const inputChannels of [2, '3', 0]) refused(network({ inputChannels }));
    refused(network({ head: 'EVIL; } fn f() {' }));
    refused(network({ attention: 'constructor' }));
    refused(network({ more: 1 }));
  });

  it('is refused by name: sizes and optimisers', () => {
    for (const width of [0, -32, 0.5, 8192, '32', NaN, null]) refused({ size: { ...size, width } });
    refused({ size: { ...size, width: 40 } }, 'network-size', /multiples of 32/);
    for (const batch of [0, 1.5, 1e9, Infinity, '2']) refused({ size: { ...size, batch } });
    refused({ optimiser: { kind: 'gelu' } });
    refused({ optimiser: { kind: 'sgd', momentum: 0 } });
    refused({ optimiser: { kind: 'sgd', momentum: NaN, weightDecay: 0 } });
    for (const clipNorm of [0, -1, NaN, Infinity, '1']) refused({ clipNorm });
  });

  it('is refused by name: golden operations', () => {
    const operation = {
      kind: 'golden-operation',
      group: 'layernorm',
      batch: 1,
      parameters: Object.entries({ weight: [8], bias: [8] }),
      inputs: [['x', [5, 8]]] as unknown[],
    };
    expect(buildProgram(operation).outputs.length).toBe(2);
    const wrong = (change: Partial<typeof operation>, code: string, why: RegExp): void => {
      const attempt = (): unknown => buildProgram({ ...operation, ...change });
      expect(attempt).toThrow(expect.objectContaining({ code }));
      expect(attempt).toThrow(why);
    };
    wrong({ group: 'constructor' }, 'golden-unknown', /does not know/);
    wrong({ inputs: [] }, 'golden-incomplete', /has no 'x'/);
    wrong({ inputs: [['x', [5, 9]]] }, 'network-config', /layernorm: /);
    wrong({ inputs: [['x', [4096, 4096, 8]]] }, 'network-config', /'inputs' is wrong/);
    wrong({ inputs: [['x', [5, '8; }']]] }, 'network-config', /'inputs.0.1.1' is wrong/);
    wrong({ parameters: [['weight', [8]]] }, 'network-config', /has no parameter 'bias'/);
  });
});
