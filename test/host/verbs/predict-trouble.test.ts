import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Progress } from '../../../engine/contract/progress.ts';
import type { EngineClient } from '../../../engine/contract/requests.ts';
import { connectInProcess } from '../../../engine/host/in-process.ts';
import { makeDiscFolder, temporaryFolder, writeBytes, writePicture } from '../../fixtures/disc-pictures.ts';
import { sharedFolder } from '../../fixtures/shared.ts';
import { writeFreshCheckpoint } from '../trained-checkpoint.ts';

function connect(): EngineClient {
  const client = connectInProcess();
  onTestFinished(() => client.close());
  return client;
}

const fresh = (
  ...args: Parameters<typeof writeFreshCheckpoint> extends [string, ...infer Rest] ? Rest : never
): string => writeFreshCheckpoint(join(temporaryFolder(), 'net.safetensors'), ...args);

const raw = (path: string): Promise<Buffer> => sharp(path).toColourspace('b-w').raw().toBuffer();

describe('a prediction that is stopped', () => {
  it('leaves whole masks, and the next one goes on with the rest', async () => {
    const [input, output] = [temporaryFolder(), join(temporaryFolder(), 'masks')];
    for (let n = 0; n < 60; n++) await writePicture(join(input, `p${n}.png`), n);
    const client = connect();
    const args = { checkpoint: fresh(), input, output };
    const ending = new AbortController();
    const told: Progress[] = [];
    const onProgress = (progress: Progress): void => {
      if (progress.kind === 'predict') told.push(progress);
      if (progress.done === 5) ending.abort();
    };
    await expect(client.request('predict.files', args, { signal: ending.signal, onProgress })).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(told[4]).toMatchObject({ done: 5, total: 60, value: 5 / 60 });
    expect(told[4]!.secondsLeft).toBeGreaterThan(0);
    const there = readdirSync(output).filter((name) => name.endsWith('.png'));
    expect(there.length).toBeGreaterThanOrEqual(5);
    expect(there.length).toBeLessThan(60);
    for (const name of there) expect(await raw(join(output, name))).toHaveLength(64 * 48);
    expect(readdirSync(output).filter((name) => name.includes('mambrush-tmp'))).toEqual([]);
    const rest = await client.request('predict.files', args);
    expect([rest.unchanged, rest.written]).toEqual([there.length, 60 - there.length]);
  });
});

describe('a folder without pictures that can be taken', () => {
  it('is told what keeps them from being taken', async () => {
    const client = connect();
    const messageFor = async (make: (input: string) => void): Promise<string> => {
      const input = temporaryFolder();
      make(input);
      const args = { checkpoint: fresh(), input, output: join(temporaryFolder(), 'masks') };
      const error = await client.request('predict.files', args).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'no-images', path: input });
      return (error as Error).message;
    };
    expect(await messageFor(() => undefined)).toMatch(/has no images \(PNG, JPEG/);
    expect(await messageFor((input) => writeBytes(join(input, 'a.heic'), 'x'))).toMatch(/a\.heic.*Save it as PNG/);
    const elsewhere = temporaryFolder();
    await writePicture(join(elsewhere, 'p.png'), 1);
    const links = await messageFor((input) => {
      for (const name of ['a.png', 'b.png']) symlinkSync(join(elsewhere, 'p.png'), join(input, name));
    });
    expect(links).toMatch(/a\.png is a link that leads out of the folder.*\(and 1 more\)/);
  });

  it('because they are masks, is told so', async () => {
    const [client, input] = [connect(), temporaryFolder()];
    await writePicture(join(input, 'p.png'), 1);
    const args = { checkpoint: fresh(), input, output: join(input, 'masks') };
    await client.request('predict.files', args);
    const above = temporaryFolder();
    mkdirSync(join(above, 'old'));
    for (const name of readdirSync(args.output)) {
      writeFileSync(join(above, 'old', name), readFileSync(join(args.output, name)));
    }
    await expect(client.request('predict.files', { ...args, input: above, output: above })).rejects.toMatchObject({
      code: 'no-images',
      message: expect.stringContaining("only masks that were written to 'old'") as string,
    });
  });
});

describe('a link in a folder of pictures', () => {
  it('to a picture in it is no failure, since that is predicted in its own place', async () => {
    const [client, input] = [connect(), temporaryFolder()];
    await writePicture(join(input, 'p.png'), 1);
    symlinkSync(join(input, 'p.png'), join(input, 'latest.png'));
    const output = join(temporaryFolder(), 'masks');
    const report = await client.request('predict.files', { checkpoint: fresh(), input, output });
    expect([report.written, report.failed]).toEqual([1, []]);
  });
});

describe('masks of several classes', () => {
  it('hold the class numbers, with the colors that the network brings along', async () => {
    const [client, input] = [connect(), temporaryFolder()];
    await writePicture(join(input, '细胞.png'), 1, { width: 90, height: 70 });
    const classes = [
      { name: '核', color: '#ff8000' },
      { name: 'membrane', color: '#0080ff' },
    ];
    const checkpoint = fresh({ classes: 2, head: 'softmax' }, { size: '64x64', classes: JSON.stringify(classes) });
    const output = join(temporaryFolder(), 'masks');
    const report = await client.request('predict.files', { checkpoint, input, output, probabilities: true });
    expect(report.files[0]).toMatchObject({
      masks: [join(output, '细胞.png')],
      probabilities: [join(output, 'probabilities', '细胞_核.png'), join(output, 'probabilities', '细胞_membrane.png')],
    });
    const rgb = await sharp(report.files[0]!.masks[0]).toColourspace('srgb').removeAlpha().raw().toBuffer();
    const colors = new Map<string, number>();
    for (let at = 0; at < rgb.length; at += 3) {
      const color = rgb.toString('hex', at, at + 3);
      colors.set(color, (colors.get(color) ?? 0) + 1);
    }
    expect([...colors.keys()].filter((color) => !['000000', 'ff8000', '0080ff'].includes(color))).toEqual([]);
    const [first, second] = report.files[0]!.share!;
    expect([colors.get('ff8000') ?? 0, colors.get('0080ff') ?? 0].map((count) => count / 6300)).toEqual([
      first,
      second,
    ]);
  });
});

describe('files that are another’s', () => {
  it('stay as they are in the folder of masks, and are named', async () => {
    const [client, input] = [connect(), temporaryFolder()];
    for (const n of [1, 2]) await writePicture(join(input, `p${n}.png`), n);
    const output = temporaryFolder();
    writeFileSync(join(output, 'p1.png'), 'mine');
    const args = { checkpoint: fresh(), input, output };
    const report = await client.request('predict.files', args);
    expect(report.kept.map(({ path }) => path)).toEqual(['p1.png']);
    expect(readFileSync(join(output, 'p1.png'), 'utf8')).toBe('mine');
    expect(report.written).toBe(1);
    expect((await client.request('predict.files', { ...args, overwrite: true })).kept).toEqual([]);
    expect(await raw(join(output, 'p1.png'))).toHaveLength(64 * 48);
  });
});

describe('a file that is no network', () => {
  const checkpoints = join(sharedFolder, 'golden', 'checkpoints');
  it.skipIf(!existsSync(checkpoints)).each(['truncated.pth', 'hostile-pickle.pth', 'missing-key.pth', 'nan.pth'])(
    'is refused before anything is written: %s (skipped where ../shared is missing)',
    async (name) => {
      const [client, input, checkpoint] = [connect(), temporaryFolder(), join(checkpoints, name)];
      await writePicture(join(input, 'p.png'), 1);
      const output = join(temporaryFolder(), 'masks');
      const error = await client.request('predict.files', { checkpoint, input, output }).catch((e: unknown) => e);
      expect(error).toMatchObject({ code: expect.stringMatching(/^checkpoint-/) as string, path: checkpoint });
      expect(existsSync(output)).toBe(false);
    },
  );

  it('or only the beginning of one is refused by name', async () => {
    const [client, input, checkpoint] = [connect(), temporaryFolder(), fresh()];
    await writePicture(join(input, 'p.png'), 1);
    truncateSync(checkpoint, 20_000);
    await expect(
      client.request('predict.files', { checkpoint, input, output: join(temporaryFolder(), 'masks') }),
    ).rejects.toMatchObject({ code: 'checkpoint-damaged', path: checkpoint });
  });
});

describe('a project’s masks', () => {
  it('are for the images that are asked for; what is missing is named, and the rest is done', async () => {
    const client = connect();
    const folder = await makeDiscFolder(temporaryFolder(), 5, 3);
    const { project } = await client.request('dataset.import', { folder });
    await expect(
      client.request('predict.project', { project, images: 'test', checkpoint: fresh() }),
    ).rejects.toMatchObject({ code: 'split-missing', path: project });
    await client.request('dataset.split', { project, train: 1, val: 1, test: 1, nearDuplicates: false });
    const checkpoint = fresh();
    const inputs = async (images: 'unlabelled' | 'labelled' | 'test' | 'all'): Promise<number> =>
      (await client.request('predict.project', { project, images, checkpoint, output: temporaryFolder() })).files
        .length;
    expect([await inputs('unlabelled'), await inputs('labelled'), await inputs('test'), await inputs('all')]).toEqual([
      2, 3, 1, 5,
    ]);
    await expect(client.request('predict.project', { project })).rejects.toMatchObject({ code: 'checkpoint-missing' });
    await expect(
      client.request('predict.project', { project, checkpoint, output: join(folder, 'images') }),
    ).rejects.toMatchObject({ code: 'output-among-images' });
    writeFileSync(join(folder, 'images', 'p4.png'), '');
    const report = await client.request('predict.project', { project, checkpoint });
    expect(report.files.map(({ input }) => input)).toEqual(['images/p3.png']);
    expect(report.failed).toMatchObject([{ path: 'images/p4.png', code: 'image-empty' }]);
  });
});
