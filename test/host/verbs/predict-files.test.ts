import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PredictReport } from '../../../engine/contract/prediction.ts';
import type { ArgumentsOf, EngineClient } from '../../../engine/contract/requests.ts';
import { readNpy } from '../../../engine/dataset/images/npy/npy.ts';
import { prepareInput } from '../../../engine/dataset/samples/prepare-sample.ts';
import { referenceExecutor } from '../../../engine/executors/reference/reference-executor.ts';
import { connectInProcess } from '../../../engine/host/in-process.ts';
import { openExecutorCompute } from '../../../engine/infer/executor-predictor.ts';
import { readCheckpoint } from '../../../engine/network/checkpoint.ts';
import type { NetworkConfig } from '../../../engine/network/network-config.ts';
import { temporaryFolder, writeBytes, writePicture } from '../../fixtures/disc-pictures.ts';
import { startChild } from '../../store/start-child.ts';
import { writeFreshCheckpoint } from '../trained-checkpoint.ts';

function connect(): EngineClient {
  const client = connectInProcess();
  onTestFinished(() => client.close());
  return client;
}

function predict(args: ArgumentsOf<'predict.files'>): Promise<PredictReport> {
  return connect().request('predict.files', args);
}

const grey = async (path: string): Promise<Buffer> => sharp(path).toColourspace('b-w').raw().toBuffer();

describe('masks for files', () => {
  it('have the images’ own size, whatever their size, channels and bits', async () => {
    const [input, output] = [temporaryFolder(), temporaryFolder()];
    await writePicture(join(input, '照片 一.jpg'), 1, { width: 301, height: 77 });
    await writePicture(join(input, 'deep', 'b.webp'), 2, { width: 20, height: 200 });
    await sharp(Buffer.of(1, 2, 3), { raw: { width: 1, height: 1, channels: 3 } }).toFile(join(input, 'dot.png'));
    const ramp = Uint16Array.from({ length: 70 * 50 }, (_, at) => at * 18);
    await sharp(ramp, { raw: { width: 70, height: 50, channels: 1 } })
      .toColourspace('grey16')
      .toFile(join(input, 'deep16.png'));
    await sharp({ create: { width: 40, height: 40, channels: 3, background: '#777' } }).toFile(join(input, 'flat.png'));
    const checkpoint = writeFreshCheckpoint(join(output, 'net.safetensors'));
    const report = await predict({
      checkpoint,
      input,
      output: join(output, 'masks'),
      probabilities: true,
      overlays: true,
    });
    expect([report.written, report.failed, report.size]).toEqual([5, [], { width: 64, height: 64 }]);
    for (const file of report.files) {
      const { width, height } = await sharp(file.masks[0]).metadata();
      expect([file.input, width, height]).toEqual([file.input, file.width, file.height]);
      expect([...new Set(await grey(file.masks[0]!))].filter((value) => value !== 0 && value !== 255)).toEqual([]);
      expect(existsSync(file.probabilities[0]!) && existsSync(file.overlay!)).toBe(true);
    }
    expect(report.files.map(({ input: path }) => path)).toContain('照片 一.jpg');
  });

  it.each<[string, Partial<NetworkConfig>]>([
    ['three channels for a grey image', { inputChannels: 3 }],
    ['one channel for a color image', { inputChannels: 1 }],
    ['three classes that exclude each other', { classes: 3, head: 'softmax' }],
    ['two classes that may overlap', { classes: 2, head: 'sigmoid' }],
  ])('hold what the reference computes from the prepared image: %s', async (_name, config) => {
    const [input, output] = [temporaryFolder(), temporaryFolder()];
    await writePicture(join(input, 'a.png'), 1, { width: 64, height: 64 });
    if (config.inputChannels === 3) await sharp(join(input, 'a.png')).toColourspace('b-w').toFile(join(input, 'b.png'));
    const checkpoint = writeFreshCheckpoint(join(output, 'net.safetensors'), config);
    const report = await predict({
      checkpoint,
      input,
      output: join(output, 'masks'),
      format: 'npy',
      probabilities: true,
    });
    const network = readCheckpoint(checkpoint);
    const size = { width: 64, height: 64 };
    const { compute, close } = await openExecutorCompute(
      referenceExecutor,
      network.config,
      network.parameters,
      size,
      1,
    );
    for (const file of report.files) {
      const [want] = await compute([await prepareInput(join(input, file.input), size, network.config.inputChannels)]);
      const found = await readNpy(file.probabilities[0]!);
      expect(Math.max(...want!.map((value, at) => Math.abs(value - found.values[at]!)))).toBeLessThan(1e-5);
    }
    await close();
  });

  it('leave out what cannot be read, by name, and do the rest', async () => {
    const [input, output] = [temporaryFolder(), temporaryFolder()];
    await writePicture(join(input, 'good.png'), 1);
    await writePicture(join(input, 'whole.jpg'), 2, { width: 400, height: 300 });
    const jpeg = readFileSync(join(input, 'whole.jpg'));
    writeBytes(join(input, 'cut.jpg'), jpeg.subarray(0, jpeg.length / 3));
    writeBytes(join(input, 'text.png'), 'no picture');
    const checkpoint = writeFreshCheckpoint(join(output, 'net.safetensors'));
    const report = await predict({ checkpoint, input, output: join(output, 'masks') });
    expect(report.files.map((file) => file.input)).toEqual(['good.png', 'whole.jpg']);
    expect(report.failed.map(({ path }) => path).sort()).toEqual(['cut.jpg', 'text.png']);
    for (const { path, message } of report.failed) expect(message).toContain(path);
  });

  it('of a folder never lie among its images, where the next look would take them for images', async () => {
    const input = temporaryFolder();
    for (const path of ['a.jpg', 'deep/b.jpg']) await writePicture(join(input, path), 1);
    const checkpoint = writeFreshCheckpoint(join(temporaryFolder(), 'net.safetensors'));
    for (const output of [input, join(input, 'deep')]) {
      await expect(predict({ checkpoint, input, output, overwrite: true })).rejects.toMatchObject({
        code: 'output-among-images',
      });
    }
    expect(readdirSync(input).sort()).toEqual(['a.jpg', 'deep']);
    const beside = join(input, 'masks');
    expect(await predict({ checkpoint, input, output: beside })).toMatchObject({ written: 2 });
    expect(await predict({ checkpoint, input, output: beside })).toMatchObject({ written: 0, unchanged: 2 });
  });

  it('of a single file are possible, and never lie over the file itself', async () => {
    const folder = temporaryFolder();
    await writePicture(join(folder, 'a.png'), 1);
    const before = readFileSync(join(folder, 'a.png'));
    const checkpoint = writeFreshCheckpoint(join(folder, 'net.safetensors'));
    const report = await predict({ checkpoint, input: join(folder, 'a.png'), output: folder, overwrite: true });
    expect(report.kept).toMatchObject([{ path: 'a.png' }]);
    expect(readFileSync(join(folder, 'a.png'))).toEqual(before);
    const elsewhere = await predict({ checkpoint, input: join(folder, 'a.png'), output: join(folder, 'out') });
    expect(elsewhere.files).toMatchObject([{ input: join(folder, 'a.png'), masks: [join(folder, 'out', 'a.png')] }]);
  });

  it('are not made again from the same image and network, but from another one', async () => {
    const [input, output] = [temporaryFolder(), temporaryFolder()];
    for (const n of [1, 2, 3]) await writePicture(join(input, `p${n}.png`), n);
    const checkpoint = writeFreshCheckpoint(join(output, 'net.safetensors'));
    const args = { checkpoint, input, output: join(output, 'masks') };
    expect((await predict(args)).written).toBe(3);
    await writePicture(join(input, 'p2.png'), 20);
    const again = await predict(args);
    expect([again.written, again.unchanged]).toEqual([1, 2]);
    writeFreshCheckpoint(checkpoint, { bridge: false });
    expect((await predict(args)).written).toBe(3);
  });

  it('go on after kill -9, and every mask is whole', async () => {
    const [input, output] = [temporaryFolder(), temporaryFolder()];
    for (let n = 0; n < 40; n++) await writePicture(join(input, `p${n}.png`), n);
    const checkpoint = writeFreshCheckpoint(join(output, 'net.safetensors'));
    const masks = join(output, 'masks');
    for (const lines of [1, 10]) {
      const child = startChild(new URL('./predict-files-process.ts', import.meta.url).href, checkpoint, input, masks);
      for (let line = 0; line < lines; line++) await child.nextLine();
      await child.kill();
      for (const name of readdirSync(masks).filter((file) => /^p\d+\.png$/.test(file))) {
        expect(await grey(join(masks, name))).toHaveLength(64 * 48);
      }
    }
    const report = await predict({ checkpoint, input, output: masks });
    expect(report.unchanged).toBeGreaterThanOrEqual(10);
    expect(report.written + report.unchanged).toBe(40);
  });
});

describe('what cannot be predicted', () => {
  it('has an error that says why', async () => {
    const [input, output] = [temporaryFolder(), temporaryFolder()];
    const checkpoint = writeFreshCheckpoint(join(output, 'net.safetensors'));
    const code = async (args: Partial<ArgumentsOf<'predict.files'>>): Promise<unknown> =>
      predict({ checkpoint, input, output: join(output, 'masks'), ...args }).catch(
        (error: unknown) => (error as { code: string }).code,
      );
    expect(await code({})).toBe('no-images');
    expect(await code({ input: join(input, 'nothing') })).toBe('input-missing');
    await writePicture(join(input, 'a.png'), 1);
    expect(await code({ checkpoint: join(output, 'nothing') })).toBe('checkpoint-unreadable');
    writeFileSync(join(output, 'bad.safetensors'), 'no network');
    expect(await code({ checkpoint: join(output, 'bad.safetensors') })).toBe('checkpoint-damaged');
    expect(await code({ size: 100 })).toBe('network-size');
    expect(await code({ compute: { executor: 'abacus' } })).toBe('executor-unknown');
    writeFileSync(join(output, 'file'), '');
    expect(await code({ output: join(output, 'file') })).toBe('folder-missing');
  });
});
