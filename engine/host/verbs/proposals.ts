/**
 * Proposals: made by a network, and read. Not what a person decides of them (proposal-decisions.ts). Convention: they are
 * in the classes as these are now.
 */
import { MambrushError } from '../../contract/error.ts';
import type { ProposalInfo } from '../../contract/proposals.ts';
import type { ImagePrediction } from '../../infer/predict-image.ts';
import type { ImageRecord, ProjectStore, RunRecord } from '../../store/project-store.ts';
import { diceOfImage } from '../../train/metrics/evaluate-metrics.ts';
import { requireImage } from '../answers/describe-images.ts';
import { describeRun } from '../answers/describe-run.ts';
import { fitInside } from '../answers/fit-inside.ts';
import type { Checked, Verb } from '../engine-context.ts';
import { checkpointOf, openPrediction } from '../predicting/open-prediction.ts';
import { predictEach } from '../predicting/predict-each.ts';
import { currentLabels, listProposals, readProposal, writeProposal } from '../projects/proposal-files.ts';
import { readLabels } from '../projects/read-labels.ts';

export const proposalsMake: Verb<'proposals.make'> = async ({ projects, compute, emit }, args, work) => {
  const store = projects.get(args.project);
  const images = args.images.map((id) => requireImage(store, id));
  const { checkpoint, run } = networkOf(store, args);
  const request = { checkpoint, compute: args.compute, images: images.length };
  const prediction = await openPrediction(compute, request, work);
  const propose = async (image: ImageRecord, { labels, uncertainty }: ImagePrediction): Promise<ProposalInfo> => {
    const truth = await readLabels(store, image, work.signal);
    const classes = store.classes.all();
    const dice = truth === undefined ? null : await diceOfImage(labels, truth, classes.length);
    const info: ProposalInfo = {
      image: image.id,
      ...(run !== undefined && { run: run.id }),
      uncertainty,
      ...(dice !== null && { dice }),
      at: new Date().toISOString(),
    };
    writeProposal(store, { info, classIds: classes.map((entry) => entry.id), labels });
    return info;
  };
  try {
    const each = { store, prediction, run, images, kind: 'propose', use: propose };
    const { results, failed } = await predictEach(each, work);
    emit({ kind: 'proposals.changed', project: store.folder, images: [...args.images] });
    return { proposals: [...results], compute: prediction.choice, failed };
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
