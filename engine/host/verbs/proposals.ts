/**
 * Proposals: made by a network and looked at. Not what a person decides of them (proposal-decisions.ts). Convention: they
 * are told in the classes as these are now.
 */
import { MambrushError } from '../../contract/error.ts';
import type { FileNote } from '../../contract/dataset.ts';
import type { ProposalInfo } from '../../contract/proposals.ts';
import { mapWeighted } from '../../bounded.ts';
import { predictImage } from '../../infer/predict-image.ts';
import type { ImageRecord, ProjectStore, RunRecord } from '../../store/project-store.ts';
import { diceOfImage } from '../../train/metrics/evaluate-metrics.ts';
import { requireImage } from '../answers/describe-images.ts';
import { describeRun } from '../answers/describe-run.ts';
import { fitInside } from '../answers/fit-inside.ts';
import type { Checked, Verb } from '../engine-context.ts';
import { checkpointOf, classTable, openPrediction } from '../predicting/open-prediction.ts';
import { currentLabels, listProposals, readProposal, writeProposal } from '../projects/proposal-files.ts';
import { readLabels } from '../projects/read-labels.ts';
import { noteOf } from '../predicting/write-predictions.ts';

const imagesAtOnce = 16;
const pixelsAtOnce = 32_000_000;

export const proposalsMake: Verb<'proposals.make'> = async ({ projects, compute, emit }, args, work) => {
  const store = projects.get(args.project);
  const images = args.images.map((id) => requireImage(store, id));
  const { checkpoint, run } = networkOf(store, args);
  const request = { checkpoint, compute: args.compute, images: images.length };
  const prediction = await openPrediction(compute, request, work);
  const failed: FileNote[] = [];
  const begun = performance.now();
  let done = 0;
  try {
    const table = classTable(store.classes.all(), prediction, run);
    const propose = async (image: ImageRecord): Promise<ProposalInfo> => {
      const { id, width, height } = image;
      const file = { path: store.fileOf(image.path), width, height };
      const { labels, uncertainty } = await predictImage(prediction.predictor, file, undefined, {
        signal: work.signal,
      });
      for (let at = 0; at < labels.length; at++) labels[at] = table[labels[at]!]!;
      const truth = await readLabels(store, image, work.signal);
      const classes = store.classes.all();
      const dice = truth === undefined ? null : await diceOfImage(labels, truth, classes.length);
      const info: ProposalInfo = {
        image: id,
        ...(run !== undefined && { run: run.id }),
        uncertainty,
        ...(dice !== null && { dice }),
        at: new Date().toISOString(),
      };
      writeProposal(store, { info, classIds: classes.map((entry) => entry.id), labels });
      return info;
    };
    const bounds = {
      atOnce: imagesAtOnce,
      weight: pixelsAtOnce,
      weightOf: ({ width, height }: ImageRecord) => width * height,
    };
    const proposals = await mapWeighted(images, bounds, async (image) => {
      work.signal?.throwIfAborted();
      const info = await propose(image).catch((error: unknown) => {
        work.signal?.throwIfAborted();
        failed.push(noteOf(error, image.path, store.fileOf(image.path)));
        return undefined;
      });
      done++;
      const secondsLeft = ((performance.now() - begun) / 1000 / done) * (images.length - done);
      work.onProgress?.({ kind: 'propose', value: done / images.length, done, total: images.length, secondsLeft });
      return info;
    });
    emit({ kind: 'proposals.changed', project: store.folder, images: [...args.images] });
    return { proposals: proposals.filter((info) => info !== undefined), compute: prediction.choice, failed };
  } finally {
    await prediction.close();
  }
};

function networkOf(
  store: ProjectStore,
  { run: id, checkpoint }: Checked<'proposals.make'>,
): { readonly checkpoint: string; readonly run: RunRecord | undefined } {
  if (id === undefined) return checkpointOf(store, checkpoint);
  const run = store.runs.get(id);
  const best = run === undefined ? undefined : describeRun(store, run).bestFile;
  if (run !== undefined && best !== undefined) return { checkpoint: best, run };
  throw new MambrushError(
    'checkpoint-missing',
    `Run ${id} has no network yet. Let it train for an epoch, or choose another.`,
    {
      path: store.folder,
    },
  );
}

export const proposalsList: Verb<'proposals.list'> = ({ projects }, { project }) => ({
  proposals: listProposals(projects.get(project)),
});

export const proposalsRead: Verb<'proposals.read'> = async ({ projects }, { project, image }) => {
  const store = projects.get(project);
  const proposal = await readProposal(store, image);
  return proposal === undefined
    ? { info: null, data: null }
    : { info: proposal.info, data: await currentLabels(store, proposal) };
};

export const proposalsThumbnail: Verb<'proposals.thumbnail'> = async ({ projects }, { project, image, side }) => {
  const store = projects.get(project);
  const proposal = await readProposal(store, image);
  if (proposal === undefined) return { map: null };
  const { width, height } = requireImage(store, image);
  const labels = await currentLabels(store, proposal);
  return { map: reduced(labels, { width, height }, side) };
};

/** By the pixel in the middle of each: classes cannot be mixed. */
function reduced(
  labels: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
  side: number,
): { width: number; height: number; data: Uint8Array } {
  const small = fitInside({ width, height }, side);
  const data = new Uint8Array(small.width * small.height);
  for (let y = 0; y < small.height; y++) {
    const row = Math.floor(((y + 0.5) * height) / small.height) * width;
    for (let x = 0; x < small.width; x++) {
      data[y * small.width + x] = labels[row + Math.floor(((x + 0.5) * width) / small.width)]!;
    }
  }
  return { ...small, data };
}

export const trainRuns: Verb<'train.runs'> = ({ projects, trainers }, { project }) => {
  const store = projects.get(project);
  return { runs: store.runs.all().map((run) => describeRun(store, trainers.settled(store, run))) };
};
