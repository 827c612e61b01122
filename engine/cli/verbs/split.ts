/**
 * `mambrush split`: which images train, validate and test. Convention: sizes are counts (1400) or shares (70% or 0.7); one
 * of the three may be left out and is the rest.
 */
import type { SplitReport } from '../../contract/dataset.ts';
import { countOf, formatMeasure, formatTable, shellWord } from '../format-values.ts';
import { command } from '../help.ts';
import { openProject } from '../open-project.ts';
import type { OptionValues } from '../option-values.ts';
import type { Verb } from '../verb.ts';

export const split: Verb = {
  name: 'split',
  summary: 'divides the labelled images into train, validation and test',
  usage: ['FOLDER [--train N] [--val N] [--test N] [--seed N] [--group PATTERN]', 'FOLDER --train-list FILE …'],
  details:
    'N is a number of images (1400) or a share (70% or 0.7); of three, one may be left out. Without any it is 70, 10 and ' +
    '20 %. The parts get about the same share of foreground, and pictures that look alike stay together. The same seed ' +
    'gives the same parts.',
  operands: { min: 1, max: 1, name: 'a folder with a project' },
  options: {
    train: { type: 'string', value: 'N', description: 'to learn from' },
    val: { type: 'string', value: 'N', description: 'to choose the best epoch by' },
    test: { type: 'string', value: 'N', description: 'to judge the result by; never seen while training' },
    seed: { type: 'string', value: 'N', description: 'of the random choice; 42 unless given' },
    random: { type: 'boolean', description: 'by chance alone, without regard to the share of foreground' },
    group: {
      type: 'string',
      value: 'PATTERN',
      description:
        'a regular expression on the path; images for which it finds the same (its first group, if it has one) stay ' +
        'together, e.g. a patient',
    },
    'keep-duplicates-apart': { type: 'boolean', description: 'do not look for pictures that look alike' },
    'train-list': { type: 'string', value: 'FILE', description: 'text files with one name a line, instead of sizes' },
    'val-list': { type: 'string', value: 'FILE', description: 'the same for validation' },
    'test-list': { type: 'string', value: 'FILE', description: 'the same for test' },
    name: { type: 'string', value: 'NAME', description: 'what the split is called' },
  },
  examples: [
    'split photos',
    'split photos --train 1400 --val 200 --test 400 --seed 42',
    "split scans --group '^(P\\d+)'",
  ],
  run: async ({ client, operands: [folder = '.'], values, progress, signal }) => {
    const work = { signal, onProgress: progress };
    const wanted = {
      name: values.text('name'),
      train: values.size('train'),
      val: values.size('val'),
      test: values.size('test'),
      seed: values.whole('seed', { min: 0, max: 0xffffffff }),
      method: values.flag('random') ? ('random' as const) : undefined,
      groupPattern: values.text('group'),
      nearDuplicates: values.flag('keep-duplicates-apart') ? false : undefined,
      lists: lists(values),
    };
    const { project } = await openProject(client, folder);
    const report = await client.request('dataset.split', { project, ...wanted }, work);
    return { json: report, text: describe(report, folder) };
  },
};

function lists(values: OptionValues): { train?: string; val?: string; test?: string } | undefined {
  const given = (['train', 'val', 'test'] as const).flatMap((part) => {
    const path = values.path(`${part}-list`);
    return path === undefined ? [] : [[part, path] as const];
  });
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

function describe(report: SplitReport, folder: string): string {
  const names = { train: 'training', val: 'validation', test: 'test' } as const;
  const rows = (['train', 'val', 'test'] as const).map((part) => {
    const { images, share, meanForegroundShare } = report.parts[part];
    const foreground = meanForegroundShare === null ? '–' : `${formatMeasure(100 * meanForegroundShare, 1)} %`;
    return [names[part], String(images), `${formatMeasure(100 * share, 1)} %`, foreground];
  });
  return [
    `${countOf(report.images, 'labelled image')}, seed ${report.split.seed}:`,
    '',
    formatTable([['part', 'images', 'share', 'foreground'], ...rows]),
    '',
    ...(report.nearDuplicates > 0
      ? [`${countOf(report.nearDuplicates, 'set')} of pictures that look alike stayed together.`]
      : []),
    ...(report.unused > 0 ? [`${countOf(report.unused, 'image')} in no part.`] : []),
    ...report.warnings.map(({ message }) => message),
    `Next: ${command} train ${shellWord(folder)}`,
  ].join('\n');
}
