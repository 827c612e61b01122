/**
 * Verifies an executor against one golden file, of a network or of single operations.
 * Convention: errors and tolerances as in `golden-check`; nothing is hidden by averaging.
 */
import { MambrushError } from '../../contract/error.ts';
import type { Executor, SessionOptions } from '../../program/executor.ts';
import { readSafetensors } from '../safetensors.ts';
import { reportOf } from './golden-check.ts';
import type { GoldenReport } from './golden-check.ts';
import { isGoldenNetwork, verifyGoldenNetwork } from './golden-network.ts';
import { isGoldenOperations, verifyGoldenOperations } from './golden-operations.ts';

/** @throws MambrushError 'golden-unknown' when the file holds neither, and what reading a safetensors file throws */
export async function verifyGolden(
  path: string,
  executor: Executor,
  options: SessionOptions = {},
): Promise<GoldenReport> {
  const file = readSafetensors(path);
  if (isGoldenNetwork(file)) return reportOf(path, await verifyGoldenNetwork(file, path, executor, options));
  if (isGoldenOperations(file)) return reportOf(path, await verifyGoldenOperations(file, executor, options));
  throw new MambrushError(
    'golden-unknown',
    `'${path}' holds no golden values: neither a network with 'input' and 'param.*' nor operations with '*.out'.`,
    { path },
  );
}
