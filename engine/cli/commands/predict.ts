/**
 * `mambrush predict`: masks for images, of a project or of any file or folder. Convention: masks have the images' own
 * size; what is there already from the same image and network is not made again, and another's file is never replaced.
 */
import type { PredictReport } from '../../contract/prediction.ts';
import { computeArguments, computeOptions } from '../compute-options.ts';
import { countOf, formatDuration, formatList } from '../format-values.ts';
import { UsageError } from '../usage-error.ts';
import { openProject } from '../open-project.ts';
import type { Command } from '../command.ts';
import { describeChoice, describeFallback } from '../describe-choice.ts';

const choices = ['unlabelled', 'labelled', 'test', 'all'] as const;

export const predict: Command = {
  name: 'predict',
  summary: 'masks for images that have none',
  usage: [
    'FOLDER [--images WHICH] [--output FOLDER] [options]',
    '--checkpoint FILE --input FILE|FOLDER --output FOLDER [options]',
  ],
  details:
    "The first form takes a project's images and its latest run; masks go to FOLDER/predictions. The second needs no " +
    'project. Stopped in between, the same command goes on where it was.',
  operands: { min: 0, max: 1, name: 'a folder with a project' },
  options: {
    checkpoint: { value: 'FILE', description: "the network; a project's latest run unless given" },
    input: { value: 'PATH', description: 'an image, or a folder of images with all below it' },
    output: { value: 'FOLDER', description: 'where the masks go' },
    images: { value: 'WHICH', description: 'of a project: unlabelled (the default), labelled, test, all' },
    format: { value: 'KIND', description: 'png (0 and 255; with several classes the class number) or npy' },
    probabilities: { description: 'also the probabilities: 16-bit PNG, or NPY with --format npy' },
    overlays: { description: 'also pictures with the mask drawn over the image' },
    size: { value: 'N', description: 'side at which the network sees an image; as trained unless given' },
    force: { description: 'replaces files that this command did not write' },
    ...computeOptions,
  },
  examples: ['predict photos --overlays', 'predict --checkpoint best.safetensors --input more-photos --output masks'],
  run: async ({ client, operands: [folder], values, progress, signal }) => {
    const work = { signal, onProgress: progress };
    const writing = {
      format: values.choice('format', ['png', 'npy'] as const),
      probabilities: values.has('probabilities'),
      overlays: values.has('overlays'),
      overwrite: values.has('force'),
      size: values.whole('size', { min: 1 }),
      compute: computeArguments(values),
    };
    const [checkpoint, input, output] = [values.path('checkpoint'), values.path('input'), values.path('output')];
    if (folder !== undefined) {
      if (input !== undefined) {
        throw new UsageError('Give either the folder of a project, or --input with --checkpoint and --output.');
      }
      const images = values.choice('images', choices);
      const { project } = await openProject(client, folder);
      const report = await client.request('predict.project', { project, images, checkpoint, output, ...writing }, work);
      const isEmpty = report.files.length + report.failed.length === 0;
      const text = isEmpty ? nothingToDo(images ?? 'unlabelled') : describe(report);
      return { json: report, text, failed: report.failed.length > 0 };
    }
    if (checkpoint === undefined || input === undefined || output === undefined) {
      throw new UsageError('Without a project, predict needs --checkpoint, --input and --output.');
    }
    const report = await client.request('predict.files', { checkpoint, input, output, ...writing }, work);
    return { json: report, text: describe(report), failed: report.failed.length > 0 };
  },
};

function nothingToDo(images: (typeof choices)[number]): string {
  const which = { unlabelled: 'unlabelled', labelled: 'labelled', test: 'in the test part', all: 'in the project' }[
    images
  ];
  return `Nothing to predict: no image is ${which}.${images === 'all' ? '' : ' With --images all, masks are made for every image.'}`;
}

function describe(report: PredictReport): string {
  const { width, height } = report.size;
  const speed = report.written / Math.max(1e-9, report.seconds);
  return [
    `Masks for ${countOf(report.written, 'image')} in ${formatDuration(report.seconds)} (${speed.toFixed(0)} images/s), ` +
      `seen at ${width}×${height}, on ${describeChoice(report.compute)}.`,
    ...describeFallback(report.compute),
    ...(report.unchanged > 0 ? [`${countOf(report.unchanged, 'image')} had theirs already.`] : []),
    `They are in ${report.output}`,
    ...formatList('Left out:', report.failed),
    ...formatList('Not replaced (use --force to do so):', report.kept),
  ].join('\n');
}
