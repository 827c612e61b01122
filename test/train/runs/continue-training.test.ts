import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../../engine/network/checkpoint.ts';
import { continuedSettings, continuedState } from '../../../engine/train/runs/continue-training.ts';
import { RunFolder } from '../../../engine/train/runs/run-folder.ts';
import { resumeRun, startRun } from '../../../engine/train/runs/start-run.ts';
import { TrainingControl } from '../../../engine/train/training-control.ts';
import type { RunOutcome, TrainingEvent } from '../../../engine/train/training-event.ts';
import type { TrainingSettingsInput } from '../../../engine/contract/training-settings.ts';
import { hasShared, sharedFolder } from '../../fixtures/shared.ts';
import { referenceLatest } from '../../network/pytorch/reference-latest.ts';
import { DiscSamples } from '../disc-samples.ts';
import { temporaryFolder } from '../run-results.ts';
import { quickExecutor, tinySpec } from '../tiny-spec.ts';

const samples = { training: [1, 2, 3, 4, 5], validation: [11, 12, 13] };
const recipe: TrainingSettingsInput = { learningRate: 5e-3, schedule: { kind: 'cosine', period: 6, lowest: 1e-4 } };

async function train(
  settings: TrainingSettingsInput,
  watch: Parameters<typeof startRun>[1] = {},
): Promise<{ readonly folder: RunFolder; readonly outcome: RunOutcome }> {
  const folder = new RunFolder(join(temporaryFolder(), 'run'));
  const source = new DiscSamples(samples);
  const outcome = await startRun(
    { folder: folder.path, spec: tinySpec(settings), executor: quickExecutor, source },
    watch,
  );
  return { folder, outcome };
}

const annealing = { period: 6, lowest: 1e-4, learningRate: 5e-3 };

/** What the reference's code would have saved where this run is. */
function savedByReference(folder: RunFolder, steps: number): string {
  const path = join(temporaryFolder(), 'latest.pth');
  writeFileSync(path, referenceLatest(folder.latestFile, { ...annealing, steps }));
  return path;
}

function goingOn(path: string, more: TrainingSettingsInput): TrainingSettingsInput {
  const given = { batch: 2, size: 32, ...more, warmStart: path, continues: true };
  return continuedSettings(readCheckpoint(path), path, given).settings;
}

const messages = (notes: readonly { readonly message: string }[]): string[] => notes.map(({ message }) => message);
const latestOf = (folder: RunFolder) => readCheckpoint(folder.latestFile);
const losses = (folder: RunFolder): unknown[] => folder.readMetrics().map(({ epoch, valLoss }) => [epoch, valLoss]);

describe('a run that goes on from a checkpoint of PyTorch', () => {
  it('ends with the bits of a run that was never interrupted', async () => {
    const whole = await train({ ...recipe, epochs: 4 });
    const half = await train({ ...recipe, epochs: 2 });
    const rest = await train(goingOn(savedByReference(half.folder, 2), { epochs: 4 }));
    expect(rest.outcome).toMatchObject({ status: 'done', epoch: 4 });
    expect(losses(rest.folder)).toEqual(losses(whole.folder).slice(2));
    const [found, wanted] = [latestOf(rest.folder), latestOf(whole.folder)];
    expect(found.parameters).toEqual(wanted.parameters);
    expect(found.moments).toEqual(wanted.moments);
  });

  it('goes on with its own count of the schedule, also after being interrupted itself', async () => {
    const half = await train({ ...recipe, epochs: 2 });
    const file = savedByReference(half.folder, 1);
    const settings = goingOn(file, { epochs: 5 });
    const rates = ({ folder }: { readonly folder: RunFolder }): unknown[] =>
      folder.readMetrics().map(({ learningRate }) => learningRate);
    const rest = await train(settings);
    const cosine = (epoch: number): number => 1e-4 + ((5e-3 - 1e-4) * (1 + Math.cos((Math.PI * epoch) / 6))) / 2;
    expect(rates(rest)).toEqual([1, 2, 3].map((epoch) => expect.closeTo(cosine(epoch), 12) as number));
    for (const at of [3, 4]) {
      const control = new TrainingControl();
      const onEvent = (event: TrainingEvent): void => {
        if (event.kind === 'step' && event.epoch === at && event.step === 2) control.abort();
      };
      const cut = await train(settings, { control, onEvent });
      expect(cut.outcome).toMatchObject({ status: 'interrupted', epoch: at - 1 });
      const source = new DiscSamples(samples);
      await resumeRun({ folder: cut.folder.path, executor: quickExecutor, source });
      expect(latestOf(cut.folder)).toEqual(latestOf(rest.folder));
      expect(rates(cut)).toEqual(rates(rest));
    }
  });

  it('chooses its best epoch anew, and waits for it from where it begins', async () => {
    const half = await train({ ...recipe, epochs: 2 });
    const rest = await train(goingOn(savedByReference(half.folder, 2), { epochs: 4, earlyStop: { patience: 1 } }));
    expect(rest.outcome.best?.epoch).toBeGreaterThan(2);
    expect(readCheckpoint(rest.folder.bestFile).metadata['epoch']).toBe(String(rest.outcome.best?.epoch));
  });
});

describe('a run that goes on from the latest checkpoint of another run', () => {
  it('has its settings and ends with its bits', async () => {
    const whole = await train({ ...recipe, epochs: 4, seed: 9 });
    const half = await train({ ...recipe, epochs: 2, seed: 9 });
    const path = half.folder.latestFile;
    const { settings, notes } = continuedSettings(readCheckpoint(path), path, {
      epochs: 4,
      warmStart: path,
      continues: true,
    });
    expect(settings).toMatchObject({ seed: 9, batch: 2, size: { width: 32, height: 32 }, learningRate: 5e-3 });
    expect(messages(notes).join(' ')).toContain("goes on after epoch 2 of 'latest.safetensors'");
    const rest = await train(settings);
    expect(latestOf(rest.folder).parameters).toEqual(latestOf(whole.folder).parameters);
  });
});

describe('going on', () => {
  it('takes what is given in place of what the file says, and says what it assumes', async () => {
    const half = await train({ ...recipe, epochs: 1 });
    const path = savedByReference(half.folder, 1);
    const file = readCheckpoint(path);
    const plain = continuedSettings(file, path, {});
    expect(plain.settings).toMatchObject({
      optimiser: { kind: 'adamw', weightDecay: 0.01 },
      schedule: { kind: 'cosine', period: 6, lowest: 1e-4 },
      learningRate: 5e-3,
      epochs: 250,
    });
    const said = messages(plain.notes).join(' ');
    expect(said).toContain('it is taken for AdamW');
    expect(plain.notes).toHaveLength(2);
    const record = { ...(JSON.parse(file.metadata['training']!) as object), nextRate: 1, assumedAdamW: false };
    const odd = continuedSettings({ ...file, metadata: { training: JSON.stringify(record) } }, path, {});
    expect(odd.notes[1]?.message).toContain('has the learning rate 1, which its schedule does not give');
    const other = continuedSettings(file, path, {
      learningRate: 1e-2,
      optimiser: { kind: 'adam', weightDecay: 0 },
      schedule: { kind: 'constant' },
    });
    expect(other.settings).toMatchObject({
      optimiser: { kind: 'adam', beta2: 0.999, weightDecay: 0 },
      schedule: { kind: 'constant' },
      learningRate: 1e-2,
    });
    expect(other.notes).toHaveLength(1);
  });

  it('is refused, saying why, where a file has nothing to go on from or nothing is left to do', async () => {
    const { folder } = await train({ ...recipe, epochs: 2 });
    const path = savedByReference(folder, 2);
    const file = readCheckpoint(path);
    const refusal = (code: string, message: string): Error =>
      expect.objectContaining({ code, path, message: expect.stringContaining(message) as string }) as Error;
    const bare = { ...file, moments: undefined, metadata: {} };
    expect(() => continuedState(bare, path)).toThrow(refusal('warm-start-mismatch', 'no state of an optimiser'));
    const broken = (training: object) => ({ ...file, metadata: { training: JSON.stringify(training) } });
    expect(() => continuedState(broken({ problem: 'it is so' }), path)).toThrow(
      refusal('warm-start-mismatch', 'it is so'),
    );
    expect(() => continuedState(broken({ epoch: -1 }), path)).toThrow(refusal('warm-start-mismatch', 'is damaged'));
    const record = JSON.parse(file.metadata['training']!) as object;
    const strange = broken({ ...record, schedule: { kind: 'unknown', name: 'LambdaLR' } });
    expect(() => continuedSettings(strange, path, {})).toThrow(refusal('warm-start-mismatch', 'LambdaLR'));
    expect(continuedSettings(strange, path, { schedule: { kind: 'step' } }).settings.schedule.kind).toBe('step');
    const sgd = { optimiser: { kind: 'sgd' } } as const;
    expect(() => continuedSettings(file, path, sgd)).toThrow(refusal('warm-start-mismatch', 'does not fit sgd'));
    expect(() => continuedSettings(file, path, { epochs: 2 })).toThrow(
      refusal('training-settings', 'Give it more epochs'),
    );
    const best = folder.bestFile;
    await expect(train({ ...recipe, epochs: 4, warmStart: best, continues: true })).rejects.toMatchObject({
      code: 'warm-start-mismatch',
    });
    await expect(train({ ...recipe, continues: true })).rejects.toMatchObject({ code: 'training-settings' });
  });
});

describe.skipIf(!hasShared)("the reference's latest.pth (skipped where ../shared is missing)", () => {
  it('is gone on from after its third epoch, with the rate that its schedule has reached', () => {
    const path = join(sharedFolder, 'golden', 'checkpoints', 'latest.pth');
    const file = readCheckpoint(path);
    expect(continuedState(file, path)).toEqual({
      epoch: 3,
      step: 3,
      monitored: 'validation-loss',
      losses: [],
      continued: { epoch: 3, scheduleEpoch: 1 },
    });
    const { notes } = continuedSettings(file, path, {});
    expect(notes[0]?.message).toContain('after epoch 3');
    expect(notes[0]?.message).toContain('the learning rate 0.000999');
    expect(notes).toHaveLength(2);
  });
});
