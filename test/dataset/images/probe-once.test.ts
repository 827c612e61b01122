/** How often an image's file is opened for its header. The pixels are read by sharp, which opens files by itself. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it, vi } from 'vitest';
import { probeWholeImage } from '../../../engine/dataset/images/probe-image.ts';
import { makeThumbnail } from '../../../engine/dataset/images/thumbnail.ts';
import { loadMask } from '../../../engine/dataset/masks/load-mask.ts';
import { prepareInput, prepareSample } from '../../../engine/dataset/samples/prepare-sample.ts';
import { temporaryFolder } from '../../fixtures/disc-pictures.ts';

vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof import('node:fs/promises')>();
  return { ...actual, open: vi.fn(actual.open) };
});

async function makeColored(): Promise<string> {
  const path = join(temporaryFolder(), 'colored.png');
  await sharp({ create: { width: 6, height: 4, channels: 3, background: { r: 9, g: 80, b: 200 } } })
    .png({ palette: false })
    .toFile(path);
  return path;
}

async function opened(path: string, work: () => Promise<unknown>): Promise<number> {
  vi.mocked(open).mockClear();
  await work();
  return vi.mocked(open).mock.calls.filter(([file]) => file === path).length;
}

it('opens an image once for its header: to import it, as a sample, for a prediction, as a mask and as a thumbnail', async () => {
  const path = await makeColored();
  const size = { width: 8, height: 8 };
  const labels = new Uint8Array(24);
  const sample = { path, width: 6, height: 4, labels, size, channels: 3, classes: 1 } as const;
  expect(await opened(path, () => probeWholeImage(path, path))).toBe(1);
  expect(await opened(path, () => prepareSample(sample))).toBe(1);
  expect(await opened(path, () => prepareInput(path, size, 3))).toBe(1);
  expect(await opened(path, () => loadMask(path))).toBe(1);
  expect(await opened(path, () => makeThumbnail(path, 4))).toBe(1);
});

it('opens no header that has been read already', async () => {
  const path = await makeColored();
  const probe = await probeWholeImage(path, path);
  expect(await opened(path, () => prepareInput(path, { width: 8, height: 8 }, 3, probe))).toBe(0);
});
