/**
 * `mambrush train`: trains on a project's labelled images. Convention: Ctrl+C once stops after the step and keeps the
 * best, twice ends at once; either way `--resume` goes on. What is not given is the recipe of the network's paper.
 */
import { MambrushError } from '../../contract/error.ts';
import type { EngineEvent } from '../../contract/events.ts';
import type { ProjectInfo } from '../../contract/project.ts';
import type { ArgumentsOf } from '../../contract/requests.ts';
import { networkDefaults } from '../../contract/network-settings.ts';
import type { NetworkSettings } from '../../contract/network-settings.ts';
import type { EpochInfo, RunInfo, TrainStarted } from '../../contract/training.ts';
import { computeArguments, computeOptions } from '../compute-options.ts';
import { formatDuration, formatMeasure, shellWord } from '../format-values.ts';
import { invocation } from '../help.ts';
import { openProject } from '../open-project.ts';
import type { OptionValues } from '../option-values.ts';
import { settingOptions, settingsOf } from '../setting-options.ts';
import { UsageError } from '../usage-error.ts';
import type { Command, CommandResult, CommandSession } from '../command.ts';
import { describeChoice, describeFallback } from '../describe-choice.ts';

export const train: Command = {
  name: 'train',
  summary: 'trains a network on the labeled images of a project',
  usage: ['FOLDER [--epochs N] [--seed N] [options]', 'FOLDER --resume [--run N] [--epochs N]'],
  details:
    'Divides the images 70/10/20 when there is no split yet. The best epoch on the validation part is kept. Ctrl+C stops ' +
    'and keeps the best; --resume goes on with the latest run, to the same result as without the stop.',
  operands: { min: 1, max: 1, name: 'a folder with a project' },
  options: {
    ...settingOptions,
    channels: { value: 'N', description: '3 for color (the default), 1 for grey' },
    widths: {
      value: 'A,B,C,D,E,F',
      description: `channels of the six stages; ${networkDefaults.widths.join()} unless given`,
    },
    from: { value: 'FILE', description: 'a checkpoint to start from' },
    continue: { description: "goes on with the training of --from: its optimiser's state, its epoch, its schedule" },
    name: { value: 'NAME', description: 'what the run is called' },
    resume: { description: 'goes on with a run' },
    run: { value: 'N', description: 'which one; the latest unless given' },
    ...computeOptions,
  },
  examples: [
    'train photos',
    'train photos --epochs 50 --seed 42',
    'train photos --resume',
    'train photos --from latest.pth --continue',
  ],
  run: async (session) => {
    const { client, operands, values, say } = session;
    const [folder = '.'] = operands;
    checkTogether(values);
    // All of them are read, and what is wrong is said, before anything is done.
    const [fresh, old] = values.has('resume') ? [undefined, oldRun(values)] : [newRun(values), undefined];
    const info = await openProject(client, folder);
    if (fresh !== undefined) await requireSplit(session, info, folder);
    const ended = client.listen(runLines(session));
    try {
      const { project } = info;
      const work = { signal: session.signal, onProgress: session.progress };
      const started = await (fresh === undefined
        ? client.request('train.resume', { project, ...old }, work)
        : client.request('train.start', { project, ...fresh }, work));
      sayStart(started, say);
      const { id } = started.run;
      const wait = () => client.request('train.wait', { project, run: id }, { signal: session.signal });
      const stop = (): void => {
        say('Stopping after this step, the best is kept … (press Ctrl+C again to end at once)');
        void client.request('train.stop', { project, run: id, how: 'keep' }).catch(() => undefined);
      };
      const result = await session.interrupts.during(stop, wait).catch(async (error: unknown) => {
        if (!session.signal.aborted) throw error;
        await client.request('train.stop', { project, run: id, how: 'abort' }).catch(() => undefined);
        return client.request('train.status', { project, run: id });
      });
      return describe(result.run, result.epochs, started, session.interrupts.happened, folder);
    } finally {
      ended();
    }
  },
};

/** What a run is, is settled when it begins: resuming it takes only how long and on what. */
const resuming = new Set(['resume', 'run', 'epochs', ...Object.keys(computeOptions)]);

/** @throws UsageError about options that would be passed over */
function checkTogether(values: OptionValues): void {
  if (!values.has('resume')) {
    if (values.has('run')) throw new UsageError('--run names a run to go on with: give --resume too.');
    if (values.has('continue') && !values.has('from')) {
      throw new UsageError('--continue goes on with the training of a checkpoint: give it with --from FILE.');
    }
    return;
  }
  const extra = Object.keys(train.options).find((name) => values.has(name) && !resuming.has(name));
  if (extra === undefined) return;
  throw new UsageError(
    `--${extra} cannot be changed in a run that is resumed. Leave it out, or start a new run without --resume.`,
  );
}

async function requireSplit(
  { client, say, signal, progress }: CommandSession,
  info: ProjectInfo,
  folder: string,
): Promise<void> {
  if (info.images.labelled === 0) {
    throw new MambrushError(
      'no-labels',
      `${folder} has no labeled image yet. Import masks first: ${invocation} import ${shellWord(folder)}`,
      { path: info.project },
    );
  }
  if (info.split !== undefined) return;
  const report = await client.request('dataset.split', { project: info.project }, { signal, onProgress: progress });
  const { train: training, val, test } = report.parts;
  say(`Divided the labeled images: ${training.images} to train, ${val.images} to validate, ${test.images} to test.`);
  for (const { message } of report.warnings) say(message);
}

type NewRun = Omit<ArgumentsOf<'train.start'>, 'project'>;
type OldRun = Omit<ArgumentsOf<'train.resume'>, 'project'>;

function newRun(values: OptionValues): NewRun {
  return {
    settings: settingsOf(values),
    network: networkOf(values),
    compute: computeArguments(values),
    from: values.path('from'),
    ...(values.has('continue') && { continue: true }),
    name: values.text('name'),
  };
}

function oldRun(values: OptionValues): OldRun {
  const [run, epochs] = [values.whole('run', { min: 0 }), values.whole('epochs', { min: 1 })];
  return { run, epochs, compute: computeArguments(values) };
}

function networkOf(values: OptionValues): NetworkSettings {
  const channels = values.whole('channels', { min: 1, max: 3 });
  const widths = values.wholes('widths', 6) as NetworkSettings['widths'];
  return { inputChannels: channels === undefined ? undefined : channels === 1 ? 1 : 3, widths };
}

function sayStart({ run, compute, notes }: TrainStarted, say: (text: string) => void): void {
  for (const text of describeFallback(compute)) say(text);
  for (const { message } of notes) say(message);
  const { width, height } = run.size;
  say(
    `Run ${run.id}: ${run.images.train} images, validation on ${run.images.val}, ${width}×${height}, ` +
      `up to ${run.epochs.planned} epochs, on ${describeChoice(compute)}.`,
  );
}

/** A line per epoch, and the moving one. */
function runLines({ progress, say }: CommandSession): (event: EngineEvent) => void {
  let last: EpochInfo | undefined;
  return (event) => {
    if (event.kind === 'train.progress') {
      const { value, secondsLeft, imagesPerSecond, epoch } = event;
      const parts = [
        `epoch ${epoch}`,
        ...(last?.trainLoss === undefined ? [] : [`loss ${formatMeasure(last.trainLoss, 3)}`]),
        ...(last?.valDice === undefined ? [] : [`Dice ${formatMeasure(last.valDice, 3)}`]),
        ...(imagesPerSecond === undefined ? [] : [`${imagesPerSecond.toFixed(0)} images/s`]),
      ];
      const text = event.text ?? parts.join('  ');
      progress({ kind: 'train', value, text, ...(secondsLeft !== undefined && { secondsLeft }) });
    }
    if (event.kind !== 'train.epoch') return;
    last = event.epoch;
    say(describeEpoch(event.epoch, event.best));
  };
}

function describeEpoch(epoch: EpochInfo, best: boolean): string {
  const parts = [
    `epoch ${String(epoch.epoch).padStart(3)}`,
    `loss ${formatMeasure(epoch.trainLoss)}`,
    ...(epoch.valLoss === undefined ? [] : [`validation ${formatMeasure(epoch.valLoss)}`]),
    ...(epoch.valDice === undefined ? [] : [`Dice ${formatMeasure(epoch.valDice)}`]),
    ...(epoch.seconds === undefined ? [] : [formatDuration(epoch.seconds)]),
  ];
  return parts.join('  ') + (best ? '  best so far' : '');
}

function describe(
  run: RunInfo,
  epochs: readonly EpochInfo[],
  started: TrainStarted,
  interrupted: boolean,
  folder: string,
): CommandResult {
  const seconds = epochs.reduce((total, epoch) => total + (epoch.seconds ?? 0), 0);
  const best = epochs.find(({ epoch }) => epoch === run.best?.epoch);
  const word = shellWord(folder);
  const lines = [
    `Run ${run.id} ${words[run.status]} after ${run.epochs.done} of ${run.epochs.planned} epochs, ${formatDuration(seconds)} of training.`,
    ...(run.message === undefined ? [] : [run.message]),
    ...(best === undefined
      ? []
      : [
          `Best: epoch ${best.epoch}, validation loss ${formatMeasure(best.valLoss)}, Dice ${formatMeasure(best.valDice)}, IoU ${formatMeasure(best.valIou)}.`,
        ]),
    ...(run.bestFile === undefined ? [] : [`Checkpoint: ${run.bestFile}`]),
    '',
    ...(run.status !== 'done' && run.resumable ? [`To go on: ${invocation} train ${word} --resume`] : []),
    ...(run.bestFile === undefined
      ? []
      : [`Next: ${invocation} evaluate ${word}`, `      ${invocation} predict ${word}`]),
  ];
  return {
    json: { run, epochs, compute: started.compute, notes: started.notes, seconds },
    text: lines.join('\n'),
    failed: run.status === 'failed' || run.status === 'interrupted',
    interrupted: interrupted && run.status !== 'done',
  };
}

const words: Readonly<Record<RunInfo['status'], string>> = {
  running: 'is training',
  paused: 'is paused',
  interrupted: 'was interrupted',
  done: 'is done',
  failed: 'failed',
  stopped: 'was stopped',
};
