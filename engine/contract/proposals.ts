/**
 * Requests about proposals: what a trained network makes of an image, shown over it until a person takes it or not.
 * Convention: a proposal is never a label until it is accepted; there is one per image, by the run that made it last.
 */
import { z } from 'zod';
import { fileNote } from './dataset.ts';
import { imageInfo, imageState } from './images.ts';
import { project } from './project.ts';
import { computeSettings, executorChoice, runInfo } from './training.ts';
import { bytes, id, path, size } from './values.ts';

const share = z.number().min(0).max(1);

export const proposalInfo = z.strictObject({
  image: id,
  /** That made it; absent where a checkpoint from elsewhere did. */
  run: id.optional(),
  /** Mean uncertainty of the pixels: 0 sure, 1 guessing. */
  uncertainty: share,
  /** Against the image's labels as they were, where it has any. */
  dice: share.optional(),
  at: z.string(),
});
export type ProposalInfo = z.infer<typeof proposalInfo>;

const ofImages = z.strictObject({ project, images: z.array(id) });

/** What has to be known to take it back. */
const acceptance = z.strictObject({
  image: id,
  /** The change of its labels; absent where nothing differed. */
  edit: id.optional(),
  /** As it was before. */
  state: imageState,
});

export const proposalRequests = {
  /** Makes proposals (long); the latest run's best network unless told otherwise. */
  'proposals.make': {
    arguments: ofImages.extend({
      run: id.optional(),
      checkpoint: path.optional(),
      compute: computeSettings.optional(),
    }),
    result: z.strictObject({
      proposals: z.array(proposalInfo),
      compute: executorChoice,
      failed: z.array(fileNote),
    }),
  },
  'proposals.list': {
    arguments: z.strictObject({ project }),
    result: z.strictObject({ proposals: z.array(proposalInfo) }),
  },
  /** The proposed label map (H, W), null where there is none. */
  'proposals.read': {
    arguments: z.strictObject({ project, image: id }),
    result: z.strictObject({ info: proposalInfo.nullable(), data: bytes.nullable() }),
  },
  /** The same, reduced to be looked at over a thumbnail: class indices (height, width). */
  'proposals.thumbnail': {
    arguments: z.strictObject({ project, image: id, side: z.int().min(16).max(1024) }),
    result: z.strictObject({
      map: size.extend({ data: bytes }).nullable(),
    }),
  },
  /** The proposals become the images' labels, each as one change that can be undone. */
  'proposals.accept': {
    arguments: ofImages,
    result: z.strictObject({ images: z.array(imageInfo), accepted: z.array(acceptance) }),
  },
  'proposals.reject': { arguments: ofImages, result: z.strictObject({}) },
  /**
   * Those that were rejected, or accepted as said, are there again, and labels and state as they were. `kept`: images
   * whose labels somebody has changed since; nothing happens to them.
   */
  'proposals.restore': {
    arguments: ofImages.extend({ accepted: z.array(acceptance).optional() }),
    result: z.strictObject({ proposals: z.array(proposalInfo), kept: z.array(id) }),
  },
  /** Every run of the project, oldest first. */
  'train.runs': { arguments: z.strictObject({ project }), result: z.strictObject({ runs: z.array(runInfo) }) },
} as const;
