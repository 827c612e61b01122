/**
 * Makes image files and mask files of the reference's arrays, in the folder `images-from-arrays` beside them, for an import
 * to take. Not the arrays' names and shapes: `reference-arrays.ts`. Convention: a slice at a time in memory; what is there
 * is never overwritten, so that an interrupted unpacking goes on; what is wrong with one part leaves out that part.
 */
import { lstat, mkdir, readFile } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import { z } from 'zod';
import type { FileNote, ImportReport } from '../../contract/dataset.ts';
import { MambrushError } from '../../contract/error.ts';
import type { LongWork } from '../../contract/progress.ts';
import { replaceFile } from '../../replace-file.ts';
import type { PartName } from '../../store/types.ts';
import { decodeImage } from '../images/decode-image.ts';
import { NpyError } from '../images/npy/npy-header.ts';
import { openNpy } from '../images/npy/npy.ts';
import type { NpyReader } from '../images/npy/npy.ts';
import {
  arrayLayout,
  arrayNames,
  arrayParts,
  arrayScale,
  bytesOfArray,
  largestShare,
  unpackedFolder,
  unpackedName,
} from '../images/npy/reference-arrays.ts';
import type { ArrayLayout } from '../images/npy/reference-arrays.ts';
import { openPipeline } from '../images/sharp-pipeline.ts';
import type { FoundFile } from '../masks/scan-folder.ts';
import { writeAtomically, writeFully } from '../../write-atomically.ts';
import { writeError } from '../../write-error.ts';

interface UnpackReport extends Pick<ImportReport, 'arrays' | 'skipped' | 'notes'> {
  /** The images' paths by part, relative to the folder. */
  readonly parts: Partial<Record<PartName, string[]>>;
}

/** Which arrays the files were made of, by name: size and time of the array. */
const stateSchema = z.record(z.string(), z.object({ bytes: z.number(), modifiedAt: z.number() }));
type UnpackedState = z.infer<typeof stateSchema>;
const stateName = '.mambrush-arrays.json';

/**
 * @param folder absolute
 * @param dryRun says what there is, and writes nothing
 * @throws MambrushError disk-full, folder-not-writable …; the signal's reason
 */
export async function unpackArrays(folder: string, dryRun: boolean, work: LongWork = {}): Promise<UnpackReport> {
  const report: UnpackReport = { arrays: [], parts: {}, skipped: [], notes: [] };
  const found = await findArrays(folder, report.skipped);
  if (found.length === 0) return report;
  const target = join(folder, unpackedFolder);
  if (!(await isOwnFolder(target)) || !(await isOwnFolder(join(target, 'masks')))) {
    const message =
      `${unpackedFolder} is where the arrays are unpacked to, but it or its folder masks is a link or a file. ` +
      'Move it away, and import again.';
    report.skipped.push({ path: unpackedFolder, code: 'link-outside', message });
    return report;
  }
  const state = await readState(target);
  for (const one of found) {
    const [{ name: first }] = one.files;
    try {
      const { count, different } = await withArrays(folder, one, (images, masks) =>
        unpackPart(target, one, { images, masks, known: one.files.every((file) => isSame(state, file)), dryRun }, work),
      );
      report.arrays.push({ part: one.part, images: count, masks: one.files.length > 1 });
      report.parts[one.part] = namesOf(one.part, count).map((name) => `${unpackedFolder}/${name}`);
      report.notes.push(...remarks(first, different));
      if (dryRun || different.length > 0) continue;
      for (const { name, bytes, modifiedAt } of one.files) state[name] = { bytes, modifiedAt };
      replaceFile(join(target, stateName), `${JSON.stringify(state)}\n`);
    } catch (error) {
      work.signal?.throwIfAborted();
      if (!(error instanceof NpyError)) throw writeError(error, target, 'The arrays and the project are as they were.');
      const name = basename(error.path ?? first);
      const message = error.message.replaceAll(join(folder, name), name);
      report.skipped.push({ path: name, code: error.code, message });
    }
  }
  return report;
}

interface OpenArrays {
  readonly images: NpyReader;
  readonly masks: NpyReader | undefined;
  /** They are those that the files which are there were made of. */
  readonly known: boolean;
  readonly dryRun: boolean;
}

/** @returns how many pictures there are, and the files that are there and hold something else */
async function unpackPart(
  target: string,
  { part }: FoundArrays,
  { images, masks, known, dryRun }: OpenArrays,
  { signal, onProgress }: LongWork,
): Promise<{ readonly count: number; readonly different: readonly string[] }> {
  const layout = arrayLayout(images, masks);
  const different: string[] = [];
  if (dryRun) return { count: layout.count, different };
  await mkdir(join(target, 'masks'), { recursive: true });
  const unpackers = [await unpacker(images, '', layout)];
  if (masks !== undefined) unpackers.push(await unpacker(masks, 'masks', { ...layout, channels: 1 }));
  for (const [at, name] of namesOf(part, layout.count).entries()) {
    signal?.throwIfAborted();
    for (const one of unpackers) {
      const path = join(target, one.folder, name);
      if (!(await isThere(path))) await one.write(path, at);
      else if (!known && !(await one.equals(path, at))) different.push(posix.join(one.folder, name));
    }
    const done = at + 1;
    onProgress?.({ kind: 'unpack', value: done / layout.count, done, total: layout.count, text: part });
  }
  return { count: layout.count, different };
}

function namesOf(part: PartName, count: number): string[] {
  return Array.from({ length: count }, (_, at) => unpackedName(part, at));
}

interface FoundArrays {
  readonly part: PartName;
  /** The images', and the masks' if there are some. */
  readonly files: readonly [ArrayFile, ...ArrayFile[]];
}

interface ArrayFile extends Pick<FoundFile, 'bytes' | 'modifiedAt'> {
  readonly name: string;
}

async function findArrays(folder: string, skipped: FileNote[]): Promise<FoundArrays[]> {
  const found: FoundArrays[] = [];
  for (const part of arrayParts) {
    const names = arrayNames(part);
    const files: ArrayFile[] = [];
    for (const name of [names.images, names.masks]) {
      const stats = await lstat(join(folder, name)).catch(() => undefined);
      if (stats?.isFile() === true) files.push({ name, bytes: stats.size, modifiedAt: stats.mtimeMs });
      else if (stats?.isSymbolicLink() === true) {
        const message = `${name} is a link, which is not followed. Copy the array here to use it.`;
        skipped.push({ path: name, code: 'link-outside', message });
      }
    }
    const [first, ...others] = files;
    if (first?.name === names.images) found.push({ part, files: [first, ...others] });
    else if (first !== undefined) {
      const message = `${names.masks} has no ${names.images} beside it, so its masks belong to nothing. Put both here.`;
      skipped.push({ path: names.masks, code: 'array-without-images', message });
    }
  }
  return found;
}

async function withArrays<Result>(
  folder: string,
  { files: [images, masks] }: FoundArrays,
  work: (images: NpyReader, masks: NpyReader | undefined) => Promise<Result>,
): Promise<Result> {
  const opened: NpyReader[] = [];
  try {
    for (const file of [images, masks]) if (file !== undefined) opened.push(await openNpy(join(folder, file.name)));
    return await work(opened[0]!, opened[1]);
  } finally {
    for (const array of opened) await array.close();
  }
}

interface Unpacker {
  readonly folder: string;
  write(path: string, at: number): Promise<void>;
  equals(path: string, at: number): Promise<boolean>;
}

async function unpacker(
  array: NpyReader,
  folder: string,
  { width, height, channels }: Omit<ArrayLayout, 'count'>,
): Promise<Unpacker> {
  const scale = arrayScale(array.type, await largestValue(array));
  const slice = async (at: number): Promise<Uint8Array> =>
    bytesOfArray(await array.slices(at), scale, basename(array.path));
  return {
    folder,
    write: async (path, at) => {
      const pixels = await slice(at);
      const png = openPipeline(Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength), {
        raw: { width, height, channels },
      });
      const bytes = await (channels === 1 ? png.toColourspace('b-w') : png).png().toBuffer();
      await writeAtomically(path, (file) => writeFully(file, bytes));
    },
    equals: async (path, at) => {
      const there = await decodeImage(path).catch((error: unknown) => {
        if (error instanceof MambrushError) return undefined;
        throw error;
      });
      return there !== undefined && Buffer.compare(await slice(at), Uint8Array.from(there.data)) === 0;
    },
  };
}

/** Of an array of fractions; looked for only as long as all could be shares of 1. */
async function largestValue(array: NpyReader): Promise<number> {
  if (!array.type.startsWith('f')) return Infinity;
  let largest = -Infinity;
  for (let at = 0; at < (array.shape[0] ?? 0) && largest <= largestShare; at++) {
    for (const value of await array.slices(at)) largest = Math.max(largest, value);
  }
  return largest;
}

/** Neither a link nor a file: nothing, or a folder. */
async function isOwnFolder(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats === undefined || stats.isDirectory();
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

function isSame(state: UnpackedState, { name, bytes, modifiedAt }: ArrayFile): boolean {
  return state[name]?.bytes === bytes && state[name].modifiedAt === modifiedAt;
}

async function readState(target: string): Promise<UnpackedState> {
  // Without it, or with a damaged one, the files are compared with the arrays again.
  const text = await readFile(join(target, stateName), 'utf8').catch(() => '');
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch {
    return {};
  }
}

function remarks(array: string, different: readonly string[]): FileNote[] {
  const [first] = different;
  if (first === undefined) return [];
  const path = `${unpackedFolder}/${first}`;
  const what = different.length === 1 ? `${path} is` : `${different.length} files (${path} …) are`;
  const message =
    `${what} not what ${array} and its masks hold by now, and kept as found. ` +
    `To unpack the arrays anew, delete ${unpackedFolder} and import again.`;
  return [{ path, code: 'array-changed', message }];
}
