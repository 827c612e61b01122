/**
 * Splits labelled images into parts for training, validation and test. Convention: the same images (by path), options
 * and seed give the same split on every machine. One image trains and nothing validates, with a warning; two train and
 * validate; from three on every part that has a share gets at least one. Images that belong together stay together even
 * where that misses the asked sizes, and the report says by how much.
 */
import type { LongWork } from '../../contract/progress.ts';
import type { ArgumentsOf } from '../../contract/requests.ts';
import { Random } from '../../random.ts';
import type { PartName, SplitParts } from '../../store/types.ts';
import { groupsByName } from './name-groups.ts';
import { findNearDuplicates } from './near-duplicates.ts';
import type { Fingerprint } from '../images/perceptual-hash.ts';
import { dealClusters, strataFor } from './split-assign.ts';
import { tiedClusters } from './split-clusters.ts';
import { SplitError } from './split-error.ts';
import { matchLists } from './split-list.ts';
import type { FixedLists } from './split-list.ts';
import { reportSplit } from './split-report.ts';
import type { SplitReport } from './split-report.ts';
import { PART_NAMES, partSizes } from './split-sizes.ts';
import type { PartSizes } from './split-sizes.ts';

const DEFAULT_SEED = 42;
const LARGEST_SEED = 0xffffffff;

export interface SplitItem {
  readonly id: number;
  /** Relative, with `/`. */
  readonly path: string;
  readonly group?: string | undefined;
  /** Share of its labelled pixels that belong to any class, 0..1. */
  readonly foregroundShare: number;
  /** Indices of the classes that occur in it, for the warning about a class that a part lacks. */
  readonly classes?: readonly number[] | undefined;
  readonly fingerprint?: Fingerprint | undefined;
  /** Where it is already and stays; what belongs together with it follows. Not for lists. */
  readonly kept?: PartName | undefined;
}

/** As they are asked for; without them the seed is 42, the method 'stratified', and near-duplicates stay in one part. */
export interface SplitOptions extends Omit<ArgumentsOf<'dataset.split'>, 'project' | 'name' | 'keep' | 'lists'> {
  /** Names per part, instead of sizes, seed and method. Images on no list are in no part. */
  readonly lists?: FixedLists | undefined;
}

export interface Split {
  readonly parts: SplitParts;
  readonly report: SplitReport;
}

interface Dealing {
  /** Per item 0 train, 1 val, 2 test, 3 none. */
  readonly partOf: Int32Array;
  readonly asked: PartSizes;
  readonly strata: number;
  readonly unknownNames: readonly string[];
}

const NO_PART = 3;

function dealByLists(items: readonly SplitItem[], lists: FixedLists): Dealing {
  const { parts, unknown } = matchLists(
    lists,
    items.map((item) => item.path),
  );
  const partOf = new Int32Array(items.length).fill(NO_PART);
  PART_NAMES.forEach((name, part) => {
    for (const at of parts[name]) partOf[at] = part;
  });
  if (PART_NAMES.every((name) => parts[name].length === 0)) {
    const first = `the first: '${unknown[0] ?? ''}'`;
    const message = `None of the ${unknown.length} listed names belongs to a labeled image (${first}).`;
    throw new SplitError('split-names-unknown', `${message} Check that the lists are for this folder.`);
  }
  const asked = (name: PartName): number => new Set(lists[name]).size;
  return {
    partOf,
    asked: { train: asked('train'), val: asked('val'), test: asked('test') },
    strata: 1,
    unknownNames: unknown,
  };
}

function dealBySizes(
  items: readonly SplitItem[],
  clusters: readonly (readonly number[])[],
  seed: number,
  options: SplitOptions,
): Dealing {
  const asked = partSizes(options, items.length);
  const partOf = new Int32Array(items.length);
  const targets = [asked.train, asked.val, asked.test, items.length - asked.train - asked.val - asked.test];
  const free = clusters.filter((members) => !keepTogether(items, members, partOf, targets));
  const strata = options.method === 'random' ? 1 : strataFor(targets.slice(0, NO_PART));
  const ofCluster = dealClusters(
    free.map((members) => ({
      size: members.length,
      balance: members.reduce((sum, at) => sum + items[at]!.foregroundShare, 0) / members.length,
    })),
    roomFor(free.flat().length, targets),
    { wanted: NO_PART, strata, random: new Random(seed) },
  );
  free.forEach((members, cluster) => {
    for (const at of members) partOf[at] = ofCluster[cluster]!;
  });
  return { partOf, asked, strata, unknownNames: [] };
}

/** Puts a cluster where one of it is already, and takes its images off the targets. @returns false when none is */
function keepTogether(
  items: readonly SplitItem[],
  members: readonly number[],
  partOf: Int32Array,
  targets: number[],
): boolean {
  const first = members.map((at) => items[at]!.kept).find((part) => part !== undefined);
  if (first === undefined) return false;
  for (const at of members) {
    const part = PART_NAMES.indexOf(items[at]!.kept ?? first);
    partOf[at] = part;
    targets[part]!--;
  }
  return true;
}

/** Targets that can be reached with so many images, where parts are over-full already; what is left over trains. */
function roomFor(images: number, targets: readonly number[]): number[] {
  const room = targets.map((target) => Math.max(0, target));
  const all = room.reduce((sum, target) => sum + target, 0);
  if (all < images) room[0]! += images - all;
  return room;
}

/**
 * @param items labelled images only; those without labels belong to no part
 * @throws SplitError: no images, sizes that make no sense or exceed what is there, a broken or endless pattern, lists
 *   that contradict themselves
 */
export async function makeSplit(
  items: readonly SplitItem[],
  options: SplitOptions = {},
  work: LongWork = {},
): Promise<Split> {
  const seed = options.seed ?? DEFAULT_SEED;
  if (!Number.isInteger(seed) || seed < 0 || seed > LARGEST_SEED) {
    const message = `The seed ${seed} is no whole number from 0 to ${LARGEST_SEED}. Give one such as 42.`;
    throw new SplitError('split-seed-invalid', message);
  }
  if (items.length === 0) {
    const message = 'No image has labels yet, so there is nothing to split. Import masks or paint some first.';
    throw new SplitError('split-empty', message);
  }
  const ordered = [...items].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.id - b.id));
  const paths = ordered.map((item) => item.path);
  const named = options.groupPattern === undefined ? undefined : groupsByName(options.groupPattern, paths);
  const groups = ordered.map((item, at) => named?.groups[at] ?? item.group);
  const fingerprints = options.nearDuplicates === false ? [] : ordered.map((item) => item.fingerprint);
  const alike = await findNearDuplicates(fingerprints, work);
  const clusters = tiedClusters(ordered.length, groups, alike);
  const dealing =
    options.lists === undefined ? dealBySizes(ordered, clusters, seed, options) : dealByLists(ordered, options.lists);

  const idsIn = (part: number): number[] =>
    ordered
      .filter((_, at) => dealing.partOf[at] === part)
      .map((item) => item.id)
      .sort((a, b) => a - b);
  return {
    parts: { train: idsIn(0), val: idsIn(1), test: idsIn(2) },
    report: reportSplit({
      items: ordered,
      partOf: dealing.partOf,
      asked: dealing.asked,
      method: options.lists === undefined ? (options.method ?? 'stratified') : 'lists',
      seed,
      strata: dealing.strata,
      groups,
      clusters,
      nearDuplicates: tiedClusters(ordered.length, [], alike).filter((members) => members.length > 1),
      unmatchedNames: named?.unmatched ?? [],
      unknownNames: dealing.unknownNames,
      unused: idsIn(NO_PART),
    }),
  };
}
