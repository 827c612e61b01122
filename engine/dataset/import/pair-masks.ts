/**
 * Brings mask files together with the images of an import: by name, or as the folder of one image that holds a mask per
 * object. Reads no file. Convention: what is not clear is left alone and reported.
 */
import { basename } from 'node:path';
import type { FileNote } from '../../contract/dataset.ts';
import type { TakenImage } from './image-intake.ts';
import type { MaskFolder } from './mask-folder.ts';
import { findInstanceMasks } from '../masks/instance-masks.ts';
import { matchMasks } from '../masks/match-masks.ts';
import type { FoundFile } from '../masks/scan-folder.ts';

export interface MaskPair {
  readonly image: TakenImage;
  /** Several: one per object. */
  readonly masks: readonly FoundFile[];
}

export interface PairingImages {
  /** Those that were taken, by path. */
  readonly taken: ReadonlyMap<string, TakenImage>;
  /** All that are there: a mask of one that was not taken is still its mask, and no other's. */
  readonly present: readonly string[];
  /** Those that a person removed from the project, whose masks are not reported. */
  readonly removed: readonly string[];
}

/**
 * @param folder of the project: it may itself be the folder of one image
 * @param maskFolder that was named; all masks lie in it
 */
export async function pairMasks(
  folder: string,
  { taken, present, removed }: PairingImages,
  masks: readonly FoundFile[],
  maskFolder: MaskFolder | undefined,
) {
  const files = new Map(masks.map((file) => [file.path, file]));
  const matched = await matchMasks(present, [...files.keys()], maskFolder);
  const named = new Set([...matched.matches, ...matched.joined].map(({ image }) => image));
  // Masks elsewhere are never in the folder of an image.
  const perObject = maskFolder?.isOutside === true ? [] : matched.unmatched;
  const instances = await findInstanceMasks(present, perObject, basename(folder));
  const ofObjects = [...instances].filter(([image]) => !named.has(image));
  const byImage = new Map<string, readonly string[]>([
    ...matched.matches.map(({ image, mask }) => [image, [mask]] as const),
    ...matched.joined.map(({ image, masks: list }) => [image, list] as const),
    ...ofObjects,
  ]);
  const unwanted = new Set(removed);
  const pairs: MaskPair[] = [];
  /** Masks whose image is there, but was not taken. */
  const leftOut: FileNote[] = [];
  for (const path of present) {
    const names = byImage.get(path);
    const image = taken.get(path);
    if (names === undefined) continue;
    if (image !== undefined) pairs.push({ image, masks: names.map((name) => files.get(name)!) });
    else if (!unwanted.has(path)) {
      for (const mask of names) {
        const message = `${mask} belongs to ${path}, which could not be taken.`;
        leftOut.push({ path: mask, code: 'mask-image-left-out', message });
      }
    }
  }
  const used = new Set(ofObjects.flatMap(([, list]) => list));
  const notes = matched.joined.map(({ image, masks: list }) => ({
    path: image,
    code: 'masks-joined',
    message: `${image} has ${list.length} masks (${list[0]} …), which are taken together, as one per object.`,
  }));
  const unmatched = matched.unmatched.filter((mask) => !used.has(mask));
  const ambiguous = matched.ambiguous.map(({ masks: [first], message }) => ({
    path: first ?? '',
    code: 'mask-ambiguous',
    message,
  }));
  return { pairs, unmatched, ambiguous, leftOut, notes };
}
