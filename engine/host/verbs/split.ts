/**
 * Divides a project's labelled images into parts. The rules are the dataset's (`dataset/split.ts`); here is what it needs
 * to know of each image. Convention: an image whose file cannot be read is split like any other, without a fingerprint.
 */
import { MambrushError } from '../../contract/error.ts';
import { createFingerprints } from '../projects/fingerprints.ts';
import { measureForeground } from '../projects/measure-foreground.ts';
import { readSplitList } from '../../dataset/split/split-list.ts';
import { makeSplit } from '../../dataset/split/split.ts';
import type { SplitOptions } from '../../dataset/split/split.ts';
import { describeSplit } from '../answers/describe-run.ts';
import type { Checked, Verb } from '../engine-context.ts';

export const split: Verb<'dataset.split'> = async ({ projects }, args, work) => {
  const store = projects.get(args.project);
  const options = await optionsOf(args);
  const kept = args.keep === true ? store.splits.currentParts() : new Map<number, never>();
  const images = store.labels
    .labelledImageIds()
    .map((id) => store.images.get(id))
    .filter((image) => image !== undefined);
  // Sizes and patterns that cannot be are refused before every image is read.
  const bare = images.map(({ id, path, group }) => ({ id, path, group, foregroundShare: 0 }));
  await makeSplit(bare, { ...options, nearDuplicates: false }, work);
  const wantsFingerprints = options.lists === undefined && options.nearDuplicates !== false;
  const fingerprints = wantsFingerprints ? await createFingerprints(store, images, work) : new Map<number, never>();
  const items = [];
  for (const image of images) {
    const { share, classes } = await measureForeground(store, image, work.signal);
    items.push({
      id: image.id,
      path: image.path,
      group: image.group,
      foregroundShare: share,
      classes,
      fingerprint: fingerprints.get(image.id),
      kept: kept.get(image.id),
    });
  }
  const { parts, report } = await makeSplit(items, options, work);
  const { method, seed } = report;
  const record = store.splits.create({
    name: args.name ?? `${method} ${String(seed)}`,
    seed,
    method,
    parts,
    settings: { ...options, lists: args.lists },
  });
  return {
    project: store.folder,
    split: describeSplit(record),
    images: report.images,
    parts: { train: { ...report.parts.train }, val: { ...report.parts.val }, test: { ...report.parts.test } },
    nearDuplicates: report.nearDuplicates.length,
    groups: report.groups,
    unused: report.unused.length,
    warnings: [...report.warnings],
  };
};

async function optionsOf(args: Checked<'dataset.split'>): Promise<SplitOptions> {
  const { train, val, test, seed, method, groupPattern, nearDuplicates, keep, lists } = args;
  if (keep === true && lists !== undefined) {
    throw new MambrushError('split-options-clash', 'Lists say where every image belongs: leave out `keep`.');
  }
  const options = { train, val, test, seed, method, groupPattern, nearDuplicates };
  if (lists === undefined) return options;
  const names = async (path: string | undefined): Promise<string[]> => (path === undefined ? [] : readSplitList(path));
  return {
    ...options,
    lists: { train: await names(lists.train), val: await names(lists.val), test: await names(lists.test) },
  };
}
