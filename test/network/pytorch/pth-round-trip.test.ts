import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodePthCheckpoint, readCheckpoint } from '../../../engine/network/checkpoint.ts';
import { initialParameters } from '../../../engine/network/initialise.ts';
import type { NetworkConfig } from '../../../engine/network/network-config.ts';
import { temporaryFolder } from '../../fixtures/disc-pictures.ts';
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

  it('keeps what its classes and size are, and leaves out how far its run was', () => {
    const config: NetworkConfig = { ...narrow, classes: 3, head: 'softmax' };
    const parameters = initialParameters(config, 'mamba', 3);
    const moments = { moment1: parameters, moment2: parameters };
    const metadata = { classes: '["细胞"]', size: '64x32', epoch: '7', state: '{"epoch":7}', training: '{}' };
    const file = join(temporaryFolder(), 'net.pth');
    writeFileSync(file, encodePthCheckpoint({ config, parameters, moments, metadata }));
    const found = readCheckpoint(file);
    expect(found.config).toEqual(config);
    expect(found.moments).toBeUndefined();
    expect(found.metadata).toEqual({ classes: '["细胞"]', size: '64x32', epoch: '7', head: 'softmax' });
  });

  it('is an archive as PyTorch lays it out: numbers at multiples of 64 bytes, the same bytes every time', () => {
    const { bytes } = pthOf();
    expect(bytes.equals(pthOf().bytes)).toBe(true);
    for (let place = bytes.indexOf('PK\x03\x04'); place >= 0; place = bytes.indexOf('PK\x03\x04', place + 1)) {
      const begin = place + 30 + bytes.readUInt16LE(place + 26) + bytes.readUInt16LE(place + 28);
      expect(begin % 64).toBe(0);
    }
  });
});
