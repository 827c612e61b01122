/**
 * `mambrush evaluate`: how good a network is on labelled images, at their own size. Convention: pooled counts all pixels
 * together, per image is the mean over images; HD95 is in pixels.
 */
import { metricNames } from '../../contract/prediction.ts';
import type { Evaluation, Metrics } from '../../contract/prediction.ts';
import { computeArguments, computeOptions } from '../compute-options.ts';
import { countOf, formatDuration, formatList, formatMeasure, formatTable } from '../format-values.ts';
import { openProject } from '../open-project.ts';
import type { Command } from '../command.ts';
import { describeChoice, describeFallback } from '../describe-choice.ts';

const parts = ['test', 'val', 'train', 'all'] as const;

export const evaluate: Command = {
  name: 'evaluate',
  summary: 'how good the network is on images it has not seen',
  usage: ['FOLDER [--split PART] [--checkpoint FILE] [--csv FILE]'],
  operands: { min: 1, max: 1, name: 'a folder with a project' },
  options: {
    split: { value: 'PART', description: 'test (the default), val, train, or all labeled images' },
    checkpoint: { value: 'FILE', description: "the network; the latest run's best unless given" },
    csv: { value: 'FILE', description: 'writes a table with a line per image and class' },
    ...computeOptions,
  },
  examples: ['evaluate photos', 'evaluate photos --split val --csv figures.csv', 'evaluate photos --json'],
  run: async ({ client, operands: [folder = '.'], values, progress, signal }) => {
    const wanted = {
      part: values.choice('split', parts),
      checkpoint: values.path('checkpoint'),
      csv: values.path('csv'),
      compute: computeArguments(values),
    };
    const { project } = await openProject(client, folder);
    const result = await client.request('evaluate', { project, ...wanted }, { signal, onProgress: progress });
    return { json: result, text: describe(result) };
  },
};

const names = { test: 'test part', val: 'validation part', train: 'training part', all: 'whole project' } as const;
const worstShown = 10;

function describe(result: Evaluation): string {
  const row = (name: string, metrics: Metrics): string[] => [
    name,
    ...metricNames.map((column) => formatMeasure(metrics[column], column === 'hd95' ? 1 : 4)),
  ];
  const head = ['', 'Dice', 'IoU', 'accuracy', 'sensitivity', 'specificity', 'HD95 (px)'];
  const several = result.classes.length > 1;
  const rows = [
    row('pooled', result.pooled),
    row('mean of images', result.perImage),
    ...(several ? result.classes.map(({ name, pooled }) => row(`${name}, pooled`, pooled)) : []),
  ];
  const worst = result.worst.slice(0, worstShown).map(({ path, ...metrics }) => row(path, metrics));
  return [
    `${countOf(result.images, 'image')} of the ${names[result.part]}, ${formatDuration(result.seconds)}, on ${describeChoice(result.compute)}.`,
    ...describeFallback(result.compute),
    `Network: ${result.checkpoint}`,
    '',
    formatTable([head, ...rows]),
    '',
    'Worst images first:',
    formatTable([['image', ...head.slice(1)], ...worst]),
    ...formatList('Left out:', result.failed, Infinity),
    ...(result.csv === undefined ? [] : ['', `Table: ${result.csv}`]),
  ].join('\n');
}
