import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Evaluation } from '../../engine/contract/prediction.ts';
import { makeDemoFolder, sealDemoFolder } from '../../engine/cli/demo-folder.ts';
import { drawCurves } from '../../engine/cli/report/curves.ts';
import { temporaryFolder, writeBytes } from '../fixtures/disc-pictures.ts';
import { documentOf, mambrush } from './run-mambrush.ts';

const sample = fileURLToPath(new URL('../../resources/sample/', import.meta.url));

interface DemoDocument {
  readonly report: string;
  readonly project: string;
  readonly predictions: string;
  readonly evaluation: Evaluation;
}

describe('the demo', () => {
  it('goes the whole way and ends with a page that loads nothing, in two languages', async () => {
    const user = temporaryFolder();
    const result = await mambrush(user, 'demo', '--epochs', '2', '--json');
    expect(result.code, result.err).toBe(0);
    const { report, project, predictions, evaluation } = documentOf(result) as unknown as DemoDocument;
    expect([report, project]).toEqual([join(user, 'demo', 'report.html'), join(user, 'demo', 'photos')]);
    const without = readdirSync(join(sample, 'images')).filter((name) => !existsSync(join(sample, 'masks', name)));
    expect(readdirSync(join(predictions, 'images')).sort()).toEqual(without.sort());
    const whole = readFileSync(report, 'utf8');
    const page = whole.replaceAll(/;base64,[^"]+/g, ';base64,');
    expect(page).toContain("default-src 'none'; img-src data:; style-src 'unsafe-inline'");
    expect(page).not.toMatch(/<script|<link|https?:|@import|url\(|NaN|undefined/);
    const pictures = [...page.matchAll(/<img [^>]*src="(data:image\/(?:png|jpeg);base64,)?/g)];
    expect(pictures.every(([, embedded]) => embedded !== undefined)).toBe(true);
    expect(pictures).toHaveLength(3 * evaluation.images + 2 * without.length);
    for (const { path } of evaluation.worst) expect(page).toContain(basename(path));
    expect(page).toContain(evaluation.pooled.dice?.toFixed(3));
    const said = (language: string): number => page.split(`<span lang="${language}">`).length;
    expect(said('zh-CN')).toBe(said('en'));

    const again = await mambrush(user, 'demo', '--epochs', '1', '--quiet');
    expect(again).toMatchObject({ code: 0, err: '' });
    expect(again.out).toContain(`Open the report:  ${report}`);
    expect(readdirSync(user)).toEqual(['demo']);
    expect(readFileSync(report, 'utf8') === whole).toBe(false);
  });
});

describe('the folder of the demo', () => {
  it('that no demo made is left alone', async () => {
    const user = temporaryFolder();
    writeBytes(join(user, 'demo', 'thesis.txt'), 'years of work');
    const result = await mambrush(user, 'demo', '--json');
    expect(result.code).toBe(1);
    expect(documentOf(result)).toMatchObject({ error: { code: 'demo-folder-taken' } });
    expect(readdirSync(join(user, 'demo'))).toEqual(['thesis.txt']);
  });

  it('is made anew where nothing has changed since, and set aside where somebody has worked in it', () => {
    const folder = join(temporaryFolder(), 'demo');
    expect(makeDemoFolder(folder, sample)).toEqual({});
    expect(readdirSync(join(folder, 'photos', 'images'))).toHaveLength(24);
    sealDemoFolder(folder);
    expect(makeDemoFolder(folder, sample)).toEqual({});
    sealDemoFolder(folder);
    writeFileSync(join(folder, 'photos', 'mine.png'), 'mine');
    expect(makeDemoFolder(folder, sample)).toEqual({ setAside: `${folder}-1` });
    // One that broke off has no seal.
    expect(makeDemoFolder(folder, sample)).toEqual({ setAside: `${folder}-2` });
    expect(readFileSync(join(`${folder}-1`, 'photos', 'mine.png'), 'utf8')).toBe('mine');
    expect(existsSync(join(folder, 'photos', 'mine.png'))).toBe(false);
  });
});

describe('curves', () => {
  const heights = (svg: string): number[] =>
    [.../points="([^"]*)"/.exec(svg)![1]!.matchAll(/,([\d.]+)/g)].map(([, y]) => Number(y));

  it('rise with their values, within round bounds, and leave gaps out', () => {
    const svg = drawCurves([{ name: ['loss', '损失'], color: 'red', values: [1.3, undefined, 0.2, 0.7] }]);
    const [first, third, fourth] = heights(svg);
    expect(heights(svg)).toHaveLength(3);
    expect(first!).toBeLessThan(fourth!);
    expect(fourth!).toBeLessThan(third!);
    expect([...svg.matchAll(/text-anchor="end">([\d.]+)</g)].map(([, text]) => text)).toEqual([
      '0.00',
      '0.50',
      '1.00',
      '1.50',
    ]);
  });

  it('of a single epoch, or of none, are still drawings', () => {
    for (const values of [[0.5], [undefined], []]) {
      expect(drawCurves([{ name: ['a', 'a'], color: 'red', values }], 1)).not.toMatch(/NaN|Infinity/);
    }
  });
});
