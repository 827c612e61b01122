/**
 * `npm run bench:ui`: how fast the window is in Chromium, on generated images. Prints a table against the budgets, or
 * one JSON document with --json. Not a test. Convention: 'own' is the share spent in our own code; the rest is the
 * browser's, which draws in software where there is no GPU.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { startWorkstation } from '../e2e/workstation.ts';
import type { Workstation } from '../e2e/workstation.ts';

interface Figure {
  readonly what: string;
  readonly ms: number;
  readonly own?: number;
  readonly budget?: number;
}

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, images: { type: 'string', default: '10000' } },
});

const began = performance.now();
const station = await startWorkstation();
const figures: Figure[] = [];
try {
  figures.push(...(await coldStart(station)));
  figures.push(...(await painting(station, 4096, 16)));
  figures.push(...(await painting(station, 8192, 1000 / 60, 1500)));
  figures.push(...(await switching(station)));
  figures.push(...(await gallery(station, Number(values.images))));
} finally {
  await station.close();
}
if (values.json) process.stdout.write(`${JSON.stringify(figures, undefined, 2)}\n`);
else process.stdout.write(table(figures));
process.stderr.write(`${((performance.now() - began) / 1000).toFixed(0)} s in all.\n`);

async function coldStart({ page, address, startMilliseconds }: Workstation): Promise<Figure[]> {
  const source = readFileSync(new URL('page/ui-probe.ts', import.meta.url), 'utf8');
  await page.addInitScript({ content: `{${stripTypeScriptTypes(source)}}` });
  const started = performance.now();
  await page.goto(address);
  await page.getByRole('heading').first().waitFor();
  const opened = performance.now() - started;
  return [
    { what: 'engine started, address printed', ms: startMilliseconds },
    { what: 'window usable after the address is opened', ms: opened },
    { what: 'cold start to a usable window', ms: startMilliseconds + opened, budget: 2000 },
  ];
}

/** A project with images of a kind. @returns its folder */
async function makeProject(name: string, count: number, side: number, format: 'jpg' | 'png'): Promise<string> {
  const folder = join(station.folder, name);
  mkdirSync(join(folder, 'images'), { recursive: true });
  const noise = await sharp({
    create: {
      width: side,
      height: side,
      channels: 3,
      background: '#555',
      noise: { type: 'gaussian', mean: 110, sigma: 30 },
    },
  })
    .raw()
    .toBuffer();
  for (let at = 0; at < count; at += 64) {
    const numbers = Array.from({ length: Math.min(64, count - at) }, (_, i) => at + i);
    await Promise.all(
      numbers.map((number) =>
        sharp(noise, { raw: { width: side, height: side, channels: 3 } })
          .tint({ r: (number * 37) % 256, g: (number * 91) % 256, b: (number * 53) % 256 })
          .toFile(join(folder, 'images', `image-${String(number).padStart(5, '0')}.${format}`)),
      ),
    );
  }
  const engine = station.connect();
  await engine.request('dataset.import', { folder });
  return folder;
}

async function painting({ page }: Workstation, side: number, frame: number, open?: number): Promise<Figure[]> {
  const folder = await makeProject(`side-${side}`, 1, side, 'jpg');
  const alone = await engineAlone(side);
  const started = performance.now();
  await station.open(folder);
  const whole = await probe<number>(page, 'untilWhole');
  await page.locator('.scale').waitFor();
  await page.locator('.loading').waitFor({ state: 'detached' });
  const opened = performance.now() - started;
  await page.getByLabel('Size in pixels').fill('200');
  await page.getByLabel('Size in pixels').press('Enter');
  await page.keyboard.press('b');
  const box = (await page.locator('.canvas').boundingBox())!;
  await probe(page, 'reset');
  for (let stroke = 0; stroke < 6; stroke++) {
    const y = box.y + box.height * (0.2 + 0.1 * stroke);
    await page.mouse.move(box.x + box.width * 0.3, y);
    await page.mouse.down();
    for (let i = 0; i < 60; i++) await page.mouse.move(box.x + box.width * (0.3 + 0.006 * i), y + 12 * Math.sin(i / 6));
    await page.mouse.up();
    await page.waitForTimeout(1000);
  }
  const { latencies, own, intervals, saves } = await probe<ProbeTimes>(page, 'read');
  return [
    ...alone,
    { what: `${side}²: all of it in sight, at least as a sketch`, ms: whole },
    { what: `${side}²: opened with all pixels`, ms: opened, ...(open !== undefined && { budget: open }) },
    {
      what: `${side}², brush of 200 px: pointer to pixel, 95 %`,
      ms: share(latencies, 0.95),
      own: share(own, 0.95),
      budget: frame,
    },
    {
      what: `${side}², brush of 200 px: pointer to pixel, median`,
      ms: share(latencies, 0.5),
      own: share(own, 0.5),
      budget: frame,
    },
    { what: `${side}²: between frames while painting, median`, ms: share(intervals, 0.5), budget: 1000 / 60 },
    { what: `${side}²: released to safe on the disk, median`, ms: share(saves, 0.5), budget: 50 },
  ];
}

/** What the engine takes of the same, over its socket and without a window. */
async function engineAlone(side: number): Promise<Figure[]> {
  // A picture of its own: one that was decoded stays decoded.
  const project = await makeProject(`alone-${side}`, 1, side, 'jpg');
  const engine = station.connect();
  const image = (await engine.request('images.list', { project })).images[0]?.id ?? 0;
  const rows = Math.floor((4 << 20) / (side * 3));
  const started = performance.now();
  for (let top = 0; top < side; top += rows) await engine.request('image.pixels', { project, image, top, rows });
  const sent = performance.now() - started;
  await engine.request('classes.add', { project, name: 'measured' });
  const strokes: number[] = [];
  for (let stroke = 0; stroke < 12; stroke++) {
    const tiles = Array.from({ length: 8 }, (_, tile) => ({
      tileX: tile % 4,
      tileY: tile >> 2,
      after: Uint8Array.from({ length: 256 * 256 }, (_value, at) => Number((at + 37 * stroke) % 100 < 50)),
    }));
    const released = performance.now();
    await engine.request('labels.apply', { project, image, tiles, origin: 'painted', description: 'brush' });
    strokes.push(performance.now() - released);
  }
  return [
    { what: `${side}²: the engine alone, all pixels decoded and sent`, ms: sent },
    { what: `${side}²: the engine alone, 8 tiles on the disk, median`, ms: share(strokes, 0.5), budget: 50 },
  ];
}

interface ProbeTimes {
  readonly latencies: readonly number[];
  readonly own: readonly number[];
  readonly intervals: readonly number[];
  /** From a release to the sign that says it is saved. */
  readonly saves: readonly number[];
}

/** Calls a function of page/ui-probe.ts. */
function probe<Answer>(
  page: Page,
  name: 'reset' | 'read' | 'untilWhole' | 'switchImage' | 'openGallery',
): Promise<Answer> {
  return page.evaluate(`mambrushProbe.${name}()`);
}

async function switching({ page }: Workstation): Promise<Figure[]> {
  const folder = await makeProject('switching', 8, 1024, 'jpg');
  await station.open(folder);
  await page.locator('.scale').waitFor();
  const times: number[] = [];
  for (let i = 0; i < 6; i++) {
    await page.waitForTimeout(600);
    times.push(await probe<number>(page, 'switchImage'));
  }
  return [{ what: 'another image of 1024², made ready before, median', ms: share(times, 0.5), budget: 100 }];
}

async function gallery({ page }: Workstation, count: number): Promise<Figure[]> {
  const started = performance.now();
  const folder = await makeProject('many', count, 64, 'png');
  const imported = performance.now() - started;
  await station.open(folder);
  await page.locator('.scale').waitFor();
  const opened = await probe<number>(page, 'openGallery');
  await page.waitForTimeout(500);
  const box = (await page.locator('.gallery').boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const scrolled = page.evaluate<number[]>('mambrushProbe.frames(4000)');
  for (let i = 0; i < 60; i++) await page.mouse.wheel(0, 400);
  const intervals = await scrolled;
  return [
    { what: `${count} images: made and imported`, ms: imported },
    { what: `${count} images: gallery usable`, ms: opened, budget: 1000 },
    { what: `${count} images: between frames while scrolling, 95 %`, ms: share(intervals, 0.95), budget: 1000 / 30 },
  ];
}

/** The value below which this share of them lies. */
function share(numbers: readonly number[], part: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
}

function table(rows: readonly Figure[]): string {
  const line = (what: string, ms: string, own: string, budget: string): string =>
    `${what.padEnd(58)} ${ms.padStart(9)} ${own.padStart(9)} ${budget.padStart(9)}\n`;
  const ms = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(value < 100 ? 1 : 0));
  return (
    line('', 'ms', 'own', 'budget') +
    rows.map(({ what, ms: time, own, budget }) => line(what, ms(time), ms(own), ms(budget))).join('')
  );
}
