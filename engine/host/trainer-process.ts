/**
 * The trainer: one run in a process of its own, so that its death harms nobody else. Started by `start-trainer.ts`.
 * Convention: it takes orders from its channel alone; when that breaks, its engine is gone, and it saves and ends.
 */
import { toErrorValue } from '../contract/error-value.ts';
import { SampleCache } from '../dataset/sample-cache.ts';
import { parseRunSpec } from '../train/run-spec.ts';
import { RunFolder } from '../train/run-folder.ts';
import { CachedSamples } from '../train/sample-source.ts';
import { resumeRun, startRun } from '../train/start-run.ts';
import { TrainingControl } from '../train/training-control.ts';
import type { RunOutcome } from '../train/training-event.ts';
import { chooseExecutor } from './executors.ts';
import { holdRunFolder } from './run-lock.ts';
import type { TrainerJob, TrainerOrder, TrainerReport } from './trainer-messages.ts';

const control = new TrainingControl();
let ended = false;

// A terminal sends Ctrl+C to us as well; what it means is for the engine to say.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('SIGTERM', () => control.stop());
process.on('disconnect', () => {
  if (ended) process.exit(0);
  control.stop();
});
process.on('message', (order: TrainerOrder) => {
  // An engine that died before this was read was not noticed by 'disconnect'.
  if (!process.connected) process.exit(0);
  if (order.kind === 'begin') void carryOut(order.job);
  else control[order.kind]();
});

async function carryOut(job: TrainerJob): Promise<void> {
  let report: TrainerReport;
  try {
    report = { kind: 'ended', outcome: await train(job) };
  } catch (error) {
    report = { kind: 'refused', error: toErrorValue(error, process.env['MAMBRUSH_DEBUG'] === '1') };
  }
  ended = true;
  if (!process.connected) process.exit(0);
  process.send?.(report, () => {
    if (process.connected) process.disconnect();
  });
}

async function train(job: TrainerJob): Promise<RunOutcome> {
  const { folder, changes, expectedClasses, cacheFolder, compute } = job;
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
    const { executor } = await chooseExecutor(compute);
    const watch = {
      control,
      onEvent: (event: Extract<TrainerReport, { kind: 'event' }>['event']) => {
        // An engine that dies just now is noticed by 'disconnect'.
        if (process.connected) process.send?.({ kind: 'event', event } satisfies TrainerReport, () => undefined);
      },
    };
    try {
      if (job.spec !== undefined) return await startRun({ folder, spec: job.spec, executor, source }, watch);
      return await resumeRun(
        { folder, executor, source, expected: { classes: expectedClasses }, ...(changes && { changes }) },
        watch,
      );
    } finally {
      cache.close();
    }
  } finally {
    release();
  }
}
