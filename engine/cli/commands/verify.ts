/**
 * `mambrush verify`: golden files against this machine's arithmetic. Convention: exit code 1 past any tolerance.
 */
import { resolve } from 'node:path';
import type { VerifyReport } from '../../contract/checking.ts';
import { computeArguments, computeOptions } from '../compute-options.ts';
import { countOf, formatDuration, formatError, formatTable } from '../format-values.ts';
import type { Command } from '../command.ts';

export const verify: Command = {
  name: 'verify',
  summary: "checks this machine's arithmetic against stored reference values",
  usage: ['FILE.safetensors… [--executor NAME] [--instruction-set NAME] [--threads N]'],
  details:
    'A file holds a network with its input, output, gradients, losses and parameters after some steps, or single ' +
    'operations. For each file the worst error of each group is printed with the name of its tensor.',
  operands: { min: 1, max: Infinity, name: 'a golden file' },
  options: computeOptions,
  examples: ['verify golden/*.safetensors', 'verify net.safetensors --executor reference --json'],
  run: async ({ client, operands, values, progress, signal }) => {
    const files = operands.map((path) => resolve(path));
    const report = await client.request(
      'verify',
      { files, compute: computeArguments(values) },
      { signal, onProgress: progress },
    );
    return { json: report, text: describe(report), failed: !report.passed };
  },
};

function describe(report: VerifyReport): string {
  const rows = report.files.flatMap(({ path, error, groups }) =>
    error !== undefined
      ? []
      : groups.map((group, i) => [
          i === 0 ? path : '',
          group.group,
          formatError(group.error),
          formatError(group.tolerance),
          group.passed ? 'ok' : 'WRONG',
          group.tensor,
          String(group.compared),
        ]),
  );
  const failures = report.files.flatMap(({ path, error }) =>
    error === undefined ? [] : [`${path}: ${error.message}`],
  );
  const bad = report.files.filter(({ passed }) => !passed).length;
  const on = report.instructionSet === undefined ? report.executor : `${report.executor} (${report.instructionSet})`;
  const verdict =
    bad === 0
      ? `${countOf(report.files.length, 'file')} verified on ${on} in ${formatDuration(report.seconds)}.`
      : `${String(bad)} of ${countOf(report.files.length, 'file')} failed on ${on}.`;
  const table = [['file', 'values', 'worst error', 'allowed', '', 'tensor', 'compared'], ...rows];
  return [...(rows.length > 0 ? [formatTable(table), ''] : []), ...failures, verdict].join('\n');
}
