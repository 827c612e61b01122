/**
 * Does an executor compute rightly on this very machine? Held against stored golden values before its first use.
 * Convention: a pass is remembered per machine, version and native part, outside of any project; a failure never is.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { cpus, homedir, hostname, release } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Refusal } from '../contract/fallback.ts';
import { addonPath } from '../executors/cpu/native-addon.ts';
import { verifyGolden } from '../network/verify/verify-golden.ts';
import { mambrushVersion } from '../version.ts';
import type { Compute } from './compute.ts';
import type { Device } from './device.ts';

const selfCheckFile = fileURLToPath(new URL('../../resources/self-check/self-check.safetensors', import.meta.url));

export interface SelfCheck {
  readonly passed: boolean;
  /** The worst error over its tolerance; null where it is infinite. */
  readonly worst: number | null;
  readonly tensor: string;
  readonly seconds: number;
}

/** Runs the check now. @throws what opening a session throws */
export async function runSelfCheck({ executor }: Device, instructionSet?: string): Promise<SelfCheck> {
  const begun = performance.now();
  const options = instructionSet === undefined ? {} : { instructionSet };
  const { passed, checks } = await verifyGolden(selfCheckFile, executor, options);
  const ratio = (check: { error: number; tolerance: number }): number => check.error / check.tolerance;
  const worst = checks.reduce((a, b) => (ratio(b) > ratio(a) ? b : a));
  return {
    passed,
    worst: Number.isFinite(ratio(worst)) ? ratio(worst) : null,
    tensor: worst.tensor,
    seconds: (performance.now() - begun) / 1000,
  };
}

/** @returns undefined when it computes rightly, else what is wrong */
export async function refusedBySelfCheck(
  { passed: known }: Pick<Compute, 'passed'>,
  device: Device,
  instructionSet: string | undefined = device.instructionSets[0],
): Promise<Refusal | undefined> {
  const key = checkKey(device, instructionSet);
  if (known.has(key) || existsSync(stampOf(key))) return undefined;
  const { passed, worst: times, tensor } = await runSelfCheck(device, instructionSet);
  if (!passed) {
    const variant = instructionSet === undefined ? {} : { instructionSet };
    return { code: 'self-check-failed', executor: device.executor.name, ...variant, tensor, times };
  }
  known.add(key);
  remember(key);
  return undefined;
}

/** Changes with anything that may change what is computed. */
function checkKey({ executor: { name, description }, card }: Device, instructionSet: string | undefined): string {
  const native = name === 'cpu' ? statSync(addonPath, { throwIfNoEntry: false }) : undefined;
  const facts = [
    mambrushVersion,
    name,
    instructionSet ?? '',
    // Which card it is.
    card === undefined ? '' : description,
    native === undefined ? '' : `${String(native.mtimeMs)} ${String(native.size)}`,
    createHash('sha256').update(readFileSync(selfCheckFile)).digest('hex'),
    hostname(),
    cpus()[0]?.model ?? '',
    process.arch,
    release(),
    process.version,
  ];
  return createHash('sha256').update(facts.join('\n')).digest('hex').slice(0, 32);
}

function stampOf(key: string): string {
  return join(machineCacheFolder(), 'self-checks', key);
}

/** For what belongs to the machine and may be lost. `MAMBRUSH_CACHE` puts it elsewhere. */
function machineCacheFolder(): string {
  const { MAMBRUSH_CACHE: chosen, XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = process.env;
  if (chosen !== undefined && chosen !== '') return chosen;
  if (process.platform === 'win32') return join(local ?? join(homedir(), 'AppData', 'Local'), 'Mambrush');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'Mambrush');
  return join(xdg !== undefined && xdg !== '' ? xdg : join(homedir(), '.cache'), 'mambrush');
}

function remember(key: string): void {
  const stamp = stampOf(key);
  try {
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, '');
  } catch {
    // Where nothing can be remembered, the check runs again next time: slower, as right.
  }
}
