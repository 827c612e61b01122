/**
 * What axe-core finds in a page that somebody who cannot see or use a mouse would stumble over. Convention: only what is
 * serious or critical, each with the elements.
 */
import axeCore from 'axe-core';
import type { Page } from 'playwright-core';

interface Axe {
  run(): Promise<{
    readonly violations: readonly {
      readonly id: string;
      readonly impact: string | null;
      readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
    }[];
  }>;
}

export async function seriousViolations(page: Page): Promise<readonly string[]> {
  // The page's own policy allows no script from elsewhere; what is evaluated from outside is not under it.
  await page.evaluate(axeCore.source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: Axe }).axe.run());
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`));
}
