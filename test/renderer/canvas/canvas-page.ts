/**
 * The page that Node asks about the canvas: Chromium with canvas-checks in it. Not a test. Convention: arguments and
 * answers cross as JSON.
 */
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { launchChromium, openModule } from '../../fixtures/chromium.ts';

export interface CanvasPage {
  readonly page: Page;
  /** What `canvasChecks.CHECK(…args)` answers. */
  ask<T>(check: string, ...args: readonly unknown[]): Promise<T>;
  /** Red, green and blue of a pixel of the page. */
  colorAt(x: number, y: number): Promise<readonly number[]>;
  close(): Promise<void>;
}

export async function openCanvasPage(): Promise<CanvasPage> {
  const browser: Browser = await launchChromium();
  const page = await openModule(browser, 'test/renderer/page/canvas-checks.ts');
  await page.waitForFunction('"canvasChecks" in globalThis');
  return {
    page,
    ask: async <T>(check: string, ...args: readonly unknown[]) => {
      const written = args.map((arg) => (arg === undefined ? 'undefined' : JSON.stringify(arg))).join(', ');
      return (await page.evaluate(`canvasChecks.${check}(${written})`)) as T;
    },
    colorAt: async (x, y) => {
      const picture = await page.screenshot({ clip: { x, y, width: 1, height: 1 } });
      return [...(await sharp(picture).removeAlpha().raw().toBuffer())];
    },
    close: () => browser.close(),
  };
}
