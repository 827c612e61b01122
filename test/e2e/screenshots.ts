/**
 * `npm run screenshots`: every view of the window in both languages and two sizes, dark and light, empty, full and
 * failing, into out/screenshots. To be looked at; not a test. Convention: LANGUAGE-WIDTHxHEIGHT-VIEW.png.
 */
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startWorkstation } from './workstation.ts';
import type { WorkstationOptions } from './workstation.ts';

const output = fileURLToPath(new URL('../../out/screenshots/', import.meta.url));
const sizes = [
  { width: 1280, height: 800 },
  { width: 2560, height: 1440 },
] as const;

mkdirSync(output, { recursive: true });
for (const language of ['en', 'zh-CN'] as const) {
  for (const size of sizes) await photograph({ ...size, language });
}
process.stdout.write(`${output}\n`);

async function photograph(options: Required<Pick<WorkstationOptions, 'width' | 'height' | 'language'>>): Promise<void> {
  const station = await startWorkstation(options);
  const { page } = station;
  const shoot = async (view: string): Promise<void> => {
    let picture = await page.screenshot();
    for (let alike = 0; alike < 4;) {
      // Notices come and go; the pictures are of what stays.
      await page.evaluate('document.querySelectorAll(".notice button:last-child").forEach((button) => button.click())');
      await page.evaluate('new Promise((settle) => requestIdleCallback(settle))');
      const next = await page.screenshot();
      alike = next.equals(picture) ? alike + 1 : 0;
      picture = next;
    }
    writeFileSync(join(output, `${options.language}-${options.width}x${options.height}-${view}.png`), picture);
  };
  try {
    await station.open();
    await shoot('start');
    const project = station.copySample();
    const fresh = station.copySample('fresh');
    await station.open(fresh);
    await shoot('import-preview');
    const engine = station.connect();
    await engine.request('dataset.import', { folder: project });
    await engine.request('dataset.split', { project, train: 0.6, val: 0.2, test: 0.2 });
    await station.open(project);
    await page.locator('.scale').waitFor();
    await shoot('annotate');
    await page.keyboard.press('F3');
    await shoot('train-before');
    const { run } = await engine.request('train.start', { project, settings: { epochs: 40, seed: 1 } });
    await engine.request('train.wait', { project, run: run.id });
    await shoot('train');
    const { images } = await engine.request('images.list', { project });
    await engine.request('proposals.make', { project, images: images.map(({ id }) => id) });
    await page.keyboard.press('F2');
    await shoot('gallery');
    await page.keyboard.press('F4');
    await shoot('review-before');
    await page.locator('.button.primary').first().click();
    await page.getByRole('listbox').first().waitFor();
    await shoot('review');
    await page.keyboard.press('F1');
    await page.locator('.scale').waitFor();
    await page
      .getByRole('listbox')
      .getByRole('option', { name: /5c6eb9a4/ })
      .click();
    await shoot('annotate-proposal');
    await page.keyboard.press('Control+e');
    await shoot('export');
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await shoot('keys');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+,');
    await shoot('settings');
    await page.keyboard.press('Escape');
    // Not a neighbor of the first: that one is ready to be shown already.
    truncateSync(join(project, images[5]?.path ?? ''), 200);
    await page
      .getByRole('listbox')
      .getByRole('option', { name: /3a3fee42/ })
      .click();
    await shoot('annotate-unreadable');
    await page.emulateMedia({ colorScheme: 'light' });
    await engine.request('preferences.write', { values: { theme: 'light' } });
    await station.open(project);
    await page.locator('.scale').waitFor();
    await page.keyboard.press('a');
    await shoot('annotate-light');
    await page.keyboard.press('F2');
    await shoot('gallery-light');
    await page.keyboard.press('F3');
    await shoot('train-light');
  } finally {
    await station.close();
  }
}
