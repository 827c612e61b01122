/**
 * `mambrush export`: a project's labels as files. Convention: another's files are never replaced unless told to.
 */
import type { ExportReport } from '../../contract/dataset.ts';
import { MambrushError } from '../../contract/error.ts';
import type { EngineClient } from '../../contract/requests.ts';
import { didYouMean } from '../did-you-mean.ts';
import { countOf, formatList, shellWord } from '../format-values.ts';
import { invocation } from '../help.ts';
import { openProject } from '../open-project.ts';
import type { OptionValues } from '../option-values.ts';
import { UsageError } from '../usage-error.ts';
import type { Command } from '../command.ts';
import { convertCheckpoint } from './convert.ts';

const formats = ['png', 'npy', 'coco', 'labelme', 'csv'] as const;

/** A terminal is no place for a thousand lines. */
const mostNotes = 20;

export const exportCommand: Command = {
  name: 'export',
  summary: "writes a project's masks as files, or a network as ONNX",
  usage: [
    'FOLDER --output FOLDER [--values KIND] [--grey] [--overlays] [options]',
    'FOLDER --output FOLDER --format npy [--size N] [options]',
    'FOLDER --output FOLDER --format coco|labelme|csv [options]',
    '--onnx FILE --checkpoint FILE [--portable] [--force]',
  ],
  details:
    'png: a mask called like its image, 0 and 255 with one class, the number of the class with several. npy: the arrays ' +
    'that the Python reference trains on, a pair for each part of the split. coco: one annotations.json, labelme: a file ' +
    'per image, both with an object for all that hangs together in a class. csv: areas.csv, with the pixels and objects ' +
    'of each class in each image. Images without labels are left out; --proposals writes what a network proposed and ' +
    'nobody has accepted yet instead, in all these formats. What is up to date is not written again, so an ' +
    'export that was cut short goes on where it stopped.',
  operands: { min: 0, max: 1, name: 'a folder with a project' },
  options: {
    output: { value: 'FOLDER', description: 'where the files go' },
    format: { value: 'KIND', description: 'png (unless given), npy, coco, labelme or csv' },
    values: {
      value: 'KIND',
      description: 'of png: 0/255 (a file per class) or index (the number of the class, in its color)',
    },
    grey: { description: 'class numbers as grey values, without the colors' },
    image: { value: 'PATH', multiple: true, description: 'only these images, by their paths in the project' },
    proposals: { description: 'what a network proposed, instead of the labels' },
    overlays: { description: 'also pictures with the mask drawn over the image' },
    size: { value: 'N', description: 'side of the arrays, for npy; 256 unless given' },
    force: { description: 'replaces files that this command did not write' },
    onnx: { value: 'FILE', description: 'writes the network of --checkpoint as ONNX' },
    checkpoint: { value: 'FILE', description: 'a network, for --onnx' },
    portable: { description: 'ONNX of standard operators alone' },
  },
  examples: [
    'export photos --output masks',
    'export photos --output arrays --format npy --size 256',
    'export photos --output coco --format coco',
    'export photos --output colored --values index --image a.png b.png',
  ],
  run: async ({ client, operands: [folder], values, progress, signal }) => {
    refuseClashes(values);
    const [onnx, checkpoint] = [values.path('onnx'), values.path('checkpoint')];
    if (onnx !== undefined) {
      if (checkpoint === undefined) throw new UsageError('Say which network: --checkpoint FILE.');
      return convertCheckpoint(client, checkpoint, onnx, values);
    }
    if (folder === undefined) throw new UsageError('Give a folder with a project, or --onnx with --checkpoint.');
    const output = values.path('output');
    if (output === undefined) throw new UsageError('Say where the files go: --output FOLDER.');
    const wanted = {
      output,
      format: values.choice('format', formats),
      source: values.has('proposals') ? ('proposals' as const) : undefined,
      values: values.choice('values', ['0/255', 'index'] as const),
      palette: values.has('grey') ? false : undefined,
      overlays: values.has('overlays'),
      overwrite: values.has('force'),
      size: values.whole('size', { min: 1, max: 8192 }),
    };
    const { project } = await openProject(client, folder);
    const images = await imagesCalled(client, project, values.texts('image'));
    const work = { signal, onProgress: progress };
    const report = await client
      .request('dataset.export', { project, images, ...wanted }, work)
      .catch((error: unknown) => {
        const isUndivided = error instanceof MambrushError && error.code === 'split-missing';
        if (!isUndivided) throw error;
        const message = `The arrays are a pair for each part of a split. First divide the images: ${invocation} split `;
        throw new MambrushError(error.code, message + shellWord(folder), { path: project, cause: error });
      });
    return { json: report, text: describe(report, wanted.source ?? 'labels'), failed: report.failed.length > 0 };
  },
};

/** The ids of the images with these paths. */
async function imagesCalled(
  client: EngineClient,
  project: string,
  paths: readonly string[] | undefined,
): Promise<number[] | undefined> {
  if (paths === undefined) return undefined;
  const { images } = await client.request('images.list', { project });
  const ids = new Map(images.map(({ path, id }) => [path.normalize('NFC'), id]));
  return paths.map((path) => {
    const id = ids.get(path.normalize('NFC'));
    if (id !== undefined) return id;
    throw new UsageError(`--image ${path}: the project has no such image.${didYouMean(path, [...ids.keys()])}`);
  });
}

/** What would be passed over in silence is refused. */
function refuseClashes(values: OptionValues): void {
  const format = values.choice('format', formats);
  if (values.has('onnx')) {
    const other = ['output', 'format', 'values', 'grey', 'image', 'proposals', 'overlays', 'size'].find((name) =>
      values.has(name),
    );
    if (other !== undefined) {
      throw new UsageError(`--${other} is for masks and --onnx for a network: give one of them.`);
    }
    return;
  }
  const network = ['checkpoint', 'portable'].find((name) => values.has(name));
  if (network !== undefined) throw new UsageError(`--${network} goes with --onnx FILE.`);
  const ofPictures = ['overlays', 'values', 'grey'].find((name) => values.has(name));
  if (format !== undefined && format !== 'png' && ofPictures !== undefined) {
    throw new UsageError(`--${ofPictures} goes with --format png.`);
  }
  if (values.has('grey') && values.text('values') === '0/255') {
    throw new UsageError('--grey is of class numbers: masks of 0 and 255 have no colors.');
  }
  if (format !== 'npy' && values.has('size')) {
    throw new UsageError(
      '--size is the side of the arrays and goes with --format npy; masks have their images’ sizes.',
    );
  }
}

function describe(report: ExportReport, what: 'labels' | 'proposals'): string {
  const notes = (title: string, list: Parameters<typeof formatList>[1]): string[] =>
    formatList(title, list, mostNotes, '; --json lists all.');
  const { images, leftOut, written, unchanged } = report;
  return [
    `${countOf(images, what === 'labels' ? 'labeled image' : 'image')}: ${countOf(written, 'file')} written to ${report.output}.`,
    ...(unchanged > 0 ? [`${countOf(unchanged, 'file was', 'files were')} up to date.`] : []),
    ...(leftOut > 0 ? [`${countOf(leftOut, 'image')} left out: without ${what}, or in no part of the split.`] : []),
    ...notes('Worth knowing:', report.warnings),
    ...notes('Could not be written:', report.failed),
    ...notes('Not replaced (--force replaces files that this command did not write, but never an image):', report.kept),
  ].join('\n');
}
