/**
 * Does an executor compute rightly on this very machine? Held against stored golden values before its first use.
 * Convention: a pass is remembered per machine, version and native part, outside of any project; a failure never is.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { cpus, homedir, hostname, release } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addonPath } from '../executors/cpu/native-addon.ts';
import { verifyGolden } from '../network/verify/verify-golden.ts';
import { namesCard } from './executor-entry.ts';
import type { ExecutorEntry } from './executor-entry.ts';
import { mambrushVersion } from '../version.ts';

const selfCheckFile = fileURLToPath(new URL('../../resources/self-check/self-check.safetensors', import.meta.url));

export interface SelfCheck {
  readonly passed: boolean;
  /** The worst error over its tolerance; null where it is infinite. */
  readonly worst: number | null;
  readonly tensor: string | undefined;
  readonly seconds: number;
}

/** Runs the check now. @throws what opening a session throws */
export async function runSelfCheck(entry: ExecutorEntry, instructionSet?: string): Promise<SelfCheck> {
  const begun = performance.now();
  const options = instructionSet === undefined ? {} : { instructionSet };
  const { passed, checks } = await verifyGolden(selfCheckFile, entry.executor, options);
  const ratio = (check: { error: number; tolerance: number }): number => check.error / check.tolerance;
  const worst = checks.reduce((a, b) => (ratio(b) > ratio(a) ? b : a));
  return {
    passed,
    worst: Number.isFinite(ratio(worst)) ? ratio(worst) : null,
    tensor: worst.tensor,
    seconds: (performance.now() - begun) / 1000,
  };
}

const passedInThisProcess = new Set<string>();

/** @returns undefined when it computes rightly, else what is wrong, as a sentence */
export async function passesSelfCheck(entry: ExecutorEntry, instructionSet?: string): Promise<string | undefined> {
  const set = instructionSet ?? entry.instructionSets()[0];
  const key = checkKey(entry, set);
  if (passedInThisProcess.has(key) || existsSync(stampOf(key))) return undefined;
  const { passed, worst, tensor } = await runSelfCheck(entry, set);
  if (!passed) {
    const size = worst === null ? 'not a number' : `${worst.toPrecision(3)} times what is allowed`;
    const variant = set === undefined ? '' : ` (${set})`;
    return (
      `The executor '${entry.executor.name}'${variant} computes wrongly on this machine: '${tensor ?? ''}' is off by ` +
      `${size}. Please report it with the output of 'doctor'.`
    );
  }
  passedInThisProcess.add(key);
  remember(key);
  return undefined;
}

/** Changes with anything that may change what is computed. */
function checkKey(
  { executor: { name: executor, description } }: ExecutorEntry,
  instructionSet: string | undefined,
): string {
  const native = executor === 'cpu' ? statSync(addonPath, { throwIfNoEntry: false }) : undefined;
  const facts = [
    mambrushVersion,
    executor,
    instructionSet ?? '',
    // Which card it is.
    namesCard(executor) ? description : '',
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
