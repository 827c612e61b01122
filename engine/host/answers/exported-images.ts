/**
 * Which of a project's images an export writes, and from what: their labels, or what a network proposed. Writes nothing.
 * Convention: an image that was asked for and has neither is left out, and counted.
 */
import { MambrushError } from '../../contract/error.ts';
import type { LongWork } from '../../contract/progress.ts';
import type { ImageRecord, ProjectStore } from '../../store/project-store.ts';
import { requireImage } from './describe-images.ts';
import { currentLabels, listProposals, readProposal } from '../projects/proposal-files.ts';
import { readLabels } from '../projects/read-labels.ts';

export interface ExportedImage extends ImageRecord {
  readonly absolutePath: string;
  /** What its label map follows from. */
  readonly origin: string;
  /** Class indices (height, width); undefined when no pixel is labelled. */
  readonly labels: () => Promise<Uint8Array | undefined>;
}

export interface ExportChoice {
  readonly images?: readonly number[] | undefined;
  readonly source?: 'labels' | 'proposals' | undefined;
}

/**
 * @returns the images in their own order, and how many were asked for
 * @throws MambrushError image-unknown, nothing-to-export
 */
export function exportedImages(
  store: ProjectStore,
  { images: ids, source = 'labels' }: ExportChoice,
  { signal }: LongWork,
): { readonly asked: number; readonly images: readonly ExportedImage[] } {
  const all = store.images.all();
  const wanted = ids === undefined ? undefined : new Set(ids.map((id) => requireImage(store, id).id));
  const chosen = wanted === undefined ? all : all.filter(({ id }) => wanted.has(id));
  const meaning = store.classes.all().map(({ id, index }) => `${index}:${id}`);
  const take = (image: ImageRecord, origin: string, labels: ExportedImage['labels']): ExportedImage => ({
    ...image,
    absolutePath: store.fileOf(image.path),
    origin: `${origin} ${meaning.join()}`,
    labels,
  });
  const images = source === 'labels' ? ofLabels(store, chosen, take, signal) : ofProposals(store, chosen, take);
  if (images.length === 0) throw nothingToExport(store, chosen.length < all.length, source);
  return { asked: chosen.length, images };
}

type Take = (image: ImageRecord, origin: string, labels: ExportedImage['labels']) => ExportedImage;

function ofLabels(
  store: ProjectStore,
  images: readonly ImageRecord[],
  take: Take,
  signal: AbortSignal | undefined,
): ExportedImage[] {
  const labelled = new Set(store.labels.labelledImageIds());
  return images
    .filter(({ id }) => labelled.has(id))
    .map((image) => take(image, `labels ${store.labels.revision(image.id)}`, () => readLabels(store, image, signal)));
}

function ofProposals(store: ProjectStore, images: readonly ImageRecord[], take: Take): ExportedImage[] {
  const proposals = new Map(listProposals(store).map((info) => [info.image, info]));
  return images.flatMap((image) => {
    const info = proposals.get(image.id);
    if (info === undefined) return [];
    const labels = async (): Promise<Uint8Array> => {
      const proposal = await readProposal(store, image.id);
      if (proposal !== undefined) return currentLabels(store, proposal);
      const message = `The proposal for ${image.path} is gone or damaged. Make it again, then export again.`;
      throw new MambrushError('proposal-missing', message, { path: image.path });
    };
    return [take(image, `proposal ${info.run ?? ''} ${info.at}`, labels)];
  });
}

function nothingToExport(store: ProjectStore, isChoice: boolean, source: 'labels' | 'proposals'): MambrushError {
  const whose = isChoice ? 'None of the chosen images' : store.folder;
  const without = isChoice ? 'has labels' : 'has no labeled image yet, so there are no masks';
  const message =
    source === 'labels'
      ? `${whose} ${without}.`
      : `${whose} has ${isChoice ? 'a proposal' : 'no proposals'}. Make proposals first, or export labels.`;
  return new MambrushError('nothing-to-export', message, { path: store.folder });
}
