import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { exampleInputs } from '../../engine/compute/compare-results.ts';
import { openExecutorCompute } from '../../engine/infer/executor-predictor.ts';
import { prepareInput } from '../../engine/dataset/samples/prepare-sample.ts';
import { referenceExecutor } from '../../engine/executors/reference/reference-executor.ts';
import { initialParameters } from '../../engine/network/initialise.ts';
import type { NetworkConfig } from '../../engine/network/network-config.ts';
import { readSafetensors } from '../../engine/network/safetensors.ts';
import { checkpointFromTensors } from '../../engine/network/checkpoint.ts';
import { onnxModel } from '../../engine/onnx/onnx-model.ts';
import type { OnnxForm } from '../../engine/onnx/onnx-model.ts';
import { hasShared, sharedFolder } from '../fixtures/shared.ts';
import { narrow } from '../train/tiny-spec.ts';
import { decodeMessage, messagesOf, textsOf } from './decode-message.ts';

const forms: readonly OnnxForm[] = ['fast', 'portable'];
const facts = { size: { width: 64, height: 64 }, version: '1.2.3', origin: 'a test' };
const cell = { name: '细胞', color: '#e69f00' };

function modelOf(config: NetworkConfig, form: OnnxForm): Uint8Array {
  const classes = Array.from({ length: config.classes }, () => cell);
  return onnxModel(config, parametersOf(config), form, { classes, ...facts });
}

/** Far enough from the start for gates and decays to matter. */
function parametersOf(config: NetworkConfig): Float32Array {
  return initialParameters(config, 'mamba', 5).map((value, at) => value + 0.05 * Math.sin(at * 12.9898));
}

async function runModel(
  model: Uint8Array,
  pixels: Uint8Array,
  shape: readonly number[],
): Promise<{ readonly values: Float32Array; readonly dims: readonly number[] }> {
  const session = await InferenceSession.create(model, { logSeverityLevel: 4 });
  const { probabilities } = await session.run({ image: new Tensor('uint8', pixels, shape) });
  await session.release();
  return { values: probabilities!.data as Float32Array, dims: probabilities!.dims };
}

function largestDifference(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let largest = 0;
  for (let at = 0; at < one.length; at++) largest = Math.max(largest, Math.abs(one[at]! - other[at]!));
  return one.length === other.length ? largest : Infinity;
}

const variants: readonly (readonly [string, Partial<NetworkConfig>])[] = [
  ['one class, three channels', {}],
  ['grey images', { inputChannels: 1 }],
  ['three classes that exclude each other', { classes: 3, head: 'softmax' }],
  ['two classes that may overlap', { classes: 2, head: 'sigmoid' }],
  ['no bridge', { bridge: false }],
  ['heads as convolutions', { attention: 'conv' }],
  ['other widths, a step rank of two', { widths: [8, 12, 20, 24, 68, 72] }],
];

describe.each(forms)('a %s ONNX model', (form) => {
  it.each(variants)('gives what the reference computes: %s', async (_name, change) => {
    const config = { ...narrow, ...change };
    const size = { width: 96, height: 32 };
    const inputs = exampleInputs({ ...size, channels: config.inputChannels }, 2);
    const { compute, close } = await openExecutorCompute(referenceExecutor, config, parametersOf(config), size, 2);
    const want = await compute(inputs);
    await close();
    const pixels = Buffer.concat(inputs.map((input) => input.pixels));
    const found = await runModel(modelOf(config, form), pixels, [2, 32, 96, config.inputChannels]);
    expect(found.dims).toEqual([2, 32, 96, config.classes]);
    expect(
      largestDifference(
        found.values,
        want.flatMap((values) => [...values]),
      ),
    ).toBeLessThan(1e-5);
  });

  it('takes any batch and any sides that are multiples of 32, and gives images the same whatever stands beside them', async () => {
    const model = modelOf(narrow, form);
    const [a, b] = exampleInputs({ width: 64, height: 128, channels: 3 }, 2).map(({ pixels }) => pixels);
    const both = await runModel(model, Buffer.concat([a!, b!]), [2, 128, 64, 3]);
    const alone = await runModel(model, b!, [1, 128, 64, 3]);
    expect(largestDifference(both.values.subarray(128 * 64), alone.values)).toBeLessThan(1e-6);
  });

  it('loses no digits on a bright picture with one dark spot, where sums over all pixels would', async () => {
    const size = { width: 256, height: 256 };
    const pixels = Uint8Array.from({ length: 256 * 256 * 3 }, (_, at) => {
      const [column, row] = [Math.floor(at / 3) % 256, Math.floor(at / 768)];
      return (column - 60) ** 2 + (row - 80) ** 2 < 400 ? 0 : 250 + ((column * 7 + row * 13) % 6);
    });
    const { compute, close } = await openExecutorCompute(referenceExecutor, narrow, parametersOf(narrow), size, 1);
    const [want] = await compute([{ pixels, min: 0, max: 255 }]);
    await close();
    const found = await runModel(modelOf(narrow, form), pixels, [1, 256, 256, 3]);
    expect(largestDifference(found.values, want!)).toBeLessThan(1e-5);
  });

  it('makes zeros of a constant image, not NaN', async () => {
    const model = modelOf(narrow, form);
    const flat = await runModel(model, new Uint8Array(64 * 64 * 3).fill(200), [1, 64, 64, 3]);
    const black = await runModel(model, new Uint8Array(64 * 64 * 3), [1, 64, 64, 3]);
    expect(flat.values).toEqual(black.values);
    expect(flat.values.every(Number.isFinite)).toBe(true);
  });

  it('says in its metadata what a caller has to know, and names its operators', () => {
    const fields = decodeMessage(modelOf(narrow, form));
    const metadata = new Map(messagesOf(fields, 14).map((entry) => [textsOf(entry, 1)[0], textsOf(entry, 2)[0]]));
    expect(metadata.get('mambrush.size')).toBe('64x64');
    expect(JSON.parse(metadata.get('mambrush.classes')!)).toEqual([cell]);
    expect(metadata.get('mambrush.origin')).toBe('a test');
    const opsets = messagesOf(fields, 8).map((entry) => [textsOf(entry, 1)[0], entry.get(2)?.[0]]);
    expect(opsets).toEqual(
      form === 'fast'
        ? [
            ['', 20n],
            ['com.microsoft', 1n],
          ]
        : [['', 20n]],
    );
    const [graph] = messagesOf(fields, 7);
    const domains = new Set(messagesOf(graph!, 1).flatMap((node) => textsOf(node, 7)));
    expect([...domains]).toEqual(form === 'fast' ? ['com.microsoft'] : []);
  });

  it.skipIf(!hasShared).each(['net-64', 'net-96x160-bridge-conv', 'net-64-nobridge-3class-wide'])(
    'gives what the reference computes from real images with the golden parameters of %s (skipped where ../shared is missing)',
    async (name) => {
      const file = readSafetensors(join(sharedFolder, 'golden', `${name}.safetensors`));
      const parameters = new Map(
        [...file.tensors].flatMap(([key, tensor]) =>
          key.startsWith('param.') ? [[key.slice('param.'.length), tensor] as const] : [],
        ),
      );
      const network = checkpointFromTensors({ ...file, tensors: parameters }, name);
      const size = { width: 96, height: 64 };
      const folder = join(sharedFolder, 'data', 'isic2018-256', 'images');
      const inputs = await Promise.all(
        readdirSync(folder)
          .slice(0, 2)
          .map((image) => prepareInput(join(folder, image), size, network.config.inputChannels)),
      );
      const { compute, close } = await openExecutorCompute(
        referenceExecutor,
        network.config,
        network.parameters,
        size,
        2,
      );
      const want = await compute(inputs);
      await close();
      const model = onnxModel(network.config, network.parameters, form, { classes: [], ...facts });
      const pixels = Buffer.concat(inputs.map((input) => input.pixels));
      const found = await runModel(model, pixels, [2, 64, 96, network.config.inputChannels]);
      expect(
        largestDifference(
          found.values,
          want.flatMap((values) => [...values]),
        ),
      ).toBeLessThan(1e-5);
    },
  );
});
