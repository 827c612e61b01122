/**
 * Exports all labels into one text file (COCO, table of areas), piece by piece. Convention: as in `export-folder.ts`.
 */
import { hash } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import type { LongWork } from '../../contract/progress.ts';
import { ExportFolder } from './export-folder.ts';
import type { FilesReport } from './export-folder.ts';
import { writeAtomically, writeFully } from '../../write-atomically.ts';
import { writeError } from '../../write-error.ts';
import type { Size } from '../images/pixels.ts';
import type { MaskClass } from '../masks/label-map.ts';

/** Its size is that of the upright image. */
export interface LabelledImage extends Size {
  readonly id: number;
  /** Relative, with `/`. */
  readonly path: string;
  /** Whatever changes when its labels do. */
  readonly origin: string;
  /** Class indices (height, width); undefined when nothing is labelled. */
  readonly labels: () => Promise<Uint8Array | undefined> | Uint8Array | undefined;
}

/**
 * Writes one format.
 * @param append takes the next piece of the file
 * @param step follows every image
 */
export type TableWriter = (
  append: (text: string) => Promise<void>,
  images: readonly LabelledImage[],
  classes: readonly MaskClass[],
  step: () => Promise<void>,
) => Promise<void>;

interface TableOptions {
  readonly images: readonly LabelledImage[];
  readonly classes: readonly MaskClass[];
  readonly overwrite?: boolean | undefined;
}

/**
 * @param name of the file in the folder
 * @throws WriteError when it cannot be written; the signal's reason when aborted
 */
export async function exportTable(
  outputFolder: string,
  name: string,
  write: TableWriter,
  { images, classes, overwrite }: TableOptions,
  work: LongWork = {},
): Promise<FilesReport> {
  const sources = images.map(({ id, path, width, height, origin: state }) => [id, path, width, height, state]);
  const file = { name, origin: `${name} ${hash('sha256', JSON.stringify([classes, sources]))}` };
  try {
    const folder = await ExportFolder.open(outputFolder, { overwrite });
    const standing = await folder.standing(file);
    if (standing === 'current') return { written: [], unchanged: [name], kept: [] };
    if (standing !== 'wanted') return { written: [], unchanged: [], kept: [{ file: name, ...standing }] };
    await folder.write([file], async (temporaries) => {
      const temporary = temporaries.get(file)!;
      await writeAtomically(temporary, async (handle) => {
        await write((text) => writeFully(handle, Buffer.from(text, 'utf8')), images, classes, stepper(images, work));
      });
      await folder.publish(file, temporary);
    });
    return { written: [name], unchanged: [], kept: [] };
  } catch (error) {
    work.signal?.throwIfAborted();
    throw writeError(error, outputFolder, 'What was exported before is kept; export again to write it.');
  }
}

/** Reports each image that is done, and lets other work have its turn. */
function stepper(images: readonly LabelledImage[], { signal, onProgress }: LongWork): () => Promise<void> {
  const begun = performance.now();
  const total = images.length;
  let done = 0;
  return async () => {
    const text = images[done++]!.path;
    const secondsLeft = ((performance.now() - begun) / 1000 / done) * (total - done);
    onProgress?.({ kind: 'export', value: done / total, done, total, text, secondsLeft });
    await breathe();
    signal?.throwIfAborted();
  };
}
