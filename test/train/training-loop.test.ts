import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { referenceExecutor } from '../../engine/executors/reference/reference-executor.ts';
import { readCheckpoint, writeCheckpoint } from '../../engine/network/checkpoint.ts';
import type { Executor } from '../../engine/program/executor.ts';
import { RunFolder } from '../../engine/train/runs/run-folder.ts';
import { resumeRun, startRun } from '../../engine/train/runs/start-run.ts';
import { networkDifferences } from '../../engine/train/runs/run-spec.ts';
import { TrainingControl } from '../../engine/train/training-control.ts';
import type { RunOutcome, TrainingEvent } from '../../engine/train/training-event.ts';
import type { TrainingSettingsInput } from '../../engine/contract/training-settings.ts';
import { DiscSamples } from './disc-samples.ts';
import type { DiscOptions } from './disc-samples.ts';
import { eventsOf, temporaryFolder } from './run-results.ts';
import { quickExecutor, tinySpec } from './tiny-spec.ts';

interface Ran {
  readonly folder: RunFolder;
  readonly outcome: RunOutcome;
  readonly events: readonly TrainingEvent[];
}

const few: DiscOptions = { training: [1, 2, 3, 4, 5], validation: [11, 12, 13] };

async function train(
  settings: TrainingSettingsInput = {},
  samples: DiscOptions = few,
  more: { onEvent?: (event: TrainingEvent) => void; control?: TrainingControl; executor?: Executor } = {},
): Promise<Ran> {
  const folder = new RunFolder(join(temporaryFolder(), 'run'));
  const events: TrainingEvent[] = [];
  const outcome = await startRun(
    {
      folder: folder.path,
      spec: tinySpec(settings, { classes: samples.classes ?? 1 }),
      executor: more.executor ?? quickExecutor,
      source: new DiscSamples(samples),
    },
    {
      control: more.control,
      onEvent: (event) => {
        events.push(event);
        more.onEvent?.(event);
      },
    },
  );
  return { folder, outcome, events };
}

async function resume(
  folder: RunFolder,
  samples: DiscOptions = few,
  more: Partial<Parameters<typeof resumeRun>[0]> = {},
): Promise<RunOutcome> {
  const source = new DiscSamples(samples);
  return resumeRun({ folder: folder.path, executor: quickExecutor, source, ...more });
}

describe('a training run', () => {
  it('learns a few samples by heart', async () => {
    const training = [1, 2, 3, 4];
    const settings = { epochs: 25, batch: 2, augmentation: { enabled: false } };
    const { outcome, events, folder } = await train(settings, { training, validation: training });
    const losses = eventsOf(events, 'epoch').map(({ metrics }) => metrics.valLoss!);
    expect(outcome).toMatchObject({ status: 'done', epoch: 25 });
    expect(losses.at(-1)).toBeLessThan(0.25 * losses[0]!);
    expect(outcome.best?.dice).toBeGreaterThan(0.9);
    expect(JSON.parse(readCheckpoint(folder.bestFile).metadata['best']!)).toMatchObject({ epoch: outcome.best?.epoch });
  });

  it('learns several classes', async () => {
    const training = [1, 2, 3, 4];
    const samples = { training, validation: training, classes: 2 };
    const { events } = await train({ epochs: 12, augmentation: { enabled: false } }, samples);
    const losses = eventsOf(events, 'epoch').map(({ metrics }) => metrics.valLoss!);
    expect(losses.at(-1)).toBeLessThan(0.6 * losses[0]!);
  });

  it('tells what it does in order, and leaves its files', async () => {
    const { events, folder, outcome } = await train();
    const kinds = events.map(({ kind }) => kind);
    const epoch = ['step', 'step', 'step', 'epoch'];
    expect(kinds).toEqual(['started', ...epoch, ...epoch, ...epoch, 'finished']);
    expect(eventsOf(events, 'started')[0]).toMatchObject({
      epoch: 1,
      epochs: 3,
      trainingSamples: 5,
      validationSamples: 3,
    });
    const steps = eventsOf(events, 'step');
    expect(steps[2]).toMatchObject({ epoch: 1, step: 3, steps: 3 });
    expect(steps.every(({ imagesPerSecond, secondsLeft }) => imagesPerSecond > 0 && secondsLeft > 0)).toBe(true);
    expect(folder.readMetrics()).toEqual(eventsOf(events, 'epoch').map(({ metrics }) => metrics));
    expect(outcome.reason).toBe('all epochs are done');
    expect(readFileSync(folder.logFile, 'utf8')).toContain('started on ');
    const { metadata } = readCheckpoint(folder.bestFile);
    expect(metadata).toMatchObject({
      size: '32x32',
      classes: '[{"name":"class 1"}]',
      epoch: String(outcome.best?.epoch),
    });
  });

  it('gives the same bits for the same seed, and others for another', async () => {
    const [first, second, other] = [await train(), await train(), await train({ seed: 43 })];
    const bytes = ({ folder }: Ran): Buffer => readFileSync(folder.latestFile);
    expect(bytes(first).equals(bytes(second))).toBe(true);
    expect(bytes(first).equals(bytes(other))).toBe(false);
  });

  it('weighs the samples of a smaller last batch as all others', async () => {
    const settings = { epochs: 1, batch: 4, learningRate: 1e-9, augmentation: { enabled: false } };
    const { events } = await train(settings, { training: [1, 2, 3, 4, 5], validation: [1, 2, 3, 4, 5] });
    const { metrics } = eventsOf(events, 'epoch')[0]!;
    expect(metrics.trainLoss).toBeCloseTo(metrics.valLoss!, 5);
  });

  it('learns nothing from unlabelled pixels, and leaves unlabelled samples out', async () => {
    const traits = { 3: 'unlabelled', 12: 'unlabelled' } as const;
    const { events, folder } = await train({}, { ...few, traits });
    expect(eventsOf(events, 'started')[0]).toMatchObject({ validationSamples: 2 });
    expect(eventsOf(events, 'notice').map(({ text }) => text)).toEqual([
      'Left out of the validation images: 1, of which 1 have no labeled pixel.',
      'Left out of the training images: 1, of which 1 have no labeled pixel.',
    ]);
    // What an unlabelled sample shows must not matter at all.
    const other = await train({}, { ...few, training: [1, 2, -1, 4, 5], validation: [11, 13] });
    expect(readCheckpoint(other.folder.latestFile).parameters).toEqual(readCheckpoint(folder.latestFile).parameters);
  });

  it.each(['empty', 'half-labelled'] as const)('takes samples that are all %s', async (trait) => {
    const traits = Object.fromEntries([1, 2, 3, 4, 5, 11, 12, 13].map((sample) => [sample, trait]));
    const { outcome, folder } = await train({}, { ...few, traits });
    expect(outcome).toMatchObject({ status: 'done', reason: 'all epochs are done' });
    expect(outcome.best?.loss).toBeGreaterThan(0);
    expect(folder.readMetrics()).toHaveLength(3);
  });

  it('leaves images of one single color out of training, where they would break it, and says so', async () => {
    const { outcome, events } = await train({}, { ...few, traits: { 2: 'constant', 12: 'constant' } });
    expect(outcome).toMatchObject({ status: 'done', epoch: 3 });
    expect(eventsOf(events, 'started')[0]?.validationSamples).toBe(3);
    expect(eventsOf(events, 'notice').map(({ text }) => text)).toEqual([
      'Left out of the training images: 1, of which 1 are of one single color.',
    ]);
    const constant = { 1: 'constant', 2: 'constant' } as const;
    const none = await train({}, { training: [1, 2], validation: [11], traits: constant });
    expect(none.outcome).toMatchObject({ status: 'failed', code: 'nothing-to-learn' });
  });

  it('chooses the best by the training loss where nothing is there to validate with, and says so', async () => {
    const { outcome, events } = await train({}, { training: [1, 2], validation: [] });
    expect(eventsOf(events, 'started')[0]?.monitored).toBe('training-loss');
    expect(eventsOf(events, 'notice')[0]?.text).toContain('chosen by the training loss');
    expect(outcome.best?.loss).toBe(eventsOf(events, 'epoch')[outcome.best!.epoch - 1]?.metrics.trainLoss);
  });

  it('takes in training images that come while it runs, from the next epoch on', async () => {
    const source = new DiscSamples({ training: [1, 2], validation: [11] });
    const events: TrainingEvent[] = [];
    const request = { folder: join(temporaryFolder(), 'run'), spec: tinySpec(), executor: quickExecutor, source };
    await startRun(request, {
      onEvent: (event) => {
        events.push(event);
        if (event.kind === 'step' && event.epoch === 1) source.setTraining([1, 2, 3, 4, 5, 6]);
      },
    });
    expect(eventsOf(events, 'step').map(({ epoch }) => epoch)).toEqual([1, 2, 2, 2, 3, 3, 3]);
  });

  it('ends early when nothing gets better', async () => {
    const { outcome } = await train({ epochs: 50, learningRate: 1e-30, earlyStop: { patience: 2 } }, few);
    expect(outcome).toMatchObject({ status: 'done', reason: 'no better validation loss in 2 epochs' });
    expect(outcome.epoch).toBe(outcome.best!.epoch + 2);
  });

  it('clips gradients where asked', async () => {
    const clipped = await train({ epochs: 1, clipNorm: 1e-3, optimiser: { kind: 'sgd' } });
    const plain = await train({ epochs: 1, optimiser: { kind: 'sgd' } });
    expect(readFileSync(clipped.folder.latestFile).equals(readFileSync(plain.folder.latestFile))).toBe(false);
  });
});

describe('a run that cannot begin', () => {
  it('fails with a reason when no training image has labels', async () => {
    const traits = Object.fromEntries(few.training.map((sample) => [sample, 'unlabelled' as const]));
    const { outcome } = await train({}, { ...few, traits });
    expect(outcome).toMatchObject({ status: 'failed', code: 'nothing-to-learn' });
    expect(outcome.reason).toContain('Left out of the training images: 5, of which 5 have no labeled pixel.');
  });

  it('fails with a reason when the training part is empty', async () => {
    const { outcome } = await train({}, { training: [], validation: [11] });
    expect(outcome).toMatchObject({ status: 'failed', code: 'nothing-to-learn' });
  });

  it('refuses a folder that holds a run, and samples of another kind', async () => {
    const { folder } = await train({ epochs: 1 });
    const request = { folder: folder.path, spec: tinySpec(), executor: quickExecutor };
    await expect(startRun({ ...request, source: new DiscSamples(few) })).rejects.toMatchObject({ code: 'run-exists' });
    const wide = new DiscSamples({ ...few, side: 64 });
    await expect(startRun({ ...request, source: wide })).rejects.toMatchObject({ code: 'run-mismatch' });
    const twoClasses = new DiscSamples({ ...few, classes: 2 });
    await expect(startRun({ ...request, source: twoClasses })).rejects.toMatchObject({ code: 'run-mismatch' });
  });

  it('refuses wrong settings and a network that cannot be built', async () => {
    const request = { folder: join(temporaryFolder(), 'run'), executor: quickExecutor, source: new DiscSamples(few) };
    await expect(startRun({ ...request, spec: tinySpec({ batch: 0 }) })).rejects.toMatchObject({
      code: 'training-settings',
    });
    const odd = tinySpec({}, { widths: [5, 8, 12, 16, 24, 32] });
    await expect(startRun({ ...request, spec: odd })).rejects.toMatchObject({ code: 'network-config' });
  });
});

describe('numbers that are not finite', () => {
  it('end the run at the last good checkpoint, with advice', async () => {
    const { outcome, folder } = await train({ epochs: 40, learningRate: 1e6 });
    expect(outcome).toMatchObject({ status: 'failed', code: 'training-diverged' });
    expect(outcome.reason).toContain('lower learning rate');
    // Reading refuses what is not finite.
    expect(readCheckpoint(folder.latestFile).metadata['epoch']).toBe(String(outcome.epoch));
    if (outcome.best !== undefined) readCheckpoint(folder.bestFile);
    expect(folder.readMetrics()).toHaveLength(outcome.epoch);
  });

  it('are noticed when they come from the executor in the middle of the run', async () => {
    let steps = 0;
    const poisoned: Executor = {
      ...quickExecutor,
      open: async (program, options) => {
        const session = await quickExecutor.open(program, options);
        const run = session.run.bind(session);
        session.run = async (request) => {
          if (request.phase === 'step' && ++steps === 5) {
            const parameters = await session.read('parameters');
            parameters[0] = NaN;
            await session.write('parameters', parameters);
          }
          return run(request);
        };
        return session;
      },
    };
    const { outcome, folder, events } = await train({ epochs: 3 }, few, { executor: poisoned });
    expect(outcome).toMatchObject({ status: 'failed', code: 'training-diverged', epoch: 1 });
    expect(outcome.reason).toContain('in step 2 of epoch 2');
    expect(readCheckpoint(folder.latestFile).metadata['epoch']).toBe('1');
    expect(readCheckpoint(folder.bestFile).metadata['epoch']).toBe('1');
    expect(events.at(-1)).toMatchObject({ kind: 'finished', status: 'failed' });
  });
});

describe('steering a run', () => {
  it('pauses before the next step and goes on to the same bits', async () => {
    const control = new TrainingControl();
    const kinds: string[] = [];
    const paused = await train({}, few, {
      control,
      onEvent: (event) => {
        kinds.push(event.kind);
        if (event.kind === 'step' && event.epoch === 2 && event.step === 1) control.pause();
        if (event.kind === 'paused') setImmediate(() => control.resume());
      },
    });
    expect(kinds.slice(kinds.indexOf('paused') - 1, kinds.indexOf('paused') + 3)).toEqual([
      'step',
      'paused',
      'resumed',
      'step',
    ]);
    const plain = await train();
    expect(readFileSync(paused.folder.latestFile).equals(readFileSync(plain.folder.latestFile))).toBe(true);
  });

  it('keeps the best when stopped, and what was learned when stopped in the first epoch', async () => {
    const control = new TrainingControl();
    const { outcome, folder } = await train({}, few, {
      control,
      onEvent: (event) => {
        if (event.kind === 'step' && event.step === 2) control.stop();
      },
    });
    expect(outcome).toMatchObject({ status: 'stopped', epoch: 0, best: { epoch: 1, partial: true } });
    expect(readCheckpoint(folder.bestFile).metadata['epoch']).toBe('1');
    expect(await resume(folder)).toMatchObject({ status: 'done', epoch: 3 });
  });

  it('ends a pause by stopping', async () => {
    const control = new TrainingControl();
    const { outcome } = await train({}, few, {
      control,
      onEvent: (event) => {
        if (event.kind === 'epoch') control.pause();
        if (event.kind === 'paused') setImmediate(() => control.stop());
      },
    });
    expect(outcome).toMatchObject({ status: 'stopped', epoch: 1, best: { epoch: 1 } });
  });

  it.each([
    ['stopped', 'stop', 2, 2],
    ['abandoned', 'abort', 2, 1],
    ['abandoned in its first step', 'abort', 1, 1],
  ] as const)('a run that was %s goes on to the bits of one that was not', async (_, how, epoch, step) => {
    const control = new TrainingControl();
    const ended = await train({ epochs: 4, schedule: { kind: 'plateau', patience: 0 } }, few, {
      control,
      onEvent: (event) => {
        if (event.kind === 'step' && event.epoch === epoch && event.step === step) control[how]();
      },
    });
    expect(ended.outcome.status).toBe(how === 'stop' ? 'stopped' : 'interrupted');
    expect(await resume(ended.folder)).toMatchObject({ status: 'done', epoch: 4 });
    const whole = await train({ epochs: 4, schedule: { kind: 'plateau', patience: 0 } });
    expect(readFileSync(ended.folder.latestFile).equals(readFileSync(whole.folder.latestFile))).toBe(true);
    expect(readFileSync(ended.folder.bestFile).equals(readFileSync(whole.folder.bestFile))).toBe(true);
    const losses = ({ folder }: Pick<Ran, 'folder'>): unknown[] => folder.readMetrics().map(({ valLoss }) => valLoss);
    expect(losses(ended)).toEqual(losses(whole));
  });
});

describe('resuming a run', () => {
  it('leaves a run that is over as it is, and takes more epochs', async () => {
    const { folder } = await train({ epochs: 2 });
    const before = readFileSync(folder.latestFile);
    expect(await resume(folder)).toMatchObject({ status: 'done', epoch: 2 });
    expect(readFileSync(folder.latestFile).equals(before)).toBe(true);
    expect(await resume(folder, few, { changes: { epochs: 3 } })).toMatchObject({ status: 'done', epoch: 3 });
    expect(folder.readSpec().settings.epochs).toBe(3);
    const whole = await train({ epochs: 3 });
    expect(readCheckpoint(folder.latestFile).parameters).toEqual(readCheckpoint(whole.folder.latestFile).parameters);
  });

  it('gives the same bits on an executor that computes in float64', async () => {
    const executor = referenceExecutor;
    const { folder } = await train({ epochs: 1 }, few, { executor });
    await resume(folder, few, { changes: { epochs: 2 }, executor });
    const whole = await train({ epochs: 2 }, few, { executor });
    expect(readFileSync(folder.latestFile).equals(readFileSync(whole.folder.latestFile))).toBe(true);
  });

  it('drops what a crash left in the metrics', async () => {
    const { folder } = await train({ epochs: 2 });
    appendFileSync(folder.metricsFile, '{"epoch":3,"trainLoss":1}\n{"epoch":4,"tra');
    expect(folder.readMetrics().map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    await resume(folder, few, { changes: { epochs: 3 } });
    const metrics = folder.readMetrics();
    expect(metrics.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(metrics[2]?.valLoss).toBeDefined();
  });

  it('refuses another network, other classes, another size and a damaged run', async () => {
    const { folder } = await train({ epochs: 1 });
    const code = (expected: string) => ({ name: 'TrainingError', code: expected, path: expect.any(String) as unknown });
    await expect(resume(folder, { ...few, side: 64 })).rejects.toMatchObject(code('run-mismatch'));
    await expect(resume(folder, { ...few, classes: 2 })).rejects.toMatchObject(code('run-mismatch'));
    const classes = [{ name: 'nucleus' }];
    await expect(resume(folder, few, { expectedClasses: classes })).rejects.toMatchObject(code('run-mismatch'));
    const { network } = folder.readSpec();
    expect(networkDifferences(network, { ...network, bridge: false })).toEqual(['it has the bridge on instead of off']);
    await expect(resume(new RunFolder('/nowhere/at/all'))).rejects.toMatchObject(code('run-missing'));
    const latest = readCheckpoint(folder.latestFile);
    writeCheckpoint(folder.latestFile, { ...latest, moments: undefined });
    await expect(resume(folder)).rejects.toMatchObject(code('run-damaged'));
    const { state: _, ...metadata } = latest.metadata;
    writeCheckpoint(folder.latestFile, { ...latest, metadata });
    await expect(resume(folder)).rejects.toMatchObject(code('run-damaged'));
    writeFileSync(folder.latestFile, 'no checkpoint');
    await expect(resume(folder)).rejects.toMatchObject({ code: 'checkpoint-damaged' });
    writeFileSync(folder.specFile, '{');
    await expect(resume(folder)).rejects.toMatchObject(code('run-damaged'));
  });
});

describe('a warm start', () => {
  it('begins from the parameters of a checkpoint', async () => {
    const first = await train({ epochs: 2, augmentation: { enabled: false } });
    const second = await train({ epochs: 1, warmStart: first.folder.latestFile, augmentation: { enabled: false } });
    const cold = await train({ epochs: 1, augmentation: { enabled: false } });
    const trainLoss = ({ folder }: Ran): number => folder.readMetrics()[0]!.trainLoss!;
    expect(trainLoss(second)).toBeLessThan(trainLoss(cold));
  });

  it('refuses a checkpoint with another number of classes, saying why, and of another network', async () => {
    const two = await train({ epochs: 1 }, { ...few, classes: 2 });
    const folder = join(temporaryFolder(), 'run');
    const request = { folder, executor: quickExecutor, source: new DiscSamples(few) };
    const fromTwo = startRun({ ...request, spec: tinySpec({ warmStart: two.folder.bestFile }) });
    await expect(fromTwo).rejects.toMatchObject({ code: 'warm-start-mismatch', path: two.folder.bestFile });
    await expect(fromTwo).rejects.toThrow('it knows 2 classes instead of 1');
    const one = await train({ epochs: 1 });
    const wide = tinySpec({ warmStart: one.folder.bestFile }, { widths: [8, 16, 24, 32, 48, 64] });
    await expect(startRun({ ...request, spec: wide })).rejects.toThrow('it has the widths 4,8,12,16,24,32 instead of');
    const foreign = tinySpec({ warmStart: join(folder, 'nothing.safetensors') });
    await expect(startRun({ ...request, spec: foreign })).rejects.toMatchObject({ code: 'checkpoint-unreadable' });
  });
});
