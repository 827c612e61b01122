import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { trainingProgram } from '../../engine/network/mamba-unet.ts';
import { checkConfig, checkSize, defaultConfig, inferConfig } from '../../engine/network/network-config.ts';
import type { NetworkConfig, Widths } from '../../engine/network/network-config.ts';
import { parameterShapes } from '../../engine/network/parameter-shapes.ts';
import { sharedFolder } from '../fixtures/shared.ts';
import { variants } from './variants.ts';

const list = join(sharedFolder, 'golden', 'parameters.txt');
const size = { width: 32, height: 32, batch: 1 };

describe('the parameters of the network', () => {
  it('are 49,457 in 129 tensors, as in the paper', () => {
    const program = trainingProgram(defaultConfig, size);
    expect(program.parameterCount).toBe(49_457);
    expect(program.parameters.length).toBe(129);
  });

  it.skipIf(!existsSync(list))('have the reference’s names, shapes and order', () => {
    const wanted = readFileSync(list, 'utf8')
      .split('\n')
      .filter((line) => /\] \d+$/.test(line));
    const found = parameterShapes(defaultConfig).map(([name, shape]) => {
      const count = shape.reduce((product, extent) => product * extent, 1);
      return `${name} [${shape.join(', ')}] ${String(count)}`;
    });
    expect(found).toEqual(wanted);
  });

  it.each(Object.entries(variants))('%s: stand in the block in that order, without gaps', (_name, config) => {
    const { parameters, parameterCount } = trainingProgram(config, size);
    const shapes = parameterShapes(config);
    expect(parameters.map(({ name, shape }) => [name, shape])).toEqual(shapes);
    let place = 0;
    for (const { offset, size: count, shape } of parameters) {
      expect(offset).toBe(place);
      expect(count).toBe(shape.reduce((product, extent) => product * extent, 1));
      place += count;
    }
    expect(place).toBe(parameterCount);
    expect(new Set(shapes.map(([name]) => name)).size).toBe(shapes.length);
  });

  it.each(Object.entries(variants))('%s: their shapes say all settings but the head', (_name, config) => {
    expect(inferConfig(new Map(parameterShapes(config)))).toEqual({ ...config, head: 'softmax' });
  });

  it('differ with the settings only where the settings say so', () => {
    const names = (config: NetworkConfig): readonly string[] => parameterShapes(config).map(([name]) => name);
    const all = names(defaultConfig);
    expect(names({ ...defaultConfig, bridge: false })).toEqual(all.filter((name) => !name.startsWith('scab.')));
    expect(names({ ...defaultConfig, attention: 'conv' })).toEqual(all);
    const conv = new Map(parameterShapes({ ...defaultConfig, attention: 'conv' }));
    expect(conv.get('scab.catt.att5.weight')).toEqual([48, 128, 1]);
    expect(new Map(parameterShapes(defaultConfig)).get('scab.catt.att5.weight')).toEqual([48, 128]);
    expect(new Map(parameterShapes({ ...defaultConfig, classes: 7 })).get('final.weight')).toEqual([7, 8, 1, 1]);
    expect(new Map(parameterShapes({ ...defaultConfig, inputChannels: 1 })).get('encoder1.0.weight')).toEqual([
      8, 1, 3, 3,
    ]);
  });
});

describe('settings that no network has', () => {
  const wrong = (change: Partial<Record<keyof NetworkConfig, unknown>>): NetworkConfig =>
    ({ ...defaultConfig, ...change }) as NetworkConfig;
  const refusals: readonly (readonly [string, NetworkConfig, string])[] = [
    ['four input channels', wrong({ inputChannels: 4 }), '1 or 3 input channels, got 4'],
    ['no class', wrong({ classes: 0 }), '1 to 254 classes, got 0'],
    ['255 classes', wrong({ classes: 255 }), '1 to 254 classes, got 255'],
    ['half a class', wrong({ classes: 1.5 }), '1 to 254 classes, got 1.5'],
    ['five widths', wrong({ widths: [8, 16, 24, 32, 48] }), 'six widths, got 5'],
    ['a width of 10', wrong({ widths: [8, 10, 24, 32, 48, 64] }), 'multiple of 4 between 4 and 1024, got 10'],
    ['a width of 0', wrong({ widths: [0, 16, 24, 32, 48, 64] }), 'got 0'],
    ['a width of 1028', wrong({ widths: [8, 16, 24, 32, 48, 1028] }), 'got 1028'],
    ['a width that is no number', wrong({ widths: [8, 16, 24, 32, 48, NaN] }), 'got NaN'],
  ];

  it.each(refusals)('%s: are refused by name', (_name, config, message) => {
    expect(() => checkConfig(config)).toThrow(message);
    expect(() => checkConfig(config)).toThrow(expect.objectContaining({ code: 'network-config' }));
    expect(() => parameterShapes(config)).toThrow(message);
  });

  it('are not those at the borders', () => {
    expect(() => checkConfig({ ...defaultConfig, classes: 254 })).not.toThrow();
    const widths: Widths = [4, 1024, 4, 1024, 4, 1024];
    expect(() => checkConfig({ ...defaultConfig, widths })).not.toThrow();
  });
});

describe('a size', () => {
  it.each([
    [0, 32],
    [32, 16],
    [33, 64],
    [64, 100],
    [-32, 32],
    [32.5, 32],
    [NaN, 32],
    [4128, 32],
    [32, Infinity],
  ])('of %s×%s is refused by its numbers and with one that would do', (width, height) => {
    expect(() => checkSize(width, height)).toThrow(`not ${String(width)}×${String(height)}. Choose for example 256.`);
    expect(() => checkSize(width, height)).toThrow(expect.objectContaining({ code: 'network-size' }));
    expect(() => trainingProgram(defaultConfig, { width, height, batch: 1 })).toThrow('multiples of 32');
  });

  it.each([
    [32, 32],
    [32, 4096],
    [160, 96],
  ])('of %s×%s is taken', (width, height) => {
    expect(() => checkSize(width, height)).not.toThrow();
  });
});
