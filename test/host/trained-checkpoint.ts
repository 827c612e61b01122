/**
 * Small networks in files, for tests of prediction: never trained, or trained a moment on disc pictures. Not a test.
 */
import { writeCheckpoint } from '../../engine/network/checkpoint.ts';
import { initialParameters } from '../../engine/network/initialise.ts';
import type { NetworkConfig } from '../../engine/network/network-config.ts';
import { narrow } from '../train/tiny-spec.ts';

/** A network that has learned nothing: its masks mean nothing, but are the same every time. */
export function writeFreshCheckpoint(
  path: string,
  config: Partial<NetworkConfig> = {},
  metadata: Readonly<Record<string, string>> = { size: '64x64' },
): string {
  const whole = { ...narrow, ...config };
  writeCheckpoint(path, {
    config: whole,
    parameters: initialParameters(whole, 'reference', 7),
    moments: undefined,
    metadata,
  });
  return path;
}
