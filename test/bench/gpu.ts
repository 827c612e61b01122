/**
 * `npm run bench:gpu`: what a training step and a forward pass take on a graphics card. Counted for any machine, with the
 * limits that five cards' data sheets imply; measured beside it where this machine has a card. Not a test.
 * Convention: a limit is the sum over dispatches of the longer of bytes / bandwidth and operations / rate, plus 3 µs for
 * each dispatch; `--simulated` measures on a card that the processor simulates too.
 */
import { parseArgs } from 'node:util';
import { findNodeGpu } from '../../engine/executors/webgpu/node-gpu.ts';
import type { DispatchTime } from '../../engine/executors/webgpu/webgpu-session.ts';
import { initialParameters } from '../../engine/network/initialise.ts';
import { trainingProgram } from '../../engine/network/mamba-unet.ts';
import { defaultConfig } from '../../engine/network/network-config.ts';
import type { RunRequest } from '../../engine/program/executor.ts';
import type { Program } from '../../engine/program/program.ts';
import { crossingBytes, phaseCost } from './gpu-costs.ts';
import type { CrossingBytes, DispatchCost, PhaseCost } from './gpu-costs.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    kernels: { type: 'boolean', default: false },
    dispatches: { type: 'boolean', default: false },
    simulated: { type: 'boolean', default: false },
    side: { type: 'string', default: '256' },
    batch: { type: 'string', default: '8' },
    runs: { type: 'string', default: '20' },
  },
});
const [side, batch, runs] = [Number(values.side), Number(values.batch), Math.max(3, Number(values.runs))];

/** Memory bandwidth in GB/s and float32 rate in TFLOPS, two to a multiply-add, from the makers' data sheets. */
const cards = [
  { name: 'NVIDIA GeForce RTX 4090', bandwidth: 1008, rate: 82.6 },
  { name: 'NVIDIA GeForce RTX 3060 (12 GB)', bandwidth: 360, rate: 12.7 },
  { name: 'AMD Radeon RX 6600', bandwidth: 224, rate: 8.9 },
  { name: 'Apple M2 (10 cores)', bandwidth: 100, rate: 3.6 },
  { name: 'Intel Iris Xe (96 units, LPDDR4x-4266)', bandwidth: 68, rate: 2.1 },
] as const;
const secondsPerDispatch = 3e-6;

function limitOf(dispatches: readonly DispatchCost[], { bandwidth, rate }: (typeof cards)[number]): number {
  return dispatches.reduce(
    (total, { bytes, multiplyAdds }) =>
      total + Math.max(bytes / (bandwidth * 1e9), (2 * multiplyAdds) / (rate * 1e12)) + secondsPerDispatch,
    0,
  );
}

interface Measured {
  readonly card: string;
  /** Median of rounds of several runs, in milliseconds a run, with inputs copied in and outputs out. */
  readonly step: number;
  readonly forward: number;
  readonly times: readonly DispatchTime[] | undefined;
}

const program = trainingProgram(defaultConfig, { width: side, height: side, batch });
const [step, forward] = [phaseCost(program, 'step', batch), phaseCost(program, 'forward', batch)];
const limits = cards.map((card) => ({
  ...card,
  stepMs: limitOf(step.dispatches, card) * 1e3,
  forwardMs: limitOf(forward.dispatches, card) * 1e3,
}));
const measured = await measure(program);

if (values.json) {
  const phase = ({ dispatches, ...rest }: PhaseCost): object => ({ ...rest, dispatches: dispatches.length });
  const document = { side, batch, step: phase(step), forward: phase(forward), limits, measured: measured ?? null };
  process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
} else {
  process.stdout.write(report());
}
// An open card would keep the process alive.
process.exit(0);

async function measure(of: Program): Promise<Measured | undefined> {
  const found = await findNodeGpu();
  const [card] = 'cards' in found ? found.cards : [];
  if (card === undefined || (card.isSoftware && !values.simulated)) return undefined;
  const session = await card.executor.open(of);
  await session.write('parameters', initialParameters(defaultConfig, 'reference', 1));
  const request = (phase: RunRequest['phase']): RunRequest => ({
    phase,
    count: batch,
    inputs: {
      samples: Uint8Array.from({ length: batch * side * side * 3 }, (_, i) => (i * 37) % 251),
      labels: Uint8Array.from({ length: batch * side * side }, (_, i) => (i % 64 < 16 ? 254 : 0)),
      placement: Float32Array.from(Array.from({ length: batch }, () => [1, 0, 0, 0, 1, 0, 0, 250]).flat()),
      seed: new Float32Array(batch).fill(1 / batch),
    },
    scalars: { learningRate: 1e-4, step: 1 },
  });
  const median = async (phase: RunRequest['phase']): Promise<number> => {
    const times: number[] = [];
    await session.run(request(phase));
    for (let run = 0; run < runs; run++) {
      // As many under way as in training.
      const together = 1 + session.runsAhead;
      const begun = performance.now();
      await Promise.all(Array.from({ length: together }, () => session.run(request(phase))));
      times.push((performance.now() - begun) / together);
    }
    return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;
  };
  const [stepTime, forwardTime] = [await median('step'), await median('forward')];
  const times = await session.profile('training', batch);
  await session.close();
  return { card: card.name, step: stepTime, forward: forwardTime, times };
}

function mega(count: number): string {
  return (count / 1e6).toFixed(1).padStart(9);
}

function phaseLine(name: string, { dispatches, bytes, leastBytes, multiplyAdds }: PhaseCost): string {
  return (
    `${name.padEnd(8)} ${String(dispatches.length).padStart(4)} dispatches, ${mega(bytes).trim()} MB moved ` +
    `(${(bytes / leastBytes).toFixed(2)} times the least, ${mega(leastBytes).trim()}), ${mega(multiplyAdds).trim()} M multiply-adds`
  );
}

function crossingLine({ brought, kept, back }: CrossingBytes): string {
  return (
    `host to card and back, a step: ${brought} bytes there where it brings its samples, ${kept} where they are kept; ` +
    `${back} back, which up to four quick steps share one reading of.`
  );
}

function report(): string {
  const lines = [
    `Default network, batch ${batch}, ${side}×${side}; ${mega(step.memory).trim()} MB of the card's memory.`,
    phaseLine('step', step),
    phaseLine('forward', forward),
    crossingLine(crossingBytes(program, batch)),
    '',
    'operation of a step                     uses kernels  MB moved     least  M multiply-adds',
    ...step.operations.map(
      ({ operation, uses, kernels, bytes, leastBytes, multiplyAdds }) =>
        `${operation.padEnd(40)}${String(uses).padStart(4)}${String(kernels).padStart(8)} ${mega(bytes)} ${mega(leastBytes)} ${mega(multiplyAdds).padStart(16)}`,
    ),
    '',
    'what data sheets imply at the least     GB/s  TFLOPS   step ms  images/s  forward ms  images/s',
    ...limits.map(({ name, bandwidth, rate, stepMs, forwardMs }) => {
      const each = (ms: number): string => ((1e3 * batch) / ms).toFixed(0).padStart(9);
      return `${name.padEnd(38)} ${String(bandwidth).padStart(5)} ${rate.toFixed(1).padStart(7)} ${stepMs.toFixed(2).padStart(9)} ${each(stepMs)} ${forwardMs.toFixed(2).padStart(11)} ${each(forwardMs)}`;
    }),
    '',
  ];
  if (values.kernels) {
    lines.push('kernel of a step                                  uses  MB moved');
    for (const { label, uses, bytes } of step.kernels) {
      lines.push(`${label.padEnd(49)} ${String(uses).padStart(4)} ${mega(bytes)}`);
    }
    lines.push('');
  }
  if (values.dispatches) {
    step.dispatches.forEach(({ labels, bytes }, i) =>
      lines.push(`${String(i + 1).padStart(4)} ${mega(bytes)} MB  ${labels.join(' + ')}`),
    );
    lines.push('');
  }
  if (measured === undefined) lines.push('Not measured: this machine has no graphics card that Mambrush can use.');
  else lines.push(...reportMeasured(measured));
  return `${lines.join('\n')}\n`;
}

function reportMeasured({ card, step: stepTime, forward: forwardTime, times }: Measured): string[] {
  const perSecond = (ms: number): string => `${((1e3 * batch) / ms).toFixed(0)} images/s`;
  const lines = [
    `Measured on ${card}, medians of ${runs}: step ${stepTime.toFixed(2)} ms (${perSecond(stepTime)}), ` +
      `forward ${forwardTime.toFixed(2)} ms (${perSecond(forwardTime)}).`,
  ];
  const slowest = [...(times ?? [])].sort((a, b) => b.seconds - a.seconds).slice(0, 20);
  const sum = (times ?? []).reduce((total, { seconds }) => total + seconds, 0);
  if (sum > 0) lines.push(`The card itself says ${(sum * 1e3).toFixed(2)} ms for a step; its longest dispatches:`);
  for (const { labels, seconds } of slowest) {
    lines.push(`${(seconds * 1e3).toFixed(3).padStart(9)} ms  ${labels.join(' + ')}`);
  }
  return lines;
}
