/**
 * `mambrush doctor`: what the machine offers, and whether it computes rightly. Convention: exit code 1 when it does not.
 */
import type { DoctorReport } from '../../contract/checking.ts';
import { describeFallback } from '../describe-choice.ts';
import { formatBytes, formatDuration, formatTable } from '../format-values.ts';
import type { Command } from '../command.ts';

export const doctor: Command = {
  name: 'doctor',
  summary: 'what this machine offers, and a self-check',
  usage: [''],
  operands: { min: 0, max: 0, name: '' },
  options: {},
  examples: ['doctor', 'doctor --json'],
  run: async ({ client, progress, signal }) => {
    const report = await client.request('doctor', { folder: process.cwd() }, { signal, onProgress: progress });
    return { json: report, text: describe(report), failed: !report.passed };
  },
};

function describe(report: DoctorReport): string {
  const { memory, disk, chosen } = report;
  const versions = Object.entries(report.versions).map(([name, version]) => `${name} ${version}`);
  const facts = [
    ['Mambrush', report.mambrush],
    ['Node', report.node],
    ['packages', versions.join(', ')],
    ['system', report.system],
    ['processor', report.processor],
    ['cores', String(report.cores)],
    ['memory', `${formatBytes(memory.total)}, ${formatBytes(memory.free)} free`],
    ...(disk === undefined ? [] : [['disk', `${formatBytes(disk.free)} free in ${disk.folder}`]]),
  ];
  const executors = report.executors.flatMap((executor) => {
    if (!executor.available) return [`${executor.name}: cannot run here. ${executor.reason ?? ''}`];
    const checks = (executor.selfCheck ?? []).map(({ instructionSet, passed, worst, tensor, seconds }) => {
      const error = worst === null ? 'not a number' : `${(100 * worst).toFixed(0)} % of what is allowed`;
      const verdict = passed ? 'computes rightly' : 'COMPUTES WRONGLY';
      return `  ${instructionSet ?? 'self-check'}: ${verdict} (worst error ${error}, ${tensor ?? ''}; ${formatDuration(seconds)})`;
    });
    return [`${executor.name}: ${executor.description}`, ...checks];
  });
  const choice =
    chosen.executor === 'none'
      ? `Nothing here can be trained or predicted with. ${chosen.error?.message ?? ''}`
      : [`Used unless told otherwise: ${chosen.executor}.`, ...describeFallback(chosen)].join(' ');
  return [formatTable(facts), '', ...executors, '', choice].join('\n');
}
