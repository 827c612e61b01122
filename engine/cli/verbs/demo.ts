/**
 * `mambrush demo`: the whole way on the bundled sample, ending with a page to look at. Convention: it works in a folder
 * that it made itself, and makes that anew each time; a folder of this name that it did not make is left alone.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MambrushError } from '../../contract/error.ts';
import type { PredictReport } from '../../contract/prediction.ts';
import type { LongWork } from '../../contract/progress.ts';
import { computeArguments, computeOptions } from '../compute-options.ts';
import { formatDuration, formatMeasure } from '../format-values.ts';
import { demoPage } from '../report/demo-report.ts';
import type { Picture } from '../report/demo-report.ts';
import type { Verb, VerbSession } from '../verb.ts';

const sampleFolder = fileURLToPath(new URL('../../../resources/sample/', import.meta.url));
const marker = '.made-by-mambrush-demo';
const defaultEpochs = 250;

export const demo: Verb = {
  name: 'demo',
  summary: 'the whole way on 24 sample images, in under three minutes',
  usage: ['[--output FOLDER] [--epochs N]'],
  operands: { min: 0, max: 0, name: '' },
  options: {
    output: { type: 'string', value: 'FOLDER', description: 'where to work; ./demo unless given' },
    epochs: { type: 'string', value: 'N', description: `how long to train; ${defaultEpochs} unless given` },
    ...computeOptions,
  },
  examples: ['demo'],
  run: async (session) => {
    const begun = performance.now();
    const { client, values, say, signal, progress } = session;
    const work = { signal, onProgress: progress };
    const compute = computeArguments(values);
    const folder = makeFolder(values.path('output') ?? resolve('demo'));
    const photos = join(folder, 'photos');

    say('1 of 5  Importing the sample: microscopy images of cell nuclei, some with masks.');
    const imported = await client.request('dataset.import', { folder: photos }, work);
    const { project } = imported;
    say('2 of 5  Dividing the labelled ones into training, validation and test.');
    await client.request('dataset.split', { project }, work);
    say('3 of 5  Training.');
    const { run, epochs } = await trainSample(session, project);
    say('4 of 5  Evaluating on the test part, which the network never saw.');
    const evaluation = await client.request('evaluate', { project, compute }, work);
    say('5 of 5  Predicting the images without masks, and writing the report.');
    const output = join(folder, 'predictions');
    const unlabelled = await client.request('predict.project', { project, output, overlays: true, compute }, work);
    const looks = await look(session, project, join(folder, 'report'), work);
    const report = join(folder, 'report.html');
    const all = (performance.now() - begun) / 1000;
    writeFileSync(
      report,
      demoPage({
        run,
        epochs,
        evaluation,
        tested: evaluation.worst.map(({ path }) => looks(path)),
        predicted: unlabelled.files.map((file) => ({
          path: file.input,
          image: picture(join(photos, file.input)),
          prediction: picture(file.overlay ?? ''),
        })),
        counts: {
          images: imported.images.added,
          labelled: imported.images.added - imported.unlabelled,
        },
        seconds: { training: epochs.reduce((total, { seconds = 0 }) => total + seconds, 0), all },
        folders: { project: photos, predictions: output },
      }),
    );
    const { dice, iou } = evaluation.pooled;
    return {
      json: { report, project, predictions: output, run, evaluation, seconds: all },
      text: [
        `On ${evaluation.images} test images: Dice ${formatMeasure(dice)}, IoU ${formatMeasure(iou)}. ${formatDuration(all)} in all.`,
        '',
        `Open the report:  ${report}`,
        `The masks:        ${output}`,
        `The project:      ${photos}`,
      ].join('\n'),
      failed: run.status !== 'done',
    };
  },
};

/** An empty folder with the sample in it. */
function makeFolder(wanted: string): string {
  if (existsSync(wanted)) {
    if (!existsSync(join(wanted, marker))) {
      throw new MambrushError(
        'demo-folder-taken',
        `${wanted} is there already and was not made by the demo. Move it, or name another folder with --output.`,
        { path: wanted },
      );
    }
    rmSync(wanted, { recursive: true });
  }
  mkdirSync(wanted, { recursive: true });
  writeFileSync(join(wanted, marker), '');
  cpSync(sampleFolder, join(wanted, 'photos'), { recursive: true });
  return wanted;
}

async function trainSample({ client, values, say, signal, progress, interrupts }: VerbSession, project: string) {
  const settings = { epochs: values.whole('epochs', { min: 1 }) ?? defaultEpochs };
  const { run, compute } = await client.request(
    'train.start',
    { project, settings, compute: computeArguments(values) },
    { signal, onProgress: progress },
  );
  if (compute.fallback !== undefined) say(compute.fallback);
  const ended = client.listen((event) => {
    if (event.kind !== 'train.progress') return;
    const { value, secondsLeft } = event;
    progress({ kind: 'train', value, ...(secondsLeft !== undefined && { secondsLeft }) });
  });
  try {
    const stop = (): void => void client.request('train.stop', { project, run: run.id }).catch(() => undefined);
    const result = await interrupts.during(stop, () =>
      client.request('train.wait', { project, run: run.id }, { signal }),
    );
    if (result.run.bestFile === undefined) {
      throw new MambrushError('demo-failed', `Training ended without a network. ${result.run.message ?? ''}`);
    }
    return result;
  } finally {
    ended();
  }
}

/** Pictures of the labelled images: as they are, with their labels, with the prediction. */
async function look({ client }: VerbSession, project: string, folder: string, work: LongWork) {
  const labels = join(folder, 'labels');
  await client.request('dataset.export', { project, output: labels, overlays: true }, work);
  const output = join(folder, 'test');
  const tested: PredictReport = await client.request(
    'predict.project',
    { project, images: 'test', output, overlays: true },
    work,
  );
  return (path: string) => ({
    path,
    image: picture(join(project, path)),
    labels: picture(join(labels, 'overlays', path.replace(/\.[^./]+$/, '.png'))),
    prediction: picture(tested.files.find(({ input }) => input === path)?.overlay ?? ''),
  });
}

function picture(path: string): Picture {
  return { type: extname(path) === '.png' ? 'image/png' : 'image/jpeg', bytes: readFileSync(path) };
}
