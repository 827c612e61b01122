/**
 * Holds an executor against golden files. Convention: a file that cannot be checked is a failure with its reason, and the
 * other files are checked all the same.
 */
import { MambrushError } from '../../contract/error.ts';
import type { VerifyReport } from '../../contract/checking.ts';
import type { Check, GoldenReport } from '../../network/verify/golden-check.ts';
import { verifyGolden } from '../../network/verify/verify-golden.ts';
import type { Verb } from '../engine-context.ts';
import { availableDevice } from '../../compute/choose-executor.ts';

type FileReport = VerifyReport['files'][number];

export const verify: Verb<'verify'> = async (context, { files, compute = {} }, { signal, onProgress }) => {
  const begun = performance.now();
  const { executor } = await availableDevice(context.compute, compute);
  const { threads, instructionSet } = compute;
  const options = {
    ...(threads !== undefined && { threads }),
    ...(instructionSet !== undefined && { instructionSet }),
  };
  const reports: FileReport[] = [];
  for (const path of files) {
    signal?.throwIfAborted();
    onProgress?.({ kind: 'verify', value: reports.length / files.length, done: reports.length, total: files.length });
    try {
      reports.push(summarise(await verifyGolden(path, executor, options)));
    } catch (error) {
      if (!(error instanceof MambrushError)) throw error;
      reports.push({ path, passed: false, error: { code: error.code, message: error.message }, groups: [] });
    }
  }
  return {
    executor: executor.name,
    ...(instructionSet !== undefined && { instructionSet }),
    passed: reports.every(({ passed }) => passed),
    files: reports,
    seconds: (performance.now() - begun) / 1000,
  };
};

function summarise({ path, passed, checks }: GoldenReport): FileReport {
  const byGroup = Map.groupBy(checks, ({ group }) => group);
  const ratio = ({ error, tolerance }: Check): number => error / tolerance;
  const groups = [...byGroup].map(([group, members]) => {
    const worst = members.reduce((a, b) => (ratio(b) > ratio(a) ? b : a));
    return {
      group,
      tensor: worst.tensor,
      error: Number.isFinite(worst.error) ? worst.error : null,
      tolerance: worst.tolerance,
      passed: members.every(({ error, tolerance }) => error <= tolerance),
      compared: members.length,
    };
  });
  return { path, passed, groups };
}
