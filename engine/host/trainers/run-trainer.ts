/**
 * The trainer's work: one run, by orders from the engine. Not its process: `trainer-process.ts` in plain Node,
 * `utility/utility-trainer-process.ts` below a shell. Convention: when its link breaks, its engine is gone; it saves and ends.
 */
import { toErrorValue } from '../../contract/error-value.ts';
import { SampleCache } from '../../dataset/samples/sample-cache.ts';
import { parseRunSpec } from '../../train/runs/run-spec.ts';
import { RunFolder } from '../../train/runs/run-folder.ts';
import { CachedSamples } from '../../train/sample-source.ts';
import { resumeRun, startRun } from '../../train/runs/start-run.ts';
import { TrainingControl } from '../../train/training-control.ts';
import type { RunOutcome } from '../../train/training-event.ts';
import { runDespiteGpuTrouble } from './after-gpu-trouble.ts';
import type { AttemptRun } from './after-gpu-trouble.ts';
import { chooseExecutor } from '../../compute/choose-executor.ts';
import type { Compute } from '../../compute/compute.ts';
import { holdRunFolder } from './run-lock.ts';
import type { TrainerJob, TrainerOrder, TrainerReport } from './trainer-messages.ts';

/** The trainer's end of its channel to the engine. */
export interface EngineLink {
  readonly isOpen: () => boolean;
  readonly onOrder: (listener: (order: TrainerOrder) => void) => void;
  readonly onBroken: (listener: () => void) => void;
  /** What cannot be sent is not sent: a broken link says so by itself. */
  readonly send: (report: TrainerReport) => void;
  /** Sends the last report and sees to it that the link breaks after it. */
  readonly finish: (report: TrainerReport) => void;
}

export function runTrainer(compute: Compute, link: EngineLink): void {
  const control = new TrainingControl();
  let ended = false;

  // A terminal sends Ctrl+C to us as well; what it means is for the engine to say.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  process.on('SIGTERM', () => control.stop());
  link.onBroken(() => {
    if (ended) process.exit(0);
    control.stop();
  });
  link.onOrder((order) => {
    // An engine that died before this was read was not noticed as a break.
    if (!link.isOpen()) process.exit(0);
    if (order.kind === 'begin') void carryOut(order.job);
    else control[order.kind]();
  });

  async function carryOut(job: TrainerJob): Promise<void> {
    let report: TrainerReport;
    try {
      report = { kind: 'ended', outcome: await train(compute, job, control, link) };
    } catch (error) {
      report = { kind: 'refused', error: toErrorValue(error, process.env['MAMBRUSH_DEBUG'] === '1') };
    }
    ended = true;
    if (!link.isOpen()) process.exit(0);
    link.finish(report);
  }
}

async function train(
  compute: Compute,
  job: TrainerJob,
  control: TrainingControl,
  link: EngineLink,
): Promise<RunOutcome> {
  const { folder, changes, expectedClasses, cacheFolder } = job;
  const release = await holdRunFolder(folder);
  try {
    const spec = job.spec === undefined ? new RunFolder(folder).readSpec() : parseRunSpec(job.spec);
    const { network, settings, data } = spec;
    const cache = new SampleCache(cacheFolder, {
      size: settings.size,
      channels: network.inputChannels,
      classes: network.classes,
    });
    const source = new CachedSamples(cache, { training: data.training, validation: data.validation });
    const { executor } = await chooseExecutor(compute, job.compute);
    const attempt: AttemptRun = async (on, onEvent) => {
      const watch = { control, onEvent };
      if (on === 'first' && job.spec !== undefined) {
        return startRun({ folder, spec: job.spec, executor, source }, watch);
      }
      const { threads } = job.compute;
      const other = on === 'processor' ? (await chooseExecutor(compute, { threads })).executor : executor;
      const resumed = { folder, executor: other, source, expectedClasses };
      return resumeRun({ ...resumed, ...(changes && { changes }) }, watch);
    };
    try {
      return await runDespiteGpuTrouble(attempt, (event) => link.send({ kind: 'event', event }));
    } finally {
      cache.close();
    }
  } finally {
    release();
  }
}
