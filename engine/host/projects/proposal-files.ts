/**
 * Proposals on the disk: what a network made of an image, until a person takes it or not. Not labels, and not in the
 * database: they can be made again. Convention: `.mambrush/cache/proposals/ID.bin` is a deflated label map behind one line
 * of JSON; a file that is damaged or does not fit its image is no proposal. What was decided on is moved to a folder of its
 * own, which is deleted as a whole when the project is closed.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync } from 'node:fs';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflateSync, inflate } from 'node:zlib';
import { z } from 'zod';
import { proposalInfo } from '../../contract/proposals.ts';
import type { ProposalInfo } from '../../contract/proposals.ts';
import { inBands } from '../../in-bands.ts';
import { replaceFile, temporaryBeside } from '../../replace-file.ts';
import type { ProjectStore } from '../../store/project-store.ts';

export interface Proposal {
  readonly info: ProposalInfo;
  /** Class ids by class index of `labels`, so that it survives a new order of classes. */
  readonly classIds: readonly number[];
  /** Class indices (height, width), as the classes were. */
  readonly labels: Uint8Array;
}

const headSchema = z.object({ info: proposalInfo, classIds: z.array(z.int()), pixels: z.int().nonnegative() });

const asideName = 'proposals-aside';

function folderOf(store: ProjectStore): string {
  return join(store.cacheFolder, 'proposals');
}

function asideFolderOf(store: ProjectStore): string {
  return join(store.cacheFolder, asideName);
}

export function writeProposal(store: ProjectStore, { info, classIds, labels }: Proposal): void {
  const folder = folderOf(store);
  mkdirSync(folder, { recursive: true });
  const head = Buffer.from(`${JSON.stringify({ info, classIds, pixels: labels.length })}\n`);
  replaceFile(join(folder, `${info.image}.bin`), Buffer.concat([head, deflateSync(labels, { level: 1 })]));
}

function readHead(bytes: Buffer): { head: z.infer<typeof headSchema>; at: number } | undefined {
  const end = bytes.indexOf(10);
  if (end < 0 || end > 1 << 16) return undefined;
  try {
    return { head: headSchema.parse(JSON.parse(bytes.toString('utf8', 0, end))), at: end + 1 };
  } catch {
    return undefined;
  }
}

const inflated = promisify(inflate);

export async function readProposal(store: ProjectStore, image: number): Promise<Proposal | undefined> {
  const bytes = await readFile(join(folderOf(store), `${image}.bin`)).catch(() => undefined);
  const found = bytes === undefined ? undefined : readHead(bytes);
  const record = store.images.get(image);
  if (bytes === undefined || found === undefined || record === undefined) return undefined;
  const { info, classIds, pixels } = found.head;
  if (pixels !== record.width * record.height) return undefined;
  const labels = await inflated(bytes.subarray(found.at), { maxOutputLength: pixels + 1 }).catch(() => undefined);
  return labels?.length === pixels
    ? { info, classIds, labels: new Uint8Array(labels.buffer, labels.byteOffset, pixels) }
    : undefined;
}

/** The label map in the project's classes as they are now; a class that is gone is background. */
export async function currentLabels(store: ProjectStore, { classIds, labels }: Proposal): Promise<Uint8Array> {
  const table = new Uint8Array(256);
  for (const [at, id] of classIds.entries()) table[at + 1] = store.classes.get(id)?.index ?? 0;
  const current = new Uint8Array(labels.length);
  await inBands(labels.length, (from, to) => {
    for (let at = from; at < to; at++) current[at] = table[labels[at]!]!;
  });
  return current;
}

export function listProposals(store: ProjectStore): ProposalInfo[] {
  const folder = folderOf(store);
  if (!existsSync(folder)) return [];
  const infos: ProposalInfo[] = [];
  for (const name of readdirSync(folder)) {
    if (!/^\d+\.bin$/.test(name)) continue;
    const found = readHead(readFileSync(join(folder, name)));
    if (found !== undefined && store.images.get(found.head.info.image) !== undefined) infos.push(found.head.info);
  }
  return infos.sort((a, b) => a.image - b.image);
}

/**
 * Taken or refused: kept aside, so that the decision can be undone.
 * @param edit the change of labels that it became; one that was refused became none
 */
export function setProposalAside(store: ProjectStore, image: number, edit?: number): void {
  const { file, aside } = pathsOf(store, image, edit);
  if (!existsSync(file)) return;
  mkdirSync(asideFolderOf(store), { recursive: true });
  renameSync(file, aside);
}

/** False where there is none, or a newer one has been made since. */
export function restoreProposal(store: ProjectStore, image: number, edit?: number): boolean {
  const { file, aside } = pathsOf(store, image, edit);
  if (!existsSync(aside) || existsSync(file)) return false;
  renameSync(aside, file);
  return true;
}

function pathsOf(store: ProjectStore, image: number, edit = 0): { readonly file: string; readonly aside: string } {
  return { file: join(folderOf(store), `${image}.bin`), aside: join(asideFolderOf(store), `${image}-${edit}.bin`) };
}

/**
 * Deletes what was set aside: a decision cannot be undone once its project was closed. Killed at any
 * moment, it has touched no proposal that waits; what it left goes the next time. When it returns its promise, what is set
 * aside from then on is safe from it.
 */
export async function sweepAside(store: ProjectStore): Promise<void> {
  const aside = asideFolderOf(store);
  const swept = temporaryBeside(aside);
  try {
    if (existsSync(aside)) renameSync(aside, swept);
    for (const name of await readdir(store.cacheFolder)) {
      if (!name.startsWith(`.${asideName}.`)) continue;
      await rm(join(store.cacheFolder, name), { recursive: true, force: true });
    }
  } catch {
    // It is tried again at the next opening.
  }
}
