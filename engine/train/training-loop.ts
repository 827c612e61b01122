/**
 * The loop of one run over one session: epochs of steps, validation, checkpoints, and every way to end. Computes nothing
 * itself: it is handed an executor. Convention: at the end of each epoch, in this order and only when every number is
 * finite: `best` (when it is), the epoch's line, `latest`. So a run that crashed anywhere goes on from its latest
 * checkpoint to the very same bits.
 */
import { MambrushError } from '../contract/error.ts';
import { trainingProgram } from '../network/mamba-unet.ts';
import type { Executor, Session } from '../program/executor.ts';
import { bestOf, metricsOf } from './epoch-figures.ts';
import { describeLeftOut } from './left-out.ts';
import type { LeftOut } from './left-out.ts';
import { divergedError, settleBlocks, writeBest, writeLatest } from './runs/run-checkpoint.ts';
import type { Blocks } from './runs/run-checkpoint.ts';
import type { RunFolder } from './runs/run-folder.ts';
import type { RunSpec } from './runs/run-spec.ts';
import { isExhausted, schedulePosition } from './runs/run-state.ts';
import type { BestEpoch, RunState } from './runs/run-state.ts';
import { SampleBatch } from './sample-batch.ts';
import type { BatchPair } from './sample-batch.ts';
import { SampleSlots } from './sample-slots.ts';
import type { SampleSource } from './sample-source.ts';
import { learningRateAt } from './schedule.ts';
import { startNotices } from './start-notices.ts';
import { TimeToGo } from './time-to-go.ts';
import { nothingToLearn, trainEpoch } from './train-epoch.ts';
import type { EpochPass } from './train-epoch.ts';
import { TrainingControl } from './training-control.ts';
import type { ReportTraining, RunEnd, RunOutcome } from './training-event.ts';
import { labelledSamples, validate } from './validate.ts';
import type { ValidationFigures } from './validate.ts';

export interface LoopJob {
  readonly folder: RunFolder;
  readonly spec: RunSpec;
  readonly executor: Executor;
  readonly source: SampleSource;
  readonly blocks: Blocks;
  /** How far the run is; undefined for one that begins. */
  readonly state: RunState | undefined;
}

export interface RunWatch {
  readonly onEvent?: ReportTraining | undefined;
  readonly control?: TrainingControl | undefined;
}

/**
 * Runs to the end, whichever it is.
 * @returns how it ended; 'failed' for everything that has a message for people
 * @throws what has none: a mistake in the program, reported as 'failed' too
 */
export async function trainingLoop(job: LoopJob, { onEvent, control }: RunWatch = {}): Promise<RunOutcome> {
  const report: ReportTraining = (event) => onEvent?.(event);
  const loop = new TrainingLoop(job, report, control ?? new TrainingControl());
  let outcome: RunOutcome;
  let mistake: { readonly error: unknown } | undefined;
  try {
    outcome = await loop.run();
  } catch (error) {
    if (!(error instanceof MambrushError)) mistake = { error };
    const code = error instanceof MambrushError ? error.code : 'internal';
    const reason = error instanceof Error ? error.message : String(error);
    outcome = { ...loop.outcome('failed', reason), code };
  }
  job.folder.log(`${outcome.status} after epoch ${outcome.epoch}: ${outcome.reason}`);
  report({ kind: 'finished', ...outcome });
  if (mistake !== undefined) throw mistake.error;
  return outcome;
}

class TrainingLoop {
  readonly #job: LoopJob;
  readonly #report: ReportTraining;
  readonly #control: TrainingControl;
  readonly #clock = new TimeToGo();
  /** The labelled ones, fixed for the run. */
  #validation: readonly number[] = [];
  #state: RunState;

  constructor(job: LoopJob, report: ReportTraining, control: TrainingControl) {
    this.#job = job;
    this.#report = report;
    this.#control = control;
    this.#state = job.state ?? { epoch: 0, step: 0, monitored: 'validation-loss', losses: [] };
  }

  outcome(status: RunEnd, reason: string): RunOutcome {
    return { status, reason, epoch: this.#state.epoch, best: this.#state.best };
  }

  async run(): Promise<RunOutcome> {
    const { spec, executor, source, blocks, folder, state } = this.#job;
    const { settings } = spec;
    const { labelled, leftOut } = labelledSamples(source, source.validation);
    this.#validation = labelled;
    this.#monitor(labelled.length > 0 ? 'validation-loss' : 'training-loss');
    this.#reportStart(leftOut);
    const batch = Math.max(settings.batch, settings.validationBatch);
    const program = trainingProgram(spec.network, { ...settings.size, batch }, settings.optimiser, settings.clipNorm);
    if (source.training().length === 0) throw nothingToLearn('No image is in the training part.');
    const session = await executor.open(program, {
      // Beside the samples that stay, a run needs slots for those that come and go.
      keep: source.training().length + batch,
      ...(settings.threads !== undefined && { threads: settings.threads }),
    });
    try {
      await session.write('parameters', blocks.parameters);
      await session.write('moment1', blocks.moments.moment1);
      await session.write('moment2', blocks.moments.moment2);
      for (const text of session.notices ?? []) this.#notice('gpu-batch-in-parts', text);
      if (state === undefined || !folder.hasLatest) writeLatest(folder, spec, blocks, this.#state);
      return await this.#epochs(session);
    } finally {
      await session.close();
    }
  }

  /** Losses of another kind are no measure for what comes. */
  #monitor(monitored: RunState['monitored']): void {
    if (this.#state.monitored !== monitored) this.#state = { ...this.#state, monitored, losses: [], best: undefined };
  }

  async #epochs(session: Session): Promise<RunOutcome> {
    const { settings } = this.#job.spec;
    const patience = settings.earlyStop?.patience;
    const slots = (session.keeps ?? 0) > 0 ? new SampleSlots(session.keeps ?? 0, settings.batch) : undefined;
    const buffers = this.#makeBuffers(slots);
    while (this.#state.epoch < settings.epochs) {
      if (isExhausted(this.#state, patience)) {
        return this.outcome('done', `no better ${words[this.#state.monitored]} in ${patience} epochs`);
      }
      const epoch = this.#state.epoch + 1;
      const rate = learningRateAt(
        settings.schedule,
        settings.learningRate,
        schedulePosition(this.#state, epoch - 1),
        settings.epochs,
        this.#state.losses,
      );
      slots?.retain(new Set(this.#job.source.training()));
      const pass = await this.#trainEpoch(session, buffers.training, epoch, rate);
      if (!pass.whole) return await this.#endInside(session, buffers.validation, epoch, pass);
      const figures = await this.#validate(session, buffers.validation);
      if (this.#isEnding('abort')) return this.outcome('interrupted', 'abandoned');
      await this.#finishEpoch(session, epoch, rate, pass, figures);
      if (this.#isEnding('abort')) return this.outcome('interrupted', 'abandoned');
      if (this.#isEnding('stop') && epoch < settings.epochs) return this.outcome('stopped', 'stopped by its user');
    }
    return this.outcome('done', 'all epochs are done');
  }

  /** Each pair is filled and run in turns. */
  #makeBuffers(slots: SampleSlots | undefined): { readonly training: BatchPair; readonly validation: BatchPair } {
    const { source, spec } = this.#job;
    const { batch, validationBatch } = spec.settings;
    const training = (): SampleBatch => new SampleBatch(source, batch, false, slots);
    // Their labels are counted here, so that they have to be read anyway.
    const validation = (): SampleBatch => new SampleBatch(source, validationBatch, true);
    return { training: [training(), training()], validation: [validation(), validation()] };
  }

  #trainEpoch(session: Session, buffers: BatchPair, epoch: number, learningRate: number): Promise<EpochPass> {
    const { source, spec } = this.#job;
    return trainEpoch({
      session,
      source,
      spec,
      buffers,
      epoch,
      learningRate,
      stepsBefore: this.#state.step,
      held: () => this.#held(),
      onStep: ({ step, steps, samples, seconds, loss, left, perEpoch }) => {
        this.#clock.addStep(samples, seconds);
        const { imagesPerSecond } = this.#clock;
        const secondsLeft = this.#secondsLeft(epoch, left, perEpoch);
        this.#report({ kind: 'step', epoch, step, steps, loss, imagesPerSecond, secondsLeft });
      },
    });
  }

  /** @param left samples left in this epoch @param perEpoch samples of an epoch */
  #secondsLeft(epoch: number, left: number, perEpoch: number): number {
    const later = this.#job.spec.settings.epochs - epoch;
    const validations = this.#validation.length > 0 ? later + 1 : 0;
    return this.#clock.secondsLeft(Math.max(0, left) + later * perEpoch, validations, this.#validation.length);
  }

  async #validate(session: Session, buffers: BatchPair): Promise<ValidationFigures | undefined> {
    if (this.#validation.length === 0) return undefined;
    const begun = performance.now();
    const figures = await validate(session, this.#validation, buffers, this.#job.spec.network, this.#control);
    this.#clock.addValidation((performance.now() - begun) / 1000);
    return figures;
  }

  async #finishEpoch(
    session: Session,
    epoch: number,
    learningRate: number,
    pass: EpochPass,
    figures: ValidationFigures | undefined,
  ): Promise<void> {
    const { folder, spec, source } = this.#job;
    const loss = this.#state.monitored === 'validation-loss' ? figures?.loss : pass.loss;
    if (loss === undefined || !Number.isFinite(loss)) {
      throw divergedError(`the validation loss of epoch ${epoch} is ${loss}`);
    }
    const blocks = await settleBlocks(session);
    const improved = loss < (this.#state.best?.loss ?? Infinity);
    const best = improved ? bestOf(epoch, loss, figures) : this.#state.best;
    const { monitored, continued } = this.#state;
    if (improved && best !== undefined) writeBest(folder, spec, blocks.parameters, best, monitored);
    const metrics = metricsOf(epoch, learningRate, pass, figures);
    folder.appendMetrics(metrics);
    const step = this.#state.step + pass.steps;
    const state: RunState = { epoch, step, monitored, losses: [...this.#state.losses, loss], best, continued };
    writeLatest(folder, spec, blocks, state);
    this.#state = state;
    if (epoch === 1) this.#notice('training-left-out', describeLeftOut('training', pass.leftOut));
    folder.log(`epoch ${epoch}: ${JSON.stringify(metrics)}${improved ? ' (best)' : ''}`);
    const secondsLeft = this.#secondsLeft(epoch + 1, source.training().length, source.training().length);
    this.#report({
      kind: 'epoch',
      metrics,
      improved,
      best,
      secondsLeft: epoch === spec.settings.epochs ? 0 : secondsLeft,
    });
  }

  /**
   * The run was ended inside an epoch. `latest` stays as it was before the epoch; a stopped run that has no best yet gets
   * what it has learned so far as its best.
   */
  async #endInside(session: Session, buffers: BatchPair, epoch: number, pass: EpochPass): Promise<RunOutcome> {
    if (this.#isEnding('abort')) return this.outcome('interrupted', 'abandoned');
    if (this.#state.best === undefined && pass.steps > 0) {
      const figures = await this.#validate(session, buffers);
      const loss = figures?.loss ?? pass.loss;
      const { parameters } = await settleBlocks(session);
      if (Number.isFinite(loss)) {
        const best: BestEpoch = { ...bestOf(epoch, loss, figures), partial: true };
        writeBest(this.#job.folder, this.#job.spec, parameters, best, this.#state.monitored);
        return { ...this.outcome('stopped', `stopped by its user inside epoch ${epoch}`), best };
      }
    }
    return this.outcome('stopped', `stopped by its user inside epoch ${epoch}`);
  }

  /** Waits while the run is paused. @returns whether it is to end */
  async #held(): Promise<boolean> {
    if (this.#control.paused) {
      this.#report({ kind: 'paused' });
      await this.#control.whileHeld();
      if (this.#control.ending === undefined) this.#report({ kind: 'resumed' });
    }
    return this.#control.ending !== undefined;
  }

  #isEnding(how: 'stop' | 'abort'): boolean {
    return this.#control.ending === how;
  }

  #notice(code: string, text: string | undefined): void {
    if (text === undefined) return;
    this.#job.folder.log(text);
    this.#report({ kind: 'notice', code, text });
  }

  #reportStart(leftOut: LeftOut): void {
    const { spec, source, executor, state, folder } = this.#job;
    this.#report({
      kind: 'started',
      epoch: this.#state.epoch + 1,
      epochs: spec.settings.epochs,
      trainingSamples: source.training().length,
      validationSamples: this.#validation.length,
      monitored: this.#state.monitored,
      executor: `${executor.name}: ${executor.description}`,
      resumed: state !== undefined,
    });
    folder.log(`${state === undefined ? 'started' : 'resumed'} on ${executor.name}: ${executor.description}`);
    const notices = startNotices({
      wanted: spec.settings.executor,
      executor: executor.name,
      validationSamples: this.#validation.length,
      validationLeftOut: leftOut,
      isMonitoredAnew: state !== undefined && state.monitored !== this.#state.monitored,
    });
    for (const { code, text } of notices) this.#notice(code, text);
  }
}

const words: Readonly<Record<RunState['monitored'], string>> = {
  'validation-loss': 'validation loss',
  'training-loss': 'training loss',
};
