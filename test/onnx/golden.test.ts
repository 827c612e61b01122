import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { checkpointFromTensors } from '../../engine/network/checkpoint.ts';
import { readSafetensors } from '../../engine/network/safetensors.ts';
import type { StoredTensor } from '../../engine/network/safetensors.ts';
import { onnxModel } from '../../engine/onnx/onnx-model.ts';
import type { OnnxForm } from '../../engine/onnx/onnx-model.ts';
import { hasShared, sharedFolder } from '../fixtures/shared.ts';

const folder = join(sharedFolder, 'golden');
const files = hasShared ? readdirSync(folder).filter((name) => /^net-.*\.safetensors$/.test(name)) : ['net-64'];

/** (N, C, H, W) to (N, H, W, C). */
function channelsLast({ shape, data }: StoredTensor): Float32Array {
  const [count = 0, channels = 0, height = 0, width = 0] = shape;
  const plane = height * width;
  return Float32Array.from({ length: count * plane * channels }, (_, at) => {
    const [n, pixel, c] = [Math.floor(at / (plane * channels)), Math.floor(at / channels) % plane, at % channels];
    return data[(n * channels + c) * plane + pixel]!;
  });
}

/** The golden images are no whole numbers; the graph itself turns what comes into floats, so that its input may be some. */
function withFloatInput(model: Uint8Array): Uint8Array {
  const bytes = Buffer.from(model);
  // ValueInfoProto: name 'image' (1), type (2) { tensor_type (1) { elem_type (1) …
  const name = bytes.lastIndexOf(Buffer.from([0x0a, 5, ...Buffer.from('image')]));
  const type = bytes.indexOf(Buffer.from([0x08, 2, 0x12]), name);
  expect(type - name).toBeLessThan(16);
  bytes[type + 1] = 1;
  return bytes;
}

describe.skipIf(!hasShared).each(files)('the golden file %s (skipped where ../shared is missing)', (name) => {
  it.each<OnnxForm>(['fast', 'portable'])('has the outputs of the %s ONNX model', async (form) => {
    const { tensors } = readSafetensors(join(folder, name));
    const parameters = new Map(
      [...tensors].flatMap(([key, tensor]) =>
        key.startsWith('param.') ? [[key.slice('param.'.length), tensor] as const] : [],
      ),
    );
    const { config, parameters: block } = checkpointFromTensors({ tensors: parameters, metadata: {} }, name);
    const [input, output] = [tensors.get('input')!, tensors.get('output')!];
    const [count = 0, channels = 0, height = 0, width = 0] = input.shape;
    const facts = { classes: [], size: { width, height }, version: '', origin: '' };
    // The reference knows sigmoids only.
    const model = withFloatInput(onnxModel({ ...config, head: 'sigmoid' }, block, form, facts));
    const session = await InferenceSession.create(model, { logSeverityLevel: 4 });
    const image = new Tensor('float32', channelsLast(input), [count, height, width, channels]);
    const { probabilities } = await session.run({ image });
    await session.release();
    const wanted = channelsLast(output);
    const found = probabilities!.data as Float32Array;
    expect(found).toHaveLength(wanted.length);
    const error = found.reduce((most, value, at) => Math.max(most, Math.abs(value - wanted[at]!)), 0);
    expect(error).toBeLessThan(5e-6);
  });
});
