/** Preparing samples into a cache and reading them: values, increments, damage, death of the process, a full disk. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MambrushError } from '../../../engine/contract/error.ts';
import type { Progress } from '../../../engine/contract/progress.ts';
import { decodeResized } from '../../../engine/dataset/images/decode-resized.ts';
import { prepareSamples } from '../../../engine/dataset/samples/prepare-samples.ts';
import type { PrepareReport, PrepareRequest, SampleRequest } from '../../../engine/dataset/samples/prepare-samples.ts';
import { SampleCache } from '../../../engine/dataset/samples/sample-cache.ts';
import { softenLabels } from '../../../engine/dataset/samples/soften-labels.ts';
import { hasShared, sharedFolder } from '../../fixtures/shared.ts';
import { canMount, smallDisk } from '../../store/small-disk.ts';
import { startChild } from '../../store/start-child.ts';
import { makeRequests, requestOf, writeImage } from './sample-requests.ts';

const spec = { size: { width: 64, height: 32 }, channels: 3, classes: 1 } as const;
const recordSize = 128 + 64 * 32 * 4;

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mambrush-samples-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const prepare = (
  images: readonly SampleRequest[],
  cacheFolder: string,
  change: Partial<PrepareRequest> = {},
): Promise<PrepareReport> => prepareSamples({ ...spec, images, cacheFolder, ...change });

function openCache(folder: string, of: Omit<PrepareRequest, 'images' | 'cacheFolder'> = spec): SampleCache {
  const cache = new SampleCache(folder, of);
  onTestFinished(() => cache.close());
  return cache;
}

interface ReadSample {
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
  readonly min: number;
  readonly max: number;
}

function readSample(cache: SampleCache, imageId: number): ReadSample {
  const { width, height } = cache.size;
  const pixels = new Uint8Array(width * height * cache.channels);
  const labels = new Uint8Array(width * height * cache.classes);
  return { ...cache.read(cache.indexOf(imageId)!, pixels, labels), pixels, labels };
}

async function expectSampleOf(cache: SampleCache, request: SampleRequest): Promise<void> {
  const sample = readSample(cache, request.imageId);
  const { data } = await decodeResized(request.absolutePath, 64, 32);
  expect(Buffer.from(data).equals(sample.pixels)).toBe(true);
  expect([sample.min, sample.max]).toEqual([Math.min(...data), Math.max(...data)]);
  const labels = request.readLabels();
  const expected =
    labels === undefined ? new Uint8Array(64 * 32).fill(255) : softenLabels(labels, request, spec.size, 1);
  expect(Buffer.compare(sample.labels, expected)).toBe(0);
}

const packs = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.bin'));

describe('prepared samples', () => {
  it('are the resized images and the soft labels, at positions in order of their ids', async () => {
    const folder = temporaryFolder();
    const requests = await makeRequests(folder, 7);
    const steps: Progress[] = [];
    const report = await prepareSamples(
      { ...spec, images: [...requests].reverse(), cacheFolder: join(folder, 'cache') },
      { onProgress: (step) => steps.push(step) },
    );
    expect(report).toEqual({ prepared: 7, reused: 0, failed: [], repaired: [] });
    expect(steps.at(-1)).toMatchObject({ kind: 'prepare', value: 1, done: 7, total: 7, secondsLeft: 0 });
    const cache = openCache(join(folder, 'cache'));
    expect(requests.map((request) => cache.indexOf(request.imageId))).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(cache.about(3)).toMatchObject({ imageId: 4, labelRevision: 1 });
    expect([cache.count, cache.indexOf(99)]).toEqual([7, undefined]);
    for (const request of requests) await expectSampleOf(cache, request);
  });

  it('of images without labels are unlabelled everywhere', async () => {
    const folder = temporaryFolder();
    await writeImage(join(folder, 'a.png'), 50, 40, 1);
    const request = requestOf(join(folder, 'a.png'), 5, 50, 40, 0);
    await prepare([request], folder);
    await expectSampleOf(openCache(folder), request);
  });

  it('take one channel from color and three from grey, as the network wants', async () => {
    const folder = temporaryFolder();
    await writeImage(join(folder, 'color.png'), 64, 32, 1);
    await sharp(Buffer.from(Array.from({ length: 64 * 32 }, (_, at) => at % 200)), {
      raw: { width: 64, height: 32, channels: 1 },
    })
      .toColourspace('b-w')
      .png()
      .toFile(join(folder, 'grey.png'));
    const requests = ['color.png', 'grey.png'].map((name, at) => requestOf(join(folder, name), at + 1, 64, 32));
    await prepare(requests, folder);
    await prepare(requests, folder, { channels: 1 });
    const three = openCache(folder);
    const one = openCache(folder, { ...spec, channels: 1 });
    const grey = readSample(one, 2).pixels;
    expect(grey[150]).toBe(150);
    expect(readSample(three, 2).pixels).toEqual(
      Uint8Array.from({ length: grey.length * 3 }, (_, at) => grey[Math.floor(at / 3)]!),
    );
    const color = readSample(three, 1).pixels;
    const luma = 0.299 * color[30]! + 0.587 * color[31]! + 0.114 * color[32]!;
    expect(Math.abs(readSample(one, 1).pixels[10]! - luma)).toBeLessThanOrEqual(0.51);
  });

  it('of 16-bit images use the whole range, and those of a constant image have equal ends', async () => {
    const folder = temporaryFolder();
    const values = Uint16Array.from({ length: 64 * 32 }, (_, at) => 1000 + at);
    await sharp(values, { raw: { width: 64, height: 32, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toFile(join(folder, 'sixteen.png'));
    await sharp(new Uint16Array(64 * 32).fill(900), { raw: { width: 64, height: 32, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toFile(join(folder, 'flat.png'));
    await prepare(
      ['sixteen.png', 'flat.png'].map((name, at) => requestOf(join(folder, name), at + 1, 64, 32)),
      folder,
      { channels: 1 },
    );
    const cache = openCache(folder, { ...spec, channels: 1 });
    const sixteen = readSample(cache, 1);
    expect([sixteen.min, sixteen.max]).toEqual([0, 255]);
    expect(sixteen.pixels).toEqual(Uint8Array.from(values, (value) => Math.round(((value - 1000) * 255) / 2047)));
    const flat = readSample(cache, 2);
    expect([flat.min, flat.max, new Set(flat.pixels).size]).toEqual([0, 0, 1]);
  });

  it('are made again only where file or labels changed', async () => {
    const folder = temporaryFolder();
    const requests = await makeRequests(folder, 6);
    const cacheFolder = join(folder, 'cache');
    await prepare(requests, cacheFolder);
    const reader = openCache(cacheFolder);
    let read = 0;
    const counted = requests.map((request) => ({ ...request, readLabels: () => (read++, request.readLabels()) }));
    counted[2] = {
      ...counted[2]!,
      labelRevision: 2,
      readLabels: () => (read++, new Uint8Array(requests[2]!.width * requests[2]!.height)),
    };
    expect(await prepare(counted, cacheFolder)).toMatchObject({ prepared: 1, reused: 5 });
    expect(read).toBe(1);
    expect(readSample(reader, 3).labels).toContain(254);
    reader.refresh();
    expect(readSample(reader, 3).labels).toEqual(new Uint8Array(64 * 32));
    expect(reader.count).toBe(6);
  });

  it('leave outdated ones behind once more than half is outdated, without disturbing a reader', async () => {
    const folder = temporaryFolder();
    const requests = await makeRequests(folder, 6);
    const cacheFolder = join(folder, 'cache');
    await prepare(requests, cacheFolder);
    const reader = openCache(cacheFolder);
    const before = packs(cacheFolder);
    for (const labelRevision of [2, 3]) {
      await prepare(
        requests.map((request) => ({ ...request, labelRevision })),
        cacheFolder,
      );
    }
    expect(packs(cacheFolder)).toHaveLength(1);
    expect(packs(cacheFolder)).not.toEqual(before);
    expect(statSync(join(cacheFolder, packs(cacheFolder)[0]!)).size).toBe(6 * recordSize);
    for (const request of requests) await expectSampleOf(reader, request);
    reader.refresh();
    for (const request of requests) await expectSampleOf(reader, request);
    expect(reader.about(0).labelRevision).toBe(3);
  });
});

describe('an image that cannot be prepared', () => {
  it('is reported by name and left out, and the rest goes on', async () => {
    const folder = temporaryFolder();
    const requests = await makeRequests(folder, 8);
    const cacheFolder = join(folder, 'cache');
    await prepare(requests.slice(0, 2), cacheFolder);
    const bytes = readFileSync(requests[1]!.absolutePath);
    writeFileSync(requests[1]!.absolutePath, bytes.subarray(0, bytes.length / 2));
    writeFileSync(requests[2]!.absolutePath, 'no image at all');
    rmSync(requests[3]!.absolutePath);
    await writeImage(requests[4]!.absolutePath, 9, 9, 1);
    const changed = requests.map((request, at) => ({
      ...request,
      labelRevision: 2,
      ...(at === 5 && { readLabels: () => new Uint8Array(5) }),
      ...(at === 6 && {
        readLabels: () => {
          throw new MambrushError('label-tile-damaged', 'a tile is damaged');
        },
      }),
    }));
    const report = await prepare(changed, cacheFolder);
    expect(report.prepared).toBe(2);
    expect(Object.fromEntries(report.failed.map(({ imageId, code }) => [imageId, code]))).toEqual({
      2: 'image-truncated',
      3: 'image-not-readable',
      4: 'image-missing',
      5: 'image-size-changed',
      6: 'label-size-wrong',
      7: 'label-tile-damaged',
    });
    for (const { imageId, path } of report.failed) expect(path).toBe(requests[imageId - 1]!.absolutePath);
    const cache = openCache(cacheFolder);
    expect(
      requests.filter((request) => cache.indexOf(request.imageId) !== undefined).map((request) => request.imageId),
    ).toEqual([1, 8]);
  });
});

describe('a cache of samples', () => {
  it('that was damaged is named by the reader and made anew by the next preparation', async () => {
    const folder = temporaryFolder();
    const requests = await makeRequests(folder, 5);
    const cacheFolder = join(folder, 'cache');
    await prepare(requests, cacheFolder);
    const pack = join(cacheFolder, packs(cacheFolder)[0]!);
    const bytes = readFileSync(pack);
    bytes[2 * recordSize + 500]! ^= 1;
    bytes[4 * recordSize + 2]! ^= 1;
    writeFileSync(pack, bytes);
    const cache = openCache(cacheFolder);
    const damaged = requests.filter((request) => {
      try {
        readSample(cache, request.imageId);
        return false;
      } catch (error) {
        expect(error).toMatchObject({ code: 'cache-damaged', path: cacheFolder });
        return true;
      }
    });
    expect(damaged).toHaveLength(2);
    const report = await prepare(requests, cacheFolder);
    expect(report).toMatchObject({ prepared: 2, reused: 3 });
    expect([...report.repaired].sort()).toEqual(damaged.map((request) => request.imageId).sort());
    cache.refresh();
    for (const request of requests) await expectSampleOf(cache, request);
    expect((await prepare(requests, cacheFolder)).repaired).toEqual([]);
  });

  it('whose files are cut short or are no files of ours is begun anew, and said so', async () => {
    const folder = temporaryFolder();
    const requests = await makeRequests(folder, 3);
    const cacheFolder = join(folder, 'cache');
    await prepare(requests, cacheFolder);
    truncateSync(join(cacheFolder, packs(cacheFolder)[0]!), recordSize + 5);
    const cut = await prepare(requests, cacheFolder);
    expect([cut.prepared, cut.rebuilt]).toEqual([3, expect.stringContaining('too short')]);
    const index = readdirSync(cacheFolder).find((name) => name.endsWith('.json'))!;
    writeFileSync(join(cacheFolder, index), '{"format":1,');
    expect(() => new SampleCache(cacheFolder, spec)).toThrow(
      expect.objectContaining({ code: 'cache-damaged' }) as Error,
    );
    const broken = await prepare(requests, cacheFolder);
    expect([broken.prepared, broken.rebuilt]).toEqual([3, expect.stringContaining('index')]);
    for (const request of requests) await expectSampleOf(openCache(cacheFolder), request);
  });

  it('that is not there is named', () => {
    expect(() => new SampleCache(temporaryFolder(), spec)).toThrow(
      expect.objectContaining({ code: 'cache-missing' }) as Error,
    );
  });

  it('keeps what was prepared before an abort', async () => {
    const folder = temporaryFolder();
    const requests = await makeRequests(folder, 30);
    const stop = new AbortController();
    const cacheFolder = join(folder, 'cache');
    const aborted = prepareSamples(
      { ...spec, images: requests, cacheFolder },
      { signal: stop.signal, onProgress: ({ done }) => (done ?? 0) > 0 && stop.abort() },
    );
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    const cache = openCache(cacheFolder);
    expect(cache.count).toBeGreaterThan(0);
    const rest = await prepare(requests, cacheFolder);
    expect([rest.reused, rest.failed]).toEqual([cache.count, []]);
    cache.refresh();
    for (const request of requests) await expectSampleOf(cache, request);
  });

  it('survives kill -9 at any moment: the next preparation goes on and every sample is right', async () => {
    const folder = temporaryFolder();
    const requests = await makeRequests(folder, 40);
    const cacheFolder = join(folder, 'cache');
    const list = JSON.stringify(
      requests.map(({ absolutePath: path, imageId, width, height }) => ({ path, imageId, width, height })),
    );
    for (const linesBefore of [2, 3, 2]) {
      const child = startChild(new URL('./prepare-samples-process.ts', import.meta.url).href, list, cacheFolder);
      for (let line = 0; line < linesBefore; line++) await child.nextLine();
      await child.kill();
    }
    // What a moment between appending and indexing leaves: half a record that the index does not name.
    const pack = packs(cacheFolder)[0];
    if (pack !== undefined) writeFileSync(join(cacheFolder, pack), Buffer.alloc(recordSize / 2, 7), { flag: 'a' });
    writeFileSync(join(cacheFolder, '.samples.json.1-1.mambrush-tmp'), 'left by a killed process');
    const report = await prepare(requests, cacheFolder);
    expect(report).toMatchObject({ failed: [], rebuilt: undefined });
    expect(report.prepared + report.reused).toBe(40);
    const cache = openCache(cacheFolder);
    for (const request of requests) await expectSampleOf(cache, request);
    expect(readdirSync(cacheFolder).filter((name) => name.endsWith('.mambrush-tmp'))).toEqual([]);
  });

  it.skipIf(!canMount)(
    `on a full disk is kept, and the error says so${canMount ? '' : ' (skipped: may not mount a small disk here)'}`,
    async () => {
      const folder = temporaryFolder();
      const requests = await makeRequests(folder, 40);
      const disk = smallDisk('200k');
      await expect(prepare(requests, disk.folder)).rejects.toMatchObject({ code: 'disk-full' });
      await expect(prepare(requests, disk.folder)).rejects.toMatchObject({ code: 'disk-full' });
      const cache = new SampleCache(disk.folder, spec);
      expect(cache.count).toBeGreaterThan(5);
      for (const request of requests.filter(({ imageId }) => cache.indexOf(imageId) !== undefined)) {
        await expectSampleOf(cache, request);
      }
      cache.close();
      disk.makeReadOnly();
      await expect(prepare(requests, disk.folder)).rejects.toMatchObject({ code: 'folder-not-writable' });
    },
  );
});

describe.skipIf(!hasShared)('samples of real images (skipped where ../shared is missing)', () => {
  it('have every size and share of their masks', async () => {
    const data = join(sharedFolder, 'data/dsb2018-nuclei');
    const names = readdirSync(join(data, 'images'))
      .filter((name) => name.endsWith('.png'))
      .sort()
      .slice(0, 30);
    const requests = await Promise.all(
      names.map(async (name, at): Promise<SampleRequest> => {
        const mask = await sharp(join(data, 'masks', name))
          .extractChannel(0)
          .raw()
          .toBuffer({ resolveWithObject: true });
        const { width, height } = mask.info;
        const labels = (): Uint8Array => Uint8Array.from(mask.data, (value) => (value > 127 ? 1 : 0));
        return { ...requestOf(join(data, 'images', name), at + 1, width, height), readLabels: labels };
      }),
    );
    const folder = temporaryFolder();
    const size = { width: 96, height: 160 };
    expect((await prepare(requests, folder, { size })).failed).toEqual([]);
    const cache = openCache(folder, { ...spec, size });
    for (const request of requests) {
      const mask = request.readLabels()!;
      const share = mask.reduce((sum, value) => sum + value, 0) / mask.length;
      const { labels } = readSample(cache, request.imageId);
      expect(labels.reduce((sum, value) => sum + value, 0) / labels.length / 254).toBeCloseTo(share, 2);
    }
  });
});
