/**
 * `mambrush export`: a project's labels as files. Convention: another's files are never replaced unless told to.
 */
import type { ExportReport } from '../../contract/dataset.ts';
import { MambrushError } from '../../contract/error.ts';
import { countOf, shellWord } from '../format-values.ts';
import { command } from '../help.ts';
import { openProject } from '../open-project.ts';
import type { OptionValues } from '../option-values.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';
import { convertCheckpoint } from './convert.ts';

const formats = ['png', 'npy', 'coco', 'labelme', 'csv'] as const;

/** A terminal is no place for a thousand lines. */
const mostNotes = 20;

export const exportVerb: Verb = {
  name: 'export',
  summary: "writes a project's masks as files, or a network as ONNX",
  usage: [
    'FOLDER --output FOLDER [--format png] [--overlays] [--force]',
    'FOLDER --output FOLDER --format npy [--size N] [--force]',
    'FOLDER --output FOLDER --format coco|labelme|csv [--force]',
    '--onnx FILE --checkpoint FILE [--portable] [--force]',
  ],
  details:
    'png: a mask called like its image, 0 and 255 with one class, the number of the class with several. npy: the arrays ' +
    'that the Python reference trains on, a pair for each part of the split. coco: one annotations.json, labelme: a file ' +
    'per image, both with an object for all that hangs together in a class. csv: areas.csv, with the pixels and objects ' +
    'of each class in each image. Images without labels are left out. What is up to date is not written again, so an ' +
    'export that was cut short goes on where it stopped.',
  operands: { min: 0, max: 1, name: 'a folder with a project' },
  options: {
    output: { type: 'string', value: 'FOLDER', description: 'where the files go' },
    format: {
      type: 'string',
      value: 'KIND',
      description: 'png (unless given), npy, coco, labelme or csv',
    },
    overlays: { type: 'boolean', description: 'also pictures with the mask drawn over the image' },
    size: { type: 'string', value: 'N', description: 'side of the arrays, for npy; 256 unless given' },
    force: { type: 'boolean', description: 'replaces files that this command did not write' },
    onnx: { type: 'string', value: 'FILE', description: 'writes the network of --checkpoint as ONNX' },
    checkpoint: { type: 'string', value: 'FILE', description: 'a network, for --onnx' },
    portable: { type: 'boolean', description: 'ONNX of standard operators alone' },
  },
  examples: [
    'export photos --output masks',
    'export photos --output arrays --format npy --size 256',
    'export photos --output coco --format coco',
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
      overlays: values.flag('overlays'),
      overwrite: values.flag('force'),
      size: values.whole('size', { min: 1, max: 8192 }),
    };
    const { project } = await openProject(client, folder);
    const work = { signal, onProgress: progress };
    const report = await client.request('dataset.export', { project, ...wanted }, work).catch((error: unknown) => {
      const isUndivided = error instanceof MambrushError && error.code === 'split-missing';
      if (!isUndivided) throw error;
      const message = `The arrays are a pair for each part of a split. First divide the images: ${command} split `;
      throw new MambrushError(error.code, message + shellWord(folder), { path: project, cause: error });
    });
    return { json: report, text: describe(report), failed: report.failed.length > 0 };
  },
};

/** What would be passed over in silence is refused. */
function refuseClashes(values: OptionValues): void {
  const format = values.choice('format', formats);
  if (values.has('onnx')) {
    const other = ['output', 'format', 'overlays', 'size'].find((name) => values.has(name));
    if (other !== undefined) {
      throw new UsageError(`--${other} is for masks and --onnx for a network: give one of them.`);
    }
    return;
  }
  const network = ['checkpoint', 'portable'].find((name) => values.has(name));
  if (network !== undefined) throw new UsageError(`--${network} goes with --onnx FILE.`);
  if (format !== undefined && format !== 'png' && values.flag('overlays')) {
    throw new UsageError('--overlays goes with --format png.');
  }
  if (format !== 'npy' && values.has('size')) {
    throw new UsageError(
      '--size is the side of the arrays and goes with --format npy; masks have their images’ sizes.',
    );
  }
}

function describe(report: ExportReport): string {
  const notes = (title: string, list: readonly { readonly message: string }[]): string[] => {
    const more = list.length - mostNotes;
    if (list.length === 0) return [];
    const shown = list.slice(0, mostNotes).map(({ message }) => `  ${message}`);
    return ['', title, ...shown, ...(more > 0 ? [`  … and ${String(more)} more; --json lists all.`] : [])];
  };
  const { images, leftOut, written, unchanged } = report;
  return [
    `${countOf(images, 'labelled image')}: ${countOf(written, 'file')} written to ${report.output}.`,
    ...(unchanged > 0 ? [`${countOf(unchanged, 'file was', 'files were')} up to date.`] : []),
    ...(leftOut > 0 ? [`${countOf(leftOut, 'image')} left out: without labels, or in no part of the split.`] : []),
    ...notes('Worth knowing:', report.warnings),
    ...notes('Could not be written:', report.failed),
    ...notes('Not replaced (--force replaces files that this command did not write, but never an image):', report.kept),
  ].join('\n');
}
