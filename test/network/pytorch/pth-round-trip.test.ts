import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodePthCheckpoint, readCheckpoint } from '../../../engine/network/checkpoint.ts';
import { initialParameters } from '../../../engine/network/initialise.ts';
import type { NetworkConfig } from '../../../engine/network/network-config.ts';
import { Random } from '../../../engine/random.ts';
import { temporaryFolder } from '../../fixtures/disc-pictures.ts';
import { hasShared, sharedFolder } from '../../fixtures/shared.ts';
import { narrow } from '../../train/tiny-spec.ts';

function pthOf(change: Partial<NetworkConfig> = {}): { readonly bytes: Buffer; readonly parameters: Float32Array } {
  const config = { ...narrow, ...change };
  const parameters = initialParameters(config, 'mamba', 3);
  return { bytes: encodePthCheckpoint({ config, parameters, moments: undefined, metadata: {} }), parameters };
}

describe('a network written for PyTorch', () => {
  it.each<[string, Partial<NetworkConfig>]>([
    ['as it is', {}],
    ['for grey images and three classes', { inputChannels: 1, classes: 3 }],
    ['without the bridge', { bridge: false }],
    ['with heads as convolutions', { attention: 'conv' }],
  ])('is read back to the same parameters and the same network: %s', (_name, change) => {
    const { bytes, parameters } = pthOf(change);
    const file = join(temporaryFolder(), 'net.pth');
    writeFileSync(file, bytes);
    const network = readCheckpoint(file);
    expect(network.parameters).toEqual(parameters);
    expect(network.config).toMatchObject(change);
  });
});

describe('a file with random damage', () => {
  it('is read or refused with a message, in little time, and nothing else happens', () => {
    const { bytes } = pthOf({ bridge: false });
    const random = new Random(11);
    const file = join(temporaryFolder(), 'damaged.pth');
    let refused = 0;
    for (let attempt = 0; attempt < 400; attempt++) {
      const damaged = Buffer.from(bytes);
      const cut = random.uniform() < 0.2 ? random.integer(damaged.length) : damaged.length;
      for (let hits = 1 + random.integer(4); hits > 0; hits--) {
        damaged[random.integer(damaged.length)] = random.integer(256);
      }
      writeFileSync(file, damaged.subarray(0, cut));
      try {
        readCheckpoint(file);
      } catch (error) {
        refused++;
        expect(error).toMatchObject({ code: expect.any(String) as string, path: file });
      }
    }
    expect(refused).toBeGreaterThan(40);
  });

  it.each([
    ['a call of the system', 'cos\nsystem\n(S"true"\ntR.'],
    ['a class of its own', '\x80\x02cbuiltins\neval\nX\x01\x00\x00\x001\x85R.'],
    ['a pickle without end', '\x80\x02]q\x00'],
  ])('that asks for %s is refused by name, and nothing is run', (_name, pickle) => {
    const file = join(temporaryFolder(), 'hostile.pth');
    writeFileSync(file, Buffer.from(pickle, 'latin1'));
    expect(() => readCheckpoint(file)).toThrow(expect.objectContaining({ path: file }) as Error);
  });
});

describe('the files of ../shared/golden/checkpoints (skipped where ../shared is missing)', () => {
  it.skipIf(!hasShared)('hold networks, or are refused with a message that names the file', () => {
    const folder = join(sharedFolder, 'golden', 'checkpoints');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.pt[h]?$/.test(name));
    expect(files.length).toBeGreaterThan(3);
    const outcomes = files.map((name) => {
      const path = join(folder, name);
      expect(readFileSync(path).length).toBeGreaterThan(0);
      try {
        return [name, readCheckpoint(path).parameters.length];
      } catch (error) {
        expect(error).toMatchObject({
          code: expect.any(String) as string,
          message: expect.stringContaining(name) as string,
        });
        return [name, 0];
      }
    });
    expect(outcomes.filter(([, size]) => Number(size) > 0).length).toBeGreaterThan(2);
  });
});
