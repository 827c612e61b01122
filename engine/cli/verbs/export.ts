/**
 * `mambrush export`: a project's labels as files. Convention: another's files are never replaced unless told to.
 */
import type { ExportReport } from '../../contract/dataset.ts';
import { countOf } from '../format-values.ts';
import { UsageError } from '../usage-error.ts';
import { openProject } from '../open-project.ts';
import type { Verb } from '../verb.ts';
import { convertCheckpoint } from './convert.ts';

export const exportVerb: Verb = {
  name: 'export',
  summary: "writes a project's masks as files, or a network as ONNX",
  usage: [
    'FOLDER --output FOLDER [--format KIND] [--overlays] [--force]',
    '--onnx FILE --checkpoint FILE [--portable] [--force]',
  ],
  operands: { min: 0, max: 1, name: 'a folder with a project' },
  options: {
    output: { type: 'string', value: 'FOLDER', description: 'where the files go' },
    format: {
      type: 'string',
      value: 'KIND',
      description: "png: a mask per image; npy: the arrays that the reference's own code trains on, one pair per part",
    },
    overlays: { type: 'boolean', description: 'also pictures with the mask drawn over the image' },
    size: { type: 'string', value: 'N', description: 'side of the arrays, for npy; 256 unless given' },
    force: { type: 'boolean', description: 'replaces files that this command did not write' },
    onnx: { type: 'string', value: 'FILE', description: 'writes the network of --checkpoint as ONNX' },
    checkpoint: { type: 'string', value: 'FILE', description: 'a network, for --onnx' },
    portable: { type: 'boolean', description: 'ONNX of standard operators alone' },
  },
  examples: ['export photos --output masks', 'export photos --output arrays --format npy --size 256'],
  run: async ({ client, operands: [folder], values, progress, signal }) => {
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
      format: values.choice('format', ['png', 'npy'] as const),
      overlays: values.flag('overlays'),
      overwrite: values.flag('force'),
      size: values.whole('size', { min: 1, max: 8192 }),
    };
    const { project } = await openProject(client, folder);
    const work = { signal, onProgress: progress };
    const report = await client.request('dataset.export', { project, ...wanted }, work);
    return { json: report, text: describe(report), failed: report.failed.length > 0 };
  },
};

function describe(report: ExportReport): string {
  const notes = (title: string, list: readonly { readonly message: string }[]): string[] =>
    list.length === 0 ? [] : ['', title, ...list.map(({ message }) => `  ${message}`)];
  return [
    `${countOf(report.written, 'file')} written to ${report.output}.`,
    ...(report.unchanged > 0 ? [`${countOf(report.unchanged, 'file')} were up to date.`] : []),
    ...notes('Worth knowing:', report.warnings),
    ...notes('Left out:', report.failed),
    ...notes('Not replaced (use --force to do so):', report.kept),
  ].join('\n');
}
