/**
 * Exports all labels into one text file (COCO, table of areas), piece by piece. Knows no format. Convention: as with masks,
 * the file is whole or not there, another's is never overwritten unless told to, and what is up to date is left alone.
 */
import { createHash } from 'node:crypto';
import type { LongWork } from '../../contract/progress.ts';
import { ExportFolder } from './export-folder.ts';
import type { FilesReport } from './export-folder.ts';
import { writeAtomically, writeFully } from '../../write-atomically.ts';
import { writeError } from '../../write-error.ts';
import type { MaskClass } from '../masks/label-map.ts';

export interface LabelledImage {
  readonly id: number;
  /** Relative, with `/`. */
  readonly path: string;
  readonly width: number;
  readonly height: number;
  /** Whatever changes when its labels do. */
  readonly origin: string;
  /** Class indices (height, width); undefined when nothing is labelled. */
  readonly labels: () => Promise<Uint8Array | undefined> | Uint8Array | undefined;
}

/** Writes one format; @param append takes the next piece of the file */
export type TableWriter = (
  append: (text: string) => Promise<void>,
  images: readonly LabelledImage[],
  classes: readonly MaskClass[],
  work: LongWork,
) => Promise<void>;

/**
 * @param name of the file in the folder
 * @throws WriteError when it cannot be written; the signal's reason when aborted
 */
export async function exportTable(
  outputFolder: string,
  name: string,
  write: TableWriter,
  {
    images,
    classes,
    overwrite,
  }: {
    readonly images: readonly LabelledImage[];
    readonly classes: readonly MaskClass[];
    readonly overwrite?: boolean | undefined;
  },
  work: LongWork = {},
): Promise<FilesReport> {
  const sources = images.map(({ id, path, width, height, origin: state }) => [id, path, width, height, state]);
  const origin = `${name} ${createHash('sha256')
    .update(JSON.stringify([classes, sources]))
    .digest('hex')}`;
  const file = { name, origin };
  try {
    const folder = await ExportFolder.open(outputFolder, { overwrite });
    const standing = await folder.standing(file);
    if (standing === 'current') return { written: [], unchanged: [name], kept: [] };
    if (standing !== 'wanted') return { written: [], unchanged: [], kept: [{ file: name, ...standing }] };
    await folder.write([file], async (temporaries) => {
      const temporary = temporaries.get(file)!;
      await writeAtomically(temporary, async (handle) => {
        await write((text) => writeFully(handle, Buffer.from(text, 'utf8')), images, classes, withTimeLeft(work));
      });
      await folder.publish(file, temporary);
    });
    return { written: [name], unchanged: [], kept: [] };
  } catch (error) {
    work.signal?.throwIfAborted();
    throw writeError(error, outputFolder, 'What was exported before is kept; export again to write it.');
  }
}

/** Writers say how many images they have done; how long the rest will take follows from that. */
function withTimeLeft({ signal, onProgress }: LongWork): LongWork {
  const begun = performance.now();
  return {
    signal,
    onProgress: (step) => {
      const seconds = (performance.now() - begun) / 1000;
      onProgress?.({ ...step, ...(step.value > 0 && { secondsLeft: (seconds / step.value) * (1 - step.value) }) });
    },
  };
}
