/**
 * `mambrush split`: which images train, validate and test. Convention: sizes are counts (1400) or shares (70% or 0.7); one
 * of the three may be left out and is the rest.
 */
import type { SplitReport } from '../../contract/dataset.ts';
import { MambrushError } from '../../contract/error.ts';
import { countOf, formatMeasure, formatTable, shellWord } from '../format-values.ts';
import { invocation } from '../help.ts';
import { openProject } from '../open-project.ts';
import type { OptionValues } from '../option-values.ts';
import { UsageError } from '../usage-error.ts';
import type { Command } from '../command.ts';

const parts = ['train', 'val', 'test'] as const;

export const split: Command = {
  name: 'split',
  summary: 'divides the labeled images into train, validation and test',
  usage: [
    'FOLDER [--train N] [--val N] [--test N] [--seed N] [--group PATTERN] [--random]',
    'FOLDER --train-list FILE [--val-list FILE] [--test-list FILE]',
  ],
  details:
    'N is a number of images (1400) or a share (70% or 0.7); of three, one may be left out. Without any it is 70, 10 and ' +
    '20 %. The parts get about the same share of foreground, and pictures that look alike stay together. The same seed ' +
    'gives the same parts.',
  operands: { min: 1, max: 1, name: 'a folder with a project' },
  options: {
    train: { value: 'N', description: 'to learn from' },
    val: { value: 'N', description: 'to choose the best epoch by' },
    test: { value: 'N', description: 'to judge the result by; never seen while training' },
    seed: { value: 'N', description: 'of the random choice; 42 unless given' },
    stratified: { description: 'about the same share of foreground in each part; this is the default' },
    random: { description: 'by chance alone, whatever the share of foreground' },
    group: {
      value: 'PATTERN',
      description:
        'a regular expression on the path; images for which it finds the same (its first group, if it has one) stay ' +
        'together, e.g. a patient',
    },
    'keep-duplicates-apart': { description: 'do not look for pictures that look alike' },
    'train-list': { value: 'FILE', description: 'text files with one name a line, instead of sizes' },
    'val-list': { value: 'FILE', description: 'the same for validation' },
    'test-list': { value: 'FILE', description: 'the same for test' },
    name: { value: 'NAME', description: 'what the split is called' },
  },
  examples: [
    'split photos',
    'split photos --train 1400 --val 200 --test 400 --seed 42',
    "split scans --group '^(P\\d+)'",
  ],
  run: async ({ client, operands: [folder = '.'], values, progress, signal }) => {
    const work = { signal, onProgress: progress };
    refuseClashes(values);
    const wanted = {
      name: values.text('name'),
      train: values.size('train'),
      val: values.size('val'),
      test: values.size('test'),
      seed: values.whole('seed', { min: 0, max: 0xffffffff }),
      method: (['random', 'stratified'] as const).find((method) => values.has(method)),
      groupPattern: values.text('group'),
      nearDuplicates: values.has('keep-duplicates-apart') ? false : undefined,
      lists: lists(values),
    };
    const { project } = await openProject(client, folder);
    const report = await client.request('dataset.split', { project, ...wanted }, work).catch((error: unknown) => {
      // Such as a pattern that is no regular expression: wrong before any image is looked at.
      if (error instanceof MambrushError && wronglyAsked.has(error.code)) throw new UsageError(error.message);
      throw error;
    });
    return { json: report, text: describe(report, folder) };
  },
};

const wronglyAsked: ReadonlySet<string> = new Set(['split-sizes-invalid', 'group-pattern-invalid']);

/** What contradicts itself, or would be passed over in silence, is refused before the project is opened. */
function refuseClashes(values: OptionValues): void {
  const given = parts.filter((part) => values.has(part));
  const list = parts.find((part) => values.has(`${part}-list`));
  if (list !== undefined) {
    const other = [...parts, 'seed', 'random', 'stratified', 'group'].find((name) => values.has(name));
    if (other !== undefined) throw new UsageError(`--${list}-list says which images; --${other} cannot change that.`);
  }
  if (values.has('random') && values.has('stratified')) {
    throw new UsageError('--random and --stratified are two ways to divide: give one of them.');
  }
  if (given.length === 1) {
    throw new UsageError(`--${given[0] ?? ''} alone does not say how the rest is divided: give one more part.`);
  }
  const isShare = (part: string): boolean => values.text(part)?.endsWith('%') === true;
  const counted = given.find((part) => !isShare(part) && (values.size(part) ?? 0) > 1);
  const share = given.find(isShare);
  if (counted !== undefined && share !== undefined) {
    throw new UsageError(
      `--${counted} ${values.text(counted) ?? ''} is a number of images and --${share} ${values.text(share) ?? ''} a ` +
        'share: give numbers or shares.',
    );
  }
  const total = given.reduce((sum, part) => sum + (values.size(part) ?? 0), 0);
  if (share !== undefined && total > 1 + 1e-9) {
    throw new UsageError(`The parts are ${formatMeasure(100 * total, 1)} % in all: give 100 % at most.`);
  }
}

function lists(values: OptionValues): { train?: string; val?: string; test?: string } | undefined {
  const given = parts.flatMap((part) => {
    const path = values.path(`${part}-list`);
    return path === undefined ? [] : [[part, path] as const];
  });
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

function describe(report: SplitReport, folder: string): string {
  const names = { train: 'training', val: 'validation', test: 'test' } as const;
  const rows = parts.map((part) => {
    const { images, share, meanForegroundShare } = report.parts[part];
    const foreground = meanForegroundShare === null ? '–' : `${formatMeasure(100 * meanForegroundShare, 1)} %`;
    return [names[part], String(images), `${formatMeasure(100 * share, 1)} %`, foreground];
  });
  return [
    `${countOf(report.images, 'labeled image')}, seed ${report.split.seed}:`,
    '',
    formatTable([['part', 'images', 'share', 'foreground'], ...rows]),
    '',
    ...(report.nearDuplicates > 0
      ? [`${countOf(report.nearDuplicates, 'set')} of pictures that look alike stayed together.`]
      : []),
    ...(report.unused > 0 ? [`${countOf(report.unused, 'image')} in no part.`] : []),
    ...report.warnings.map(({ message }) => message),
    `Next: ${invocation} train ${shellWord(folder)}`,
  ].join('\n');
}
