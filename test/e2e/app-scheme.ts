/**
 * The shell's own scheme for pages in Chromium, which knows none: under an address that is as secure. Convention: what the
 * shell answers, with its headers, is what the page gets.
 */
import type { Page } from 'playwright-core';
import { electron } from '../electron/stand-in/electron.ts';

export const appOrigin = 'https://mambrush.test';

export async function serveAppScheme(page: Page): Promise<void> {
  await page.route(`${appOrigin}/**`, async (route) => {
    const { pathname, search } = new URL(route.request().url());
    const response = await electron.protocols.get('app')!(new Request(`app://mambrush${pathname}${search}`));
    const body = Buffer.from(await response.arrayBuffer());
    await route.fulfill({ status: response.status, headers: Object.fromEntries(response.headers), body });
  });
}
