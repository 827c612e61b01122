/** Says what a split came out as: sizes asked and reached, what was kept together, and what deserves a warning. */
import type { Remark, SplitReport as ContractReport } from '../../contract/dataset.ts';
import type { PartName } from '../../store/types.ts';
import { PART_NAMES } from './split-sizes.ts';
import type { PartSizes } from './split-sizes.ts';

type SplitWarningCode =
  'part-empty' | 'class-missing' | 'sizes-missed' | 'names-without-group' | 'names-unknown' | 'lists-separate';

/** Shares are 0..1, the first of all images that were split; the mean is null for an empty part. */
type PartReport = ContractReport['parts'][PartName];

export interface SplitReport {
  readonly method: 'random' | 'stratified' | 'lists';
  readonly seed: number;
  readonly images: number;
  readonly strata: number;
  /** Distinct groups among the images. */
  readonly groups: number;
  /** Ids of images that look alike, one list for each set of them. */
  readonly nearDuplicates: readonly (readonly number[])[];
  readonly parts: Readonly<Record<PartName, PartReport>>;
  /** Ids of images in no part. */
  readonly unused: readonly number[];
  /** Paths on which the pattern for groups did not match: each is a group of its own. */
  readonly unmatchedNames: readonly string[];
  readonly unknownNames: readonly string[];
  readonly warnings: readonly Remark[];
}

interface SplitFacts extends Pick<
  SplitReport,
  'method' | 'seed' | 'strata' | 'unmatchedNames' | 'unknownNames' | 'unused'
> {
  readonly items: readonly {
    readonly id: number;
    readonly path: string;
    readonly foregroundShare: number;
    readonly classes?: readonly number[] | undefined;
  }[];
  readonly partOf: Int32Array;
  readonly asked: PartSizes;
  readonly groups: readonly (string | undefined)[];
  readonly clusters: readonly (readonly number[])[];
  readonly nearDuplicates: readonly (readonly number[])[];
}

const USE: Readonly<Record<PartName, string>> = {
  train: 'there is nothing to learn from',
  val: 'nothing validates: the best state of the network cannot be told from a worse one',
  test: 'no figures can be given for images that the network has not seen',
};

const some = (names: readonly string[]): string =>
  names.slice(0, 3).join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '');

function warningsOf(facts: SplitFacts, counts: PartSizes): Remark[] {
  const warnings: Remark[] = [];
  const warn = (code: SplitWarningCode, message: string): void => void warnings.push({ code, message });
  for (const part of PART_NAMES) {
    if (counts[part] === 0) warn('part-empty', `The part '${part}' is empty, so ${USE[part]}.`);
  }
  const classesOf = (inPart: (part: number) => boolean): Set<number> =>
    new Set(facts.items.flatMap((item, at) => (inPart(facts.partOf[at]!) ? (item.classes ?? []) : [])));
  const present = [...classesOf(() => true)].sort((a, b) => a - b);
  PART_NAMES.forEach((name, part) => {
    if (counts[name] === 0) return;
    const here = classesOf((other) => other === part);
    const missing = present.filter((index) => !here.has(index));
    if (missing.length > 0) {
      warn('class-missing', `No image of '${name}' shows class ${missing.join(', ')}. Label more images that do.`);
    }
  });
  if (facts.method !== 'lists' && PART_NAMES.some((part) => counts[part] !== facts.asked[part])) {
    const sizes = (of: PartSizes): string => PART_NAMES.map((part) => of[part]).join('/');
    const got = `got ${sizes(counts)}: images that belong together stayed together.`;
    warn('sizes-missed', `Asked for ${sizes(facts.asked)}, ${got}`);
  }
  if (facts.unmatchedNames.length > 0) {
    const names = some(facts.unmatchedNames);
    warn('names-without-group', `The pattern for groups does not match ${names}: each is a group of its own.`);
  }
  if (facts.unknownNames.length > 0) {
    const names = some(facts.unknownNames);
    warn('names-unknown', `${facts.unknownNames.length} listed names belong to no labeled image: ${names}.`);
  }
  const torn = facts.clusters.filter((members) => new Set(members.map((at) => facts.partOf[at])).size > 1);
  if (torn.length > 0) {
    const names = some(torn[0]!.map((at) => facts.items[at]!.path));
    const times = `${torn.length} times (${names})`;
    warn('lists-separate', `The lists put images that belong together into several parts, ${times}.`);
  }
  return warnings;
}

/** @param facts what `split.ts` gathered; `partOf` per item 0 train, 1 val, 2 test, 3 none */
export function reportSplit(facts: SplitFacts): SplitReport {
  const describe = (name: PartName, part: number): PartReport => {
    const members = facts.items.filter((_, at) => facts.partOf[at] === part);
    const foreground = members.reduce((sum, item) => sum + item.foregroundShare, 0);
    return {
      asked: facts.asked[name],
      images: members.length,
      share: members.length / facts.items.length,
      meanForegroundShare: members.length === 0 ? null : foreground / members.length,
    };
  };
  const parts = { train: describe('train', 0), val: describe('val', 1), test: describe('test', 2) };
  const counts = { train: parts.train.images, val: parts.val.images, test: parts.test.images };
  const { method, seed, strata, unused, unmatchedNames, unknownNames } = facts;
  return {
    ...{ method, seed, strata, unused, unmatchedNames, unknownNames },
    images: facts.items.length,
    groups: new Set(facts.groups.filter((group) => group !== undefined)).size,
    nearDuplicates: facts.nearDuplicates.map((members) => members.map((at) => facts.items[at]!.id)),
    parts,
    warnings: warningsOf(facts, counts),
  };
}
