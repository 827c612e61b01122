import { describe, expect, it, onTestFinished } from 'vitest';
import { exampleInputs } from '../../engine/compute/compare-results.ts';
import type { OpenedCompute } from '../../engine/infer/executor-predictor.ts';
import { openOnnxCompute } from '../../engine/infer/onnx-compute.ts';
import type { OnnxShape } from '../../engine/infer/onnx-compute.ts';
import { initialParameters } from '../../engine/network/initialise.ts';
import { onnxModel } from '../../engine/onnx/onnx-model.ts';
import { narrow } from '../train/tiny-spec.ts';

const shape: OnnxShape = { width: 64, height: 32, channels: 3, classes: 1 };
const model = onnxModel(narrow, initialParameters(narrow, 'mamba', 1), 'fast', {
  classes: [],
  size: shape,
  version: '',
  origin: '',
});

async function open(overrides: Partial<OnnxShape> = {}): Promise<OpenedCompute> {
  const opened = await openOnnxCompute(model, { ...shape, ...overrides }, { threads: 1 });
  onTestFinished(opened.close);
  return opened;
}

describe('a model of ours in ONNX Runtime', () => {
  it('answers many questions asked at once, each with its own answer', async () => {
    const { compute } = await open();
    const inputs = exampleInputs(shape, 12);
    const alone: Float32Array[] = [];
    for (const input of inputs) alone.push(...(await compute([input])));
    expect(new Set(alone.map((map) => map.join())).size).toBe(12);
    const together = await Promise.all([compute(inputs.slice(0, 1)), compute(inputs.slice(1, 4)), compute(inputs)]);
    const expected = [...alone.slice(0, 1), ...alone.slice(1, 4), ...alone];
    for (const [at, map] of together.flat().entries()) {
      const apart = map.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[at]![i]!)), 0);
      expect(apart).toBeLessThan(1e-6);
    }
  });

  it('keeps nothing for each batch: hundreds of them bring no warning of Node', async () => {
    const warnings: string[] = [];
    const note = (warning: Error): number => warnings.push(warning.name);
    process.on('warning', note);
    onTestFinished(() => void process.off('warning', note));
    const { compute } = await open();
    const [input] = exampleInputs(shape, 1);
    for (let run = 0; run < 200; run++) await compute([input!]);
    await new Promise(setImmediate);
    expect(warnings).toEqual([]);
  });

  it('that is closed at work fails who waits, refuses who asks later, and leaves the process alive', async () => {
    const large: OnnxShape = { ...shape, width: 256, height: 256 };
    const inputs = exampleInputs(large, 4);
    for (const delay of [0, 3, 6, 9, 12]) {
      const { compute, close } = await openOnnxCompute(model, large, { threads: 1 });
      const outcomes = [1, 2, 3, 4].map(() =>
        compute(inputs).then(
          () => 'computed',
          (error: unknown) => (error as { code: string }).code,
        ),
      );
      await new Promise((resolve) => setTimeout(resolve, delay));
      await close();
      expect((await Promise.all(outcomes)).at(-1)).toBe('onnx-unavailable');
      await expect(compute(inputs)).rejects.toThrow('it was closed');
    }
  });

  it.each([
    ['grey images for color ones', { channels: 1 }, /Got: 1 Expected: 3/],
    ['another number of classes', { classes: 2 }, /it gives 2048 probabilities, not 4096/],
    ['sides that are no multiples of 32', { width: 40 }, /^ONNX Runtime \(cpu\) cannot run this network here: [^/\[]/],
  ] as const)('that is fed or asked for %s says so, and works on', async (_what, overrides, words) => {
    const opened = await open(overrides);
    const wrong = exampleInputs({ ...shape, ...overrides }, 1);
    const failure = { code: 'onnx-unavailable', message: expect.stringMatching(words) as string };
    await expect(opened.compute(wrong)).rejects.toMatchObject(failure);
    await expect(opened.compute(wrong)).rejects.toMatchObject(failure);
  });

  it.each([
    ['an empty file', () => new Uint8Array()],
    ['half of a model', () => model.subarray(0, model.length / 2)],
    ['a model with an operator that there is not', () => Buffer.from(model).fill('X', ...spanOf('LinearAttention'))],
    ['noise', () => Uint8Array.from({ length: 5000 }, (_, at) => Math.imul(at, 2654435761) >>> 24)],
  ])('is refused with a reason when it is %s', async (_what, make) => {
    await expect(openOnnxCompute(make(), shape, { threads: 1 })).rejects.toMatchObject({
      code: 'onnx-unavailable',
      message: expect.stringMatching(/^ONNX Runtime \(cpu\) cannot run this network here: .{10,}\.$/s) as string,
    });
  });

  it('on a processor that is not there is refused with a reason', async () => {
    const foreign = process.platform === 'win32' ? 'coreml' : 'dml';
    const refused = openOnnxCompute(model, shape, { threads: 1, provider: foreign });
    await expect(refused).rejects.toMatchObject({ code: 'onnx-unavailable' });
  });

  it('on WebGPU runs, or says what is missing without a place in the library’s source', async () => {
    const opened = await openOnnxCompute(model, shape, { threads: 1, provider: 'webgpu' }).catch(
      (error: unknown) => error as Error,
    );
    if (opened instanceof Error) expect(opened.message).not.toMatch(/\.cc:\d|was false/);
    else await opened.close();
  });
});

function spanOf(text: string): [number, number] {
  const from = Buffer.from(model).indexOf(text);
  return [from, from + text.length];
}
