/**
 * The runs that train now, one per project: records what they report in the project, and tells everybody. Does not train.
 * Convention: a run is in here from its begin to its end; what it says is written to the store before it is told.
 */
import type { EngineEvent } from '../contract/events.ts';
import { MambrushError } from '../contract/error.ts';
import { fromErrorValue } from '../contract/error-value.ts';
import type { ProjectStore, RunChange } from '../store/project-store.ts';
import { RunFolder } from '../train/run-folder.ts';
import { holdsRun } from '../train/start-run.ts';
import type { RunOutcome, TrainingEvent } from '../train/training-event.ts';
import type { OpenProjects } from './open-projects.ts';
import { describeRun, epochInfoOf } from './describe-run.ts';
import { startTrainer } from './start-trainer.ts';
import type { Trainer, TrainerEnd } from './start-trainer.ts';
import type { TrainerJob } from './trainer-messages.ts';

interface Training {
  readonly run: number;
  readonly trainer: Trainer;
  /** Resolves when the run has come to its end and the store knows it. */
  readonly ended: Promise<void>;
  readonly notices: string[];
}

export class Trainers {
  readonly #projects: OpenProjects;
  readonly #emit: (event: EngineEvent) => void;
  readonly #training = new Map<string, Training>();

  constructor(projects: OpenProjects, emit: (event: EngineEvent) => void) {
    this.#projects = projects;
    this.#emit = emit;
  }

  /** @throws MambrushError 'run-in-progress' */
  refuseSecond(project: string): void {
    const training = this.#training.get(project);
    if (training === undefined) return;
    throw new MambrushError(
      'run-in-progress',
      `Run ${String(training.run)} of this project is training. Wait for it or stop it before starting another.`,
      { path: project },
    );
  }

  /**
   * Starts a trainer on a run that the store knows.
   * @returns remarks of the trainer, when it has begun
   * @throws MambrushError with the trainer's reason when it refuses; the run is then 'failed' or as it was
   */
  async begin(store: ProjectStore, run: number, job: TrainerJob): Promise<readonly string[]> {
    const project = store.folder;
    this.refuseSecond(project);
    const started = Promise.withResolvers<undefined>();
    const notices: string[] = [];
    const trainer = startTrainer(job, (event) => {
      this.#record(store, run, event, notices);
      if (event.kind === 'started') started.resolve(undefined);
    });
    const refused = Promise.withResolvers<never>();
    // Nobody may be waiting for it any more.
    refused.promise.catch(() => undefined);
    const ended = trainer.end.then((end) => {
      this.#training.delete(project);
      if (this.#projects.isOpen(project)) this.#finish(store, run, end);
      if (end.kind === 'refused') refused.reject(fromErrorValue(end.error));
      else started.resolve(undefined);
    });
    ended.catch(() => undefined);
    this.#training.set(project, { run, trainer, ended, notices });
    await Promise.race([started.promise, refused.promise, ended]);
    // A refusal ends the run too, and is the better story.
    await Promise.race([refused.promise, Promise.resolve()]);
    return notices;
  }

  isTraining(project: string, run: number): boolean {
    return this.#training.get(project)?.run === run;
  }

  /** @throws MambrushError 'run-not-in-progress' */
  order(project: string, run: number | undefined, order: Parameters<Trainer['order']>[0]): number {
    const training = this.#training.get(project);
    if (training === undefined || (run !== undefined && run !== training.run)) {
      const which = run === undefined ? 'No run' : `Run ${String(run)}`;
      throw new MambrushError('run-not-in-progress', `${which} of this project is training now.`, { path: project });
    }
    training.trainer.order(order);
    return training.run;
  }

  /** Resolves when the run trains no longer: at once when it does not. */
  async whenEnded(project: string, run: number): Promise<void> {
    const training = this.#training.get(project);
    if (training?.run === run) await training.ended;
  }

  /** Ends what trains in a project; everything finished is saved. */
  async stop(project: string): Promise<void> {
    const training = this.#training.get(project);
    if (training === undefined) return;
    training.trainer.order('abort');
    await training.ended.catch(() => undefined);
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#training.keys()].map((project) => this.stop(project)));
  }

  #record(store: ProjectStore, run: number, event: TrainingEvent, notices: string[]): void {
    const project = store.folder;
    switch (event.kind) {
      case 'notice':
        notices.push(event.text);
        break;
      case 'step': {
        const planned = plannedEpochs(store, run);
        const { epoch, step, steps, secondsLeft, imagesPerSecond } = event;
        const value = Math.min(1, (epoch - 1 + step / Math.max(step, steps)) / planned);
        this.#emit({ kind: 'train.progress', project, run, value, epoch, secondsLeft, imagesPerSecond });
        break;
      }
      case 'epoch': {
        const { bestFile, latestFile } = new RunFolder(store.runFolder(run));
        store.runs.addEpoch(run, event.metrics);
        store.runs.update(run, { latestFile, ...(event.best && { bestEpoch: event.best.epoch, bestFile }) });
        this.#emit({ kind: 'train.epoch', project, run, epoch: epochInfoOf(event.metrics), best: event.improved });
        break;
      }
      case 'started':
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

  #finish(store: ProjectStore, run: number, end: TrainerEnd): void {
    if (end.kind === 'ended') {
      this.#setState(store, run, changeOf(end.outcome, new RunFolder(store.runFolder(run))));
    } else if (end.kind === 'refused') {
      this.#setState(store, run, { status: 'failed', message: end.error.message });
    } else {
      const words = end.lastWords === '' ? '' : ` It said: ${end.lastWords}`;
      const advice = holdsRun(store.runFolder(run))
        ? 'Resume the run: it goes on from its last epoch.'
        : 'Start again.';
      const message = `The trainer ended unexpectedly (${end.how}). ${advice}${words}`;
      this.#setState(store, run, { status: 'interrupted', message });
    }
  }

  #setState(store: ProjectStore, run: number, change: RunChange): void {
    const record = store.runs.update(run, change);
    this.#emit({ kind: 'train.state', project: store.folder, run: describeRun(store, record) });
  }
}

function changeOf({ status, reason, best }: RunOutcome, { bestFile }: RunFolder): RunChange {
  return {
    status,
    message: status === 'done' ? undefined : reason,
    ...(best !== undefined && { bestEpoch: best.epoch, bestFile }),
  };
}

function plannedEpochs(store: ProjectStore, run: number): number {
  const epochs = store.runs.get(run)?.settings['epochs'];
  return typeof epochs === 'number' ? epochs : 1;
}
