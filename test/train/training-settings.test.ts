import { describe, expect, it } from 'vitest';
import { parseTrainingSettings } from '../../engine/train/training-settings.ts';

function messageOf(input: unknown): string {
  try {
    parseTrainingSettings(input);
  } catch (error) {
    expect(error).toMatchObject({ name: 'TrainingError', code: 'training-settings' });
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

describe('parseTrainingSettings', () => {
  it("gives the reference's recipe when nothing is said", () => {
    expect(parseTrainingSettings()).toEqual({
      epochs: 250,
      batch: 8,
      validationBatch: 8,
      size: { width: 256, height: 256 },
      seed: 42,
      initialisation: 'reference',
      learningRate: 1e-3,
      optimiser: { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-2 },
      schedule: { kind: 'cosine', period: 50, lowest: 1e-5 },
      augmentation: { enabled: true, turnProbability: 0.5, rotationProbability: 0.5 },
    });
  });

  it("takes one side or both, and the optimiser's own rate", () => {
    expect(parseTrainingSettings({ size: 64 }).size).toEqual({ width: 64, height: 64 });
    expect(parseTrainingSettings({ size: { width: 96, height: 160 } }).size).toEqual({ width: 96, height: 160 });
    expect(parseTrainingSettings({ optimiser: { kind: 'sgd' } }).learningRate).toBe(1e-2);
  });

  it('gives them in the order in which they are stored, whatever the order of what was given', () => {
    const given = {
      validationBatch: 2,
      learningRate: 0.5,
      earlyStop: { patience: 3 },
      schedule: { lowest: 0, kind: 'plateau' },
      optimiser: { weightDecay: 0, kind: 'adam' },
      threads: 2,
      clipNorm: 1,
      warmStart: '/a',
    };
    expect(JSON.stringify(parseTrainingSettings(given))).toBe(
      '{"epochs":250,"batch":8,"size":{"width":256,"height":256},"seed":42,"initialisation":"reference","warmStart":"/a",' +
        '"optimiser":{"kind":"adam","beta1":0.9,"beta2":0.999,"epsilon":1e-8,"weightDecay":0},' +
        '"schedule":{"kind":"plateau","factor":0.1,"patience":10,"threshold":0.0001,"cooldown":0,"lowest":0},"clipNorm":1,' +
        '"augmentation":{"enabled":true,"turnProbability":0.5,"rotationProbability":0.5},"earlyStop":{"patience":3},' +
        '"threads":2,"learningRate":0.5,"validationBatch":2}',
    );
  });

  it('gives the same when what it gave is parsed again', () => {
    const settings = parseTrainingSettings({ epochs: 3, schedule: { kind: 'step' }, earlyStop: { patience: 4 } });
    const text = JSON.stringify(settings);
    expect(JSON.stringify(parseTrainingSettings(JSON.parse(text)))).toBe(text);
  });

  it('names every wrong setting and what it may be', () => {
    const message = messageOf({ epochs: 0, batch: 2.5, learningRate: -1, optimiser: { kind: 'adamw', beta1: 1 } });
    expect(message).toContain("'epochs' must be a whole number from 1 to 100000");
    expect(message).toContain("'batch' must be a whole number from 1 to 256");
    expect(message).toContain("'learningRate' must be a number above 0");
    expect(message).toContain("'optimiser.beta1' must be a number from 0 to below 1");
  });

  it.each([
    [{ size: 100 }, "'size' must be a side"],
    [{ epoch: 5 }, "there is no setting 'epoch'"],
    [{ augmentation: { flip: true } }, "there is no setting 'augmentation.flip'"],
    [{ schedule: { kind: 'linear' } }, "'schedule"],
    [{ optimiser: { kind: 'lion' } }, "'optimiser"],
    [{ epochs: 5, schedule: { kind: 'warm-up-cosine', warmUp: 5 } }, 'the warm-up must be shorter than the run'],
    [{ seed: NaN }, "'seed' must be a whole number"],
    [{ learningRate: Infinity }, "'learningRate' must be"],
    ['fast', 'cannot be used'],
  ])('refuses %j', (input, expected) => {
    expect(messageOf(input)).toContain(expected);
  });
});
