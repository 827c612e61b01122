/**
 * The runs that train now, one per project: records what they report in the project, and tells everybody. Does not train.
 * Convention: a run is in here from its begin to its end; what it says is written to the store before it is told.
 */
import type { EngineEvent } from '../../contract/events.ts';
import { MambrushError } from '../../contract/error.ts';
import { fromErrorValue } from '../../contract/error-value.ts';
import type { TrainNote } from '../../contract/training.ts';
import type { ProjectStore, RunChange, RunRecord } from '../../store/project-store.ts';
import { RunFolder } from '../../train/runs/run-folder.ts';
import { holdsRun } from '../../train/runs/start-run.ts';
import type { RunOutcome, TrainingEvent } from '../../train/training-event.ts';
import { describeRun } from '../answers/describe-run.ts';
import { gpuTroubleText } from './after-gpu-trouble.ts';
import type { GpuTrouble } from './after-gpu-trouble.ts';
import type { ForkTrainer } from './fork-trainer.ts';
import { startTrainer } from './start-trainer.ts';
import type { Trainer, TrainerEnd } from './start-trainer.ts';
import { takeOverRun } from '../projects/take-over-run.ts';
import type { TrainerJob } from './trainer-messages.ts';

export interface TrainerStart {
  readonly store: ProjectStore;
  readonly run: number;
  readonly job: TrainerJob;
  /** What the run is again when its trainer refuses; 'failed', with the reason, where there is nothing to go back to. */
  readonly before?: RunChange;
}

interface Training {
  readonly store: ProjectStore;
  readonly run: number;
  readonly epochs: number;
  readonly trainer: Trainer;
  /** Resolves when the run has come to its end and the store knows it. */
  readonly ended: Promise<void>;
}

export class Trainers {
  readonly #emit: (event: EngineEvent) => void;
  readonly #fork: ForkTrainer;
  /** By the project's folder. */
  readonly #training = new Map<string, Training>();
  readonly #claimed = new Set<string>();

  constructor(emit: (event: EngineEvent) => void, fork: ForkTrainer) {
    this.#emit = emit;
    this.#fork = fork;
  }

  /**
   * Claims a project for training, before the samples are prepared. @returns ends the claim; a run that has
   * begun keeps it
   * @throws MambrushError 'run-in-progress'
   */
  claim(project: string): () => void {
    const run = this.#training.get(project)?.run;
    if (run !== undefined || this.#claimed.has(project)) {
      const which = run === undefined ? 'A run of this project is being prepared' : `Run ${run} of this project trains`;
      throw new MambrushError('run-in-progress', `${which}. Wait for it or stop it before starting another.`, {
        path: project,
      });
    }
    this.#claimed.add(project);
    return () => void this.#claimed.delete(project);
  }

  /**
   * Starts a trainer on a run that the store knows, of a project that was claimed.
   * @returns remarks of the trainer, when it has begun
   * @throws MambrushError with the trainer's reason when it refuses, or the store's when it cannot record
   */
  async begin({ store, run, job, before }: TrainerStart): Promise<readonly TrainNote[]> {
    const project = store.folder;
    const begun = Promise.withResolvers<undefined>();
    const notices: TrainNote[] = [];
    let trouble: Error | undefined;
    const trainer = startTrainer(job, this.#fork, (event) => {
      try {
        if (event.kind === 'notice') notices.push({ code: event.code, message: event.text });
        else if (event.kind === 'gpu-trouble') notices.push(this.#recordGpuTrouble(store, run, event));
        else this.#record(training, event);
        if (event.kind === 'started') begun.resolve(undefined);
      } catch (error) {
        // What cannot be recorded must not go on unseen; the run's own folder keeps what it has.
        trouble ??= error instanceof Error ? error : new Error(String(error));
        trainer.order('abort');
      }
    });
    const ended = trainer.end.then((end) => {
      this.#training.delete(project);
      this.#finish(store, run, end, trouble, before);
      if (trouble !== undefined) throw trouble;
      if (end.kind === 'refused') begun.reject(fromErrorValue(end.error));
      else begun.resolve(undefined);
    });
    ended.catch((error: unknown) => begun.reject(error));
    const training = { store, run, epochs: plannedEpochs(store, run), trainer, ended };
    this.#training.set(project, training);
    await begun.promise;
    return notices;
  }

  /** This run of a project, or any, also one that is being prepared. */
  isTraining(project: string, run?: number): boolean {
    const training = this.#training.get(project);
    return run === undefined ? training !== undefined || this.#claimed.has(project) : training?.run === run;
  }

  /**
   * A run as it is. One whose end could not be written, as on a full disk, still counts as running in the store, and one
   * that was paused when the engine was killed as paused: here that is made up for.
   */
  settled(store: ProjectStore, run: RunRecord): RunRecord {
    const isAtWork = run.status === 'running' || run.status === 'paused';
    if (!isAtWork || this.isTraining(store.folder, run.id)) return run;
    const message =
      run.status === 'paused'
        ? 'Its process ended while it was paused. Resume it.'
        : 'Its end could not be recorded. Resume it.';
    return store.runs.update(run.id, { status: 'interrupted', code: 'run-interrupted', message });
  }

  /** @throws MambrushError 'run-not-in-progress' */
  order(project: string, run: number | undefined, order: Parameters<Trainer['order']>[0]): number {
    const training = this.#training.get(project);
    if (training === undefined || (run !== undefined && run !== training.run)) {
      const which = run === undefined ? 'No run' : `Run ${String(run)}`;
      const verb = run === undefined ? 'is training now' : 'is not training now';
      throw new MambrushError('run-not-in-progress', `${which} of this project ${verb}.`, { path: project });
    }
    training.trainer.order(order);
    return training.run;
  }

  /** Resolves when the run trains no longer: at once when it does not. @throws what kept its end from being recorded */
  async whenEnded(project: string, run: number): Promise<void> {
    const training = this.#training.get(project);
    if (training?.run === run) await training.ended;
  }

  /** Ends what trains in a project; everything finished is saved. */
  async stop(project: string): Promise<void> {
    const training = this.#training.get(project);
    if (training === undefined) return;
    training.trainer.order('abort');
    // What could not be recorded was told to whoever waited for the run; the next opening finds the run interrupted.
    await training.ended.catch(() => undefined);
  }

  /** It is read from the run's state, since it may come long after the run has begun. */
  #recordGpuTrouble(store: ProjectStore, run: number, trouble: GpuTrouble): TrainNote {
    const { code } = trouble;
    const message = gpuTroubleText(trouble);
    this.#setState(store, run, { message, code, ...(code === 'gpu-given-up' && { executor: 'cpu' }) });
    return { code, message };
  }

  #record({ store, run, epochs }: Training, event: Exclude<TrainingEvent, { kind: 'notice' } | GpuTrouble>): void {
    const project = store.folder;
    switch (event.kind) {
      case 'step': {
        const { epoch, step, steps, secondsLeft, imagesPerSecond } = event;
        const value = Math.min(1, (epoch - 1 + step / Math.max(step, steps)) / epochs);
        this.#emit({ kind: 'train.progress', project, run, value, epoch, secondsLeft, imagesPerSecond });
        break;
      }
      case 'epoch': {
        const { bestFile, latestFile } = new RunFolder(store.runFolder(run));
        store.runs.addEpoch(run, event.metrics);
        store.runs.update(run, { latestFile, ...(event.best && { bestEpoch: event.best.epoch, bestFile }) });
        this.#emit({ kind: 'train.epoch', project, run, epoch: event.metrics, best: event.improved });
        break;
      }
      case 'started':
        if (event.resumed) takeOverRun(store, run);
        this.#setState(store, run, { status: 'running', message: undefined });
        break;
      case 'resumed':
        this.#setState(store, run, { status: 'running', message: undefined });
        break;
      case 'paused':
        this.#setState(store, run, { status: 'paused' });
        break;
      case 'finished':
        // The process's end says the same, and that nothing is written any more.
        break;
    }
  }

  #finish(
    store: ProjectStore,
    run: number,
    end: TrainerEnd,
    trouble: Error | undefined,
    before: RunChange | undefined,
  ): void {
    if (trouble !== undefined) {
      this.#setState(store, run, {
        status: 'interrupted',
        code: 'run-not-recorded',
        message: `${trouble.message} The run was stopped; when that is mended, resume it.`,
      });
    } else if (end.kind === 'ended') {
      this.#setState(store, run, changeOf(end.outcome, new RunFolder(store.runFolder(run))));
    } else if (end.kind === 'refused') {
      this.#setState(store, run, before ?? { status: 'failed', code: end.error.code, message: end.error.message });
    } else if (end.kind === 'killed') {
      this.#setState(store, run, { status: 'interrupted', ...abandoned });
    } else {
      const words = end.lastWords === '' ? '' : ` It said: ${end.lastWords}`;
      const advice = holdsRun(store.runFolder(run))
        ? 'Resume the run: it goes on from its last epoch.'
        : 'Start again.';
      const message = `The trainer ended unexpectedly (${end.how}). ${advice}${words}`;
      this.#setState(store, run, { status: 'interrupted', code: 'trainer-died', message });
    }
  }

  #setState(store: ProjectStore, run: number, change: RunChange): void {
    const record = store.runs.update(run, change);
    this.#emit({ kind: 'train.state', project: store.folder, run: describeRun(store, record) });
  }
}

const abandoned = {
  code: 'run-abandoned',
  message: 'Ended at once, as it was asked to. Resume it to go on from its last epoch.',
};

const stopped = {
  code: 'run-stopped',
  message: 'Stopped, as it was asked to. The best network so far is kept; resume the run to go on.',
};

function changeOf({ status, reason, code, best }: RunOutcome, folder: RunFolder): RunChange {
  // What became of its graphics card stays with a run that is done.
  const why = { done: {}, interrupted: abandoned, stopped, failed: { code, message: reason } };
  return {
    status,
    ...why[status],
    ...(folder.hasLatest && { latestFile: folder.latestFile }),
    ...(best !== undefined && { bestEpoch: best.epoch, bestFile: folder.bestFile }),
  };
}

function plannedEpochs(store: ProjectStore, run: number): number {
  const epochs = store.runs.get(run)?.settings['epochs'];
  return typeof epochs === 'number' ? epochs : 1;
}
