/**
 * Trains in a process of its own and prints one line per step, so that a test can kill it inside an epoch. Not a test.
 * Arguments: start or resume, the run's folder.
 */
import { appendFileSync } from 'node:fs';
import { resumeRun, startRun } from '../../engine/train/runs/start-run.ts';
import type { TrainingEvent } from '../../engine/train/training-event.ts';
import { DiscSamples } from './disc-samples.ts';
import { killSamples, killSettings, quickExecutor, tinySpec } from './tiny-spec.ts';

const [how, folder = ''] = process.argv.slice(2);
const source = new DiscSamples(killSamples);

const onEvent = (event: TrainingEvent): void => {
  if (event.kind !== 'step') return;
  // Written through before the next step begins.
  appendFileSync(1, `${event.epoch} ${event.step}\n`);
};

const outcome =
  how === 'resume'
    ? await resumeRun({ folder, executor: quickExecutor, source }, { onEvent })
    : await startRun({ folder, spec: tinySpec(killSettings), executor: quickExecutor, source }, { onEvent });
appendFileSync(1, `${outcome.status}\n`);
