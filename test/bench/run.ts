/**
 * `npm run bench`: how fast the engine is here, and how far that is from what this machine could do. Prints tables, or
 * one JSON document with --json. Not a test.
 * Convention: every figure says what it is a median of; the best setting's step and forward stand at the top.
 */
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { benchCanvas } from './bench-canvas.ts';
import type { CanvasTime } from './bench-canvas.ts';
import { benchPrediction } from './bench-prediction.ts';
import type { PredictionBench } from './bench-prediction.ts';
import { benchSteps } from './bench-steps.ts';
import type { PhaseTime, SettingResult } from './bench-steps.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    runs: { type: 'string', default: '15' },
    operations: { type: 'boolean', default: false },
  },
});
const runs = Math.max(3, Number(values.runs));
const cores = availableParallelism();
const settings = await benchSteps([...new Set([1, cores])], runs);
const best = [...settings].sort((a, b) => a.step.ms - b.step.ms)[0];
if (best === undefined) throw new Error('the cpu executor is not built: there is nothing to measure');
const prediction = await benchPrediction(runs);
const canvas = benchCanvas(runs);
const memoryFile = fileURLToPath(new URL('step-memory-process.ts', import.meta.url));
const stepMemoryMB = Number(execFileSync(process.execPath, [memoryFile], { encoding: 'utf8' }));
const machine = { processor: cpus()[0]?.model ?? 'unknown', cores, memoryGB: Math.round(totalmem() / 1e9) };

if (values.json) {
  process.stdout.write(
    `${JSON.stringify({ step: best.step, forward: best.forward, machine, settings, prediction, canvas, stepMemoryMB }, undefined, 2)}\n`,
  );
} else {
  process.stdout.write(report(settings) + reportPrediction(prediction) + reportCanvas(canvas));
}

function report(results: readonly SettingResult[]): string {
  const lines = [
    `${machine.processor}, ${String(cores)} cores, ${String(machine.memoryGB)} GB`,
    `Default network, batch 8, 256×256; medians of ${String(runs)} runs.`,
    '',
    'instructions threads | GMAC/s   GB/s | step ms  img/s  of limit | forward ms  img/s  of limit',
  ];
  const phase = ({ ms, imagesPerSecond, shareOfLimit }: PhaseTime): string =>
    `${ms.toFixed(1).padStart(7)} ${imagesPerSecond.toFixed(0).padStart(6)} ${percent(shareOfLimit).padStart(9)}`;
  for (const { instructionSet, threads, limits, step, forward } of results) {
    const machineColumns = `${gigas(limits.multiplyAdds)} ${gigas(limits.bandwidth)}`;
    lines.push(
      `${instructionSet.padEnd(12)} ${String(threads).padStart(7)} | ${machineColumns} | ${phase(step)} | ${phase(forward).padStart(27)}`,
    );
  }
  for (const result of results.filter(({ threads }) => threads === 1 || values.operations)) {
    lines.push('', `Where the time of a step goes: ${result.instructionSet}, one thread, per image`);
    for (const { kind, pass, msPerImage, shareOfPeak } of result.operations) {
      lines.push(
        `  ${`${kind} ${pass}`.padEnd(34)} ${msPerImage.toFixed(2).padStart(6)} ms  ${percent(shareOfPeak)} of the peak`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

function reportPrediction({ prepare, compute, files }: PredictionBench): string {
  const lines = [
    '',
    `Preparing samples, JPEG of 1024×768 to 256×256: ${prepare.imagesPerSecond.toFixed(0)} images/s.`,
    `Predicting ${String(files.images)} files, JPEG of 256×256 to PNG masks: ${files.imagesPerSecond.toFixed(0)} images/s.`,
    `Peak memory of training steps, batch 8: ${String(stepMemoryMB)} MB.`,
    '',
    'Probabilities of a batch of 8 at 256×256:',
    ...compute.map(
      ({ name, ms, imagesPerSecond, difference }) =>
        `  ${name.padEnd(30)} ${ms.toFixed(1).padStart(7)} ms  ${imagesPerSecond.toFixed(0).padStart(5)} images/s  differs by ${difference.toExponential(1)}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function reportCanvas(times: readonly CanvasTime[]): string {
  const lines = times.map(
    ({ what, median, percentile95 }) =>
      `  ${what.padEnd(44)} ${median.toFixed(2).padStart(8)} ms  95 %: ${percentile95.toFixed(2)} ms`,
  );
  return `\nThe canvas's arithmetic on 4096×4096:\n${lines.join('\n')}\n`;
}

function gigas(value: number): string {
  return (value / 1e9).toFixed(1).padStart(6);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
