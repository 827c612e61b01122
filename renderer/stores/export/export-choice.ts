/**
 * What can be exported, and how a choice becomes requests. Pure. Convention: what a person chose is kept whole, also what
 * does not count for the format that is chosen now.
 */
import type { ExportReport, FileNote, Remark } from '../../../engine/contract/dataset.ts';
import type { ImageInfo } from '../../../engine/contract/images.ts';
import type { PredictReport } from '../../../engine/contract/prediction.ts';
import type { ProposalInfo } from '../../../engine/contract/proposals.ts';
import type { ArgumentsOf } from '../../../engine/contract/requests.ts';
import type { ExecutorChoice } from '../../../engine/contract/training.ts';
import { joinFolder } from '../shell/folder-names.ts';
import { isRecord } from '../shell/is-record.ts';

export const exportSources = ['labels', 'predictions', 'network'] as const;
export type ExportSource = (typeof exportSources)[number];
export const exportFormats = ['png', 'coco', 'labelme', 'npy', 'csv'] as const;
export type ExportFormat = (typeof exportFormats)[number];
export const networkFormats = ['onnx', 'onnx-portable', 'pth', 'safetensors'] as const;
export type NetworkFormat = (typeof networkFormats)[number];
export const exportScopes = ['all', 'chosen', 'done', 'unlabelled', 'train', 'val', 'test'] as const;
export type ExportScope = (typeof exportScopes)[number];
export const maskValues = ['auto', '0/255', 'index', 'grey'] as const;
export type MaskValues = (typeof maskValues)[number];

export interface ExportChoice {
  readonly source: ExportSource;
  readonly format: ExportFormat;
  readonly scope: ExportScope;
  readonly values: MaskValues;
  readonly overlays: boolean;
  readonly probabilities: boolean;
  /** Of arrays. */
  readonly size: number;
  readonly network: NetworkFormat;
  readonly overwrite: boolean;
}

export const defaultChoice: ExportChoice = {
  source: 'labels',
  format: 'png',
  scope: 'all',
  values: 'auto',
  overlays: false,
  probabilities: false,
  size: 256,
  network: 'onnx',
  overwrite: false,
};

/** What is of another form is as if it were not there. Nobody overwrites by a choice of last week. */
export function checkedChoice(stored: unknown): ExportChoice {
  const given = isRecord(stored) ? stored : {};
  const oneOf = <Value>(known: readonly Value[], value: unknown, otherwise: Value): Value =>
    known.find((each) => each === value) ?? otherwise;
  const { size } = given;
  return {
    source: oneOf(exportSources, given['source'], defaultChoice.source),
    format: oneOf(exportFormats, given['format'], defaultChoice.format),
    scope: oneOf(
      exportScopes.filter((scope) => scope !== 'chosen'),
      given['scope'],
      defaultChoice.scope,
    ),
    values: oneOf(maskValues, given['values'], defaultChoice.values),
    overlays: given['overlays'] === true,
    probabilities: given['probabilities'] === true,
    size: typeof size === 'number' && Number.isInteger(size) && size > 0 ? size : defaultChoice.size,
    network: oneOf(networkFormats, given['network'], defaultChoice.network),
    overwrite: false,
  };
}

/** Scopes that make sense: labels are not where there are none. */
export function scopesOf(source: ExportSource, hasChosen: boolean): readonly ExportScope[] {
  return exportScopes.filter(
    (scope) => (scope !== 'chosen' || hasChosen) && (scope !== 'unlabelled' || source === 'predictions'),
  );
}

/** Those of the scope that can be exported: with labels, or with a file to be predicted. */
export function imagesIn(
  images: readonly ImageInfo[],
  { scope, source }: Pick<ExportChoice, 'scope' | 'source'>,
  chosen: readonly number[] | undefined,
): readonly ImageInfo[] {
  const wanted = new Set(chosen);
  const isIn = ({ id, state, part, labelled }: ImageInfo): boolean => {
    if (scope === 'all') return true;
    if (scope === 'chosen') return wanted.has(id);
    if (scope === 'done') return state === 'done';
    return scope === 'unlabelled' ? !labelled : part === scope;
  };
  return images.filter((image) => isIn(image) && (source === 'labels' ? image.labelled : !image.missing));
}

/** A prediction as masks comes straight from the network; as anything else, from proposals. */
export function comesFromProposals({ source, format, values }: ExportChoice): boolean {
  return source === 'predictions' && (!['png', 'npy'].includes(format) || (format === 'png' && values !== 'auto'));
}

/** Without a proposal of this run. */
export function withoutProposal(
  images: readonly ImageInfo[],
  proposals: ReadonlyMap<number, ProposalInfo>,
  run: number,
): number[] {
  return images.map(({ id }) => id).filter((id) => proposals.get(id)?.run !== run);
}

/** Where it is written unless somebody names another path; each kind of file has its own. */
export function defaultOutput(folder: string, { source, format, network }: ExportChoice, runName = 'network'): string {
  if (source !== 'network') {
    return joinFolder(folder, source === 'labels' ? `export-${format}` : `predictions-${format}`);
  }
  const name = runName.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-');
  const ending = network.startsWith('onnx') ? 'onnx' : network;
  return joinFolder(folder, `${name}${network === 'onnx-portable' ? '-portable' : ''}.${ending}`);
}

export function exportArguments(
  project: string,
  choice: ExportChoice,
  images: readonly ImageInfo[],
  output: string,
): ArgumentsOf<'dataset.export'> {
  const { source, format, scope, values, overlays, size, overwrite } = choice;
  const isPng = format === 'png';
  return {
    project,
    output,
    format,
    overwrite,
    ...(source === 'predictions' && { source: 'proposals' as const }),
    ...((scope !== 'all' || source === 'predictions') && { images: images.map(({ id }) => id) }),
    ...(isPng && values !== 'auto' && { values: values === '0/255' ? ('0/255' as const) : ('index' as const) }),
    ...(isPng && values === 'grey' && { palette: false }),
    ...(isPng && overlays && { overlays }),
    ...(format === 'npy' && { size }),
  };
}

export function predictArguments(
  project: string,
  { format, probabilities, overlays, overwrite }: ExportChoice,
  images: readonly ImageInfo[],
  output: string,
): ArgumentsOf<'predict.project'> {
  return {
    project,
    output,
    format: format === 'npy' ? 'npy' : 'png',
    images: images.map(({ id }) => id),
    overwrite,
    probabilities,
    overlays: overlays && format === 'png',
  };
}

/** What came out, whatever was exported: `output` is a folder, or a file for a network. */
export interface ExportOutcome extends Pick<ExportReport, 'output' | 'written' | 'unchanged' | 'leftOut'> {
  readonly kept: readonly FileNote[];
  readonly failed: readonly FileNote[];
  readonly warnings: readonly Remark[];
  readonly unlabelledAsBackground: readonly string[];
  /** What predicted it. */
  readonly compute?: ExecutorChoice | undefined;
}

export function outcomeOfExport(report: ExportReport): ExportOutcome {
  // These have a line of their own.
  return { ...report, warnings: report.warnings.filter(({ code }) => code !== 'unlabelled-as-background') };
}

export function outcomeOfPrediction(report: PredictReport): ExportOutcome {
  return { ...empty, ...report };
}

export function outcomeOfNetwork({ output }: { readonly output: string }): ExportOutcome {
  return { ...empty, output, written: 1 };
}

const empty = {
  written: 0,
  unchanged: 0,
  leftOut: 0,
  kept: [],
  failed: [],
  warnings: [],
  unlabelledAsBackground: [],
} as const;
