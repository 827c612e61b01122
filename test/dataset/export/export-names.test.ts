import { describe, expect, it } from 'vitest';
import { classSuffixes, exportStems } from '../../../engine/dataset/export/export-names.ts';
import { planExport } from '../../../engine/dataset/export/export-plan.ts';
import type { ExportOptions } from '../../../engine/dataset/export/export-plan.ts';

const stems = (paths: readonly string[], neighbors?: readonly string[]): string[] => [
  ...exportStems(paths, neighbors).values(),
];

const cell = { name: 'cell', color: '#e69f00' };
const debris = { name: 'debris', color: '#0072b2' };

function namesOf(paths: readonly string[], options: Partial<ExportOptions> = {}): string[] {
  const items = paths.map((path) => ({ path, origin: 'v1' }));
  const { files } = planExport(items, { outputFolder: '/out', classes: [cell], ...options });
  return files.flat().map(({ name }) => name);
}

describe('the stem of an image’s files', () => {
  it('is its path without the ending, in any script', () => {
    expect(stems(['a.jpg', 'x y/b.c.png', '图像/细胞 1.TIFF', '.hidden', 'x/.b.png'])).toEqual([
      'a',
      'x y/b.c',
      '图像/细胞 1',
      '.hidden',
      'x/.b',
    ]);
  });

  it('keeps the ending where another image has the same stem, by case or by spelling too', () => {
    expect(stems(['a.jpg', 'a.png', 'b.png', 'x/a.jpg'])).toEqual(['a.jpg', 'a.png', 'b', 'x/a']);
    expect(stems(['A.jpg', 'a.png'])).toEqual(['A.jpg', 'a.png']);
    expect(stems(['é.jpg', 'e\u0301.png'])).toEqual(['é.jpg', 'e\u0301.png']);
  });

  it('does not depend on which images are exported', () => {
    expect(stems(['a.png'], ['a.jpg', 'a.png'])).toEqual(stems(['a.jpg', 'a.png']).slice(1));
  });

  it.each(['../a.png', 'x/../../a.png', '/etc/a.png', 'C:/a.png', '..\\a.png'])('is refused for %s', (path) => {
    expect(() => stems([path])).toThrow(/leads out of the folder/);
  });
});

describe('names of files', () => {
  it('are one for each image and kind, even when an image is called as another’s file would be', () => {
    expect(namesOf(['a.jpg', 'a.png', 'a.png.tif'])).toEqual(['a.jpg.png', 'a.png.png', 'a.png-2.png']);
    const report = planExport(
      ['a.png', 'a.png.tif', 'a.tif'].map((path) => ({ path, origin: 'v1' })),
      { outputFolder: '/out', classes: [cell] },
    );
    expect(report.renamed.map(({ file }) => file)).toEqual(['a.png.png', 'a.png-2.png', 'a.tif.png']);
  });

  it('end in the class where there is a file for each of several', () => {
    expect(namesOf(['a.jpg'], { classes: [cell, debris], format: '0/255' })).toEqual(['a_cell.png', 'a_debris.png']);
    expect(namesOf(['a.jpg'], { classes: [cell, debris] })).toEqual(['a.png']);
    expect(namesOf(['a.jpg', 'a_cell.png'], { classes: [cell, debris], format: '0/255' })).toEqual([
      'a_cell.png',
      'a_debris.png',
      'a_cell_cell.png',
      'a_cell_debris.png',
    ]);
  });

  it('have nothing of a class’s name that a disk does not take, and never the same part twice', () => {
    const named = ['a/b', 'a:b', '  ', '', '细胞 核', '\u0007', 'A-B', 'x'.repeat(90)].map((name) => ({ name }));
    const suffixes = classSuffixes(named);
    expect(suffixes.slice(0, 7)).toEqual(['a-b', 'a-b-2', 'class 3', 'class 4', '细胞 核', '-', 'A-B-3']);
    expect(suffixes[7]).toHaveLength(60);
  });
});
