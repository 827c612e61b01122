/**
 * What this machine offers, and a self-check of every executor and instruction set on it. Not a benchmark.
 * Convention: it passes when what 'auto' takes computes rightly; an executor that is missing is a line with its reason.
 */
import { statfsSync } from 'node:fs';
import { availableParallelism, cpus, freemem, release, totalmem, type as systemName } from 'node:os';
import type { DoctorReport } from '../../contract/checking.ts';
import { MambrushError } from '../../contract/error.ts';
import type { Verb } from '../engine-context.ts';
import { chooseExecutor, executorEntries } from '../../compute/executors.ts';
import type { ExecutorEntry } from '../../compute/executor-entry.ts';
import { lookForCards } from '../../compute/graphics-card.ts';
import { packageVersions } from '../answers/package-versions.ts';
import { runSelfCheck } from '../../compute/self-check.ts';
import { mambrushVersion } from '../../version.ts';

type ExecutorReport = DoctorReport['executors'][number];
type SelfCheckReport = NonNullable<ExecutorReport['selfCheck']>[number];

export const doctor: Verb<'doctor'> = async (_context, { folder }, work) => {
  const executors: ExecutorReport[] = [];
  await lookForCards();
  const entries = executorEntries();
  for (const entry of entries) {
    work.signal?.throwIfAborted();
    const value = executors.length / entries.length;
    work.onProgress?.({ kind: 'self-check', value, text: entry.executor.name });
    executors.push(await examine(entry));
  }
  const chosen = await chooseExecutor({}, work).then(
    ({ choice }) => ({ executor: choice.executor, ...(choice.fallback && { fallback: choice.fallback }) }),
    (error: unknown) => {
      if (!(error instanceof MambrushError)) throw error;
      return { executor: 'none', fallback: error.message };
    },
  );
  return {
    mambrush: mambrushVersion,
    node: process.versions.node,
    system: `${systemName()} ${release()} (${process.platform}-${process.arch})`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: { total: totalmem(), free: freemem() },
    ...diskOf(folder),
    versions: packageVersions(),
    executors,
    chosen,
    passed:
      chosen.executor !== 'none' &&
      executors.every(({ selfCheck }) => selfCheck?.every(({ passed }) => passed) ?? true),
  };
};

async function examine(entry: ExecutorEntry): Promise<ExecutorReport> {
  const { name, description } = entry.executor;
  const { available, reason } = entry.availability();
  if (!available) return { name, available, description, ...(reason !== undefined && { reason }), instructionSets: [] };
  const instructionSets = [...entry.instructionSets()];
  // One that the processor only simulates is taken by name alone, and would keep us waiting.
  if (entry.isSoftware === true) return { name, available, description, instructionSets };
  const selfCheck: SelfCheckReport[] = [];
  for (const instructionSet of instructionSets.length === 0 ? [undefined] : instructionSets) {
    const { passed, worst, tensor, seconds } = await runSelfCheck(entry, instructionSet);
    selfCheck.push({
      ...(instructionSet !== undefined && { instructionSet }),
      passed,
      worst,
      ...(tensor !== undefined && { tensor }),
      seconds,
    });
  }
  return { name, available, description, instructionSets, selfCheck };
}

function diskOf(folder: string | undefined): Pick<DoctorReport, 'disk'> {
  if (folder === undefined) return {};
  try {
    const { bavail, bsize } = statfsSync(folder);
    return { disk: { folder, free: bavail * bsize } };
  } catch {
    // Some network drives do not tell.
    return {};
  }
}
