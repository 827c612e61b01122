/** An export as requests to the engine, by what is exported. Not the choice, nor what is said of it. */
import type { LongWork } from '../../../engine/contract/progress.ts';
import type { ImageInfo } from '../../../engine/contract/images.ts';
import type { ProposalInfo } from '../../../engine/contract/proposals.ts';
import type { RunInfo } from '../../../engine/contract/training.ts';
import { engine } from '../../engine.ts';
import { translate } from '../../locales/i18n.ts';
import {
  comesFromProposals,
  exportArguments,
  outcomeOfExport,
  outcomeOfNetwork,
  outcomeOfPrediction,
  predictArguments,
  withoutProposal,
} from './export-choice.ts';
import type { ExportChoice, ExportOutcome } from './export-choice.ts';

export interface ExportJob {
  readonly project: string;
  readonly choice: ExportChoice;
  readonly images: readonly ImageInfo[];
  /** A folder, or a file for a network. */
  readonly output: string;
  /** Whose network predicts or is written. */
  readonly run: RunInfo | undefined;
  readonly proposals: ReadonlyMap<number, ProposalInfo>;
}

/** @throws MambrushError */
export async function runExport(job: ExportJob, work: LongWork): Promise<ExportOutcome> {
  const { choice, run } = job;
  if (choice.source === 'labels') return exportMasks(job, work);
  const checkpoint = run?.bestFile;
  if (run === undefined || checkpoint === undefined) throw new Error(translate('exporting.noNetwork'));
  if (choice.source === 'network') return convertNetwork(job, checkpoint, work);
  return comesFromProposals(choice) ? exportProposals(job, run.id, work) : predictMasks(job, checkpoint, work);
}

async function exportMasks({ project, choice, images, output }: ExportJob, work: LongWork): Promise<ExportOutcome> {
  const args = exportArguments(project, choice, images, output);
  return outcomeOfExport(await engine.request('dataset.export', args, work));
}

async function convertNetwork(
  { choice, output }: ExportJob,
  checkpoint: string,
  work: LongWork,
): Promise<ExportOutcome> {
  const args = { checkpoint, output, format: choice.network, overwrite: choice.overwrite };
  return outcomeOfNetwork(await engine.request('checkpoint.convert', args, work));
}

async function predictMasks(
  { project, choice, images, output }: ExportJob,
  checkpoint: string,
  work: LongWork,
): Promise<ExportOutcome> {
  const args = { ...predictArguments(project, choice, images, output), checkpoint };
  return outcomeOfPrediction(await engine.request('predict.project', args, work));
}

/** Images without a proposal of this run are predicted first. */
async function exportProposals(job: ExportJob, run: number, work: LongWork): Promise<ExportOutcome> {
  const missing = withoutProposal(job.images, job.proposals, run);
  const predicted =
    missing.length === 0
      ? undefined
      : await engine.request('proposals.make', { project: job.project, images: missing, run }, work);
  const outcome = await exportMasks(job, work);
  return { ...outcome, failed: [...(predicted?.failed ?? []), ...outcome.failed], compute: predicted?.compute };
}
