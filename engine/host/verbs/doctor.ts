/**
 * What this machine offers, and a self-check of every executor and instruction set on it. Not a benchmark.
 * Convention: it passes when what 'auto' takes computes rightly; an executor that is missing is a line with its reason.
 */
import { statfsSync } from 'node:fs';
import { availableParallelism, cpus, freemem, release, totalmem, type as systemName } from 'node:os';
import type { DoctorReport } from '../../contract/checking.ts';
import { MambrushError } from '../../contract/error.ts';
import { toErrorValue } from '../../contract/error-value.ts';
import type { Verb } from '../engine-context.ts';
import { chooseExecutor } from '../../compute/choose-executor.ts';
import { knownDevices } from '../../compute/compute.ts';
import type { Device } from '../../compute/device.ts';
import { packageVersions } from '../answers/package-versions.ts';
import { runSelfCheck } from '../../compute/self-check.ts';
import { mambrushVersion } from '../../version.ts';

type ExecutorReport = DoctorReport['executors'][number];
type SelfCheckReport = NonNullable<ExecutorReport['selfCheck']>[number];

export const doctor: Verb<'doctor'> = async ({ compute }, { folder }, work) => {
  const executors: ExecutorReport[] = [];
  await compute.cards.find();
  const devices = knownDevices(compute);
  for (const device of devices) {
    work.signal?.throwIfAborted();
    const value = executors.length / devices.length;
    work.onProgress?.({ kind: 'self-check', value, text: device.executor.name });
    executors.push(await examine(device));
  }
  const chosen = await chooseExecutor(compute, {}, work).then(
    ({ choice: { executor, fallback } }): DoctorReport['chosen'] => ({ executor, ...(fallback && { fallback }) }),
    (error: unknown) => {
      if (!(error instanceof MambrushError)) throw error;
      return { executor: 'none', error: toErrorValue(error) };
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

async function examine(device: Device): Promise<ExecutorReport> {
  const { unavailable: reason, isSoftware } = device;
  const { name, description } = device.executor;
  if (reason !== undefined) return { name, available: false, description, reason, instructionSets: [] };
  const instructionSets = [...device.instructionSets];
  // One that the processor only simulates is taken by name alone, and would keep us waiting.
  if (isSoftware) return { name, available: true, description, instructionSets };
  const selfCheck: SelfCheckReport[] = [];
  for (const instructionSet of instructionSets.length === 0 ? [undefined] : instructionSets) {
    const { passed, worst, tensor, seconds } = await runSelfCheck(device, instructionSet);
    selfCheck.push({ ...(instructionSet !== undefined && { instructionSet }), passed, worst, tensor, seconds });
  }
  return { name, available: true, description, instructionSets, selfCheck };
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
