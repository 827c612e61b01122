/**
 * The arrays that the reference's own `Prepare_your_dataset.py` writes: `data_train.npy`, `mask_train.npy`, the same for
 * `val` and `test`; images (N, H, W, 3) of 0..255, masks (N, H, W) of 0..255. Their names, and their unpacking into files;
 * written they are by `export-arrays.ts`. Convention: a slice at a time in memory; what is there is never overwritten.
 */
import { mkdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { LongWork } from '../contract/progress.ts';
import type { PartName } from '../store/types.ts';
import { NpyError } from './formats/npy-header.ts';
import { openNpy } from './npy.ts';
import type { NpyReader } from './npy.ts';
import { openPipeline } from './sharp-pipeline.ts';
import { writeAtomically, writeFully } from './write-atomically.ts';
import { writePng } from './write-png.ts';

export const arrayParts = ['train', 'val', 'test'] as const satisfies readonly PartName[];

export const arrayNames = (part: PartName): { readonly images: string; readonly masks: string } => ({
  images: `data_${part}.npy`,
  masks: `mask_${part}.npy`,
});

/** The folder that unpacked arrays go to, beside them. */
export const unpackedFolder = 'images-from-arrays';

/** Which of the parts lie in a folder. */
export async function findReferenceArrays(folder: string): Promise<readonly PartName[]> {
  const found: PartName[] = [];
  for (const part of arrayParts) {
    const { images, masks } = arrayNames(part);
    const there = await Promise.all([images, masks].map((name) => stat(join(folder, name)).catch(() => undefined)));
    if (there.every((stats) => stats?.isFile() === true)) found.push(part);
  }
  return found;
}

/**
 * Makes an image file and a mask file of every slice: `images-from-arrays/train_0001.png` and the same name below
 * `images-from-arrays/masks`. What is there already is left alone, so an interrupted unpacking goes on.
 *
 * @returns the images' paths by part, relative to the folder
 * @throws NpyError npy-shape-wrong and those of `openNpy`
 */
export async function unpackReferenceArrays(
  folder: string,
  parts: readonly PartName[],
  { signal, onProgress }: LongWork = {},
): Promise<Readonly<Partial<Record<PartName, readonly string[]>>>> {
  const target = join(folder, unpackedFolder);
  await mkdir(join(target, 'masks'), { recursive: true });
  const lists: Partial<Record<PartName, readonly string[]>> = {};
  for (const part of parts) {
    const names = arrayNames(part);
    const images = await openNpy(join(folder, names.images));
    try {
      const masks = await openNpy(join(folder, names.masks));
      try {
        const layout = layoutOf(images, masks);
        const files: string[] = [];
        for (let at = 0; at < layout.count; at++) {
          signal?.throwIfAborted();
          const name = `${part}_${String(at + 1).padStart(4, '0')}.png`;
          files.push(`${unpackedFolder}/${name}`);
          await unpackOne(images, masks, at, layout, join(target, name), join(target, 'masks', name));
          const value = (at + 1) / layout.count;
          onProgress?.({ kind: 'unpack', value, done: at + 1, total: layout.count, text: part });
        }
        lists[part] = files;
      } finally {
        await masks.close();
      }
    } finally {
      await images.close();
    }
  }
  return lists;
}

interface Layout {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

function layoutOf(images: NpyReader, masks: NpyReader): Layout {
  const [count = 0, height = 0, width = 0, channels = 1] = images.shape;
  const maskShape = masks.shape.length === 4 && masks.shape[3] === 1 ? masks.shape.slice(0, 3) : masks.shape;
  const wanted = images.shape.slice(0, 3);
  if (![3, 4].includes(images.shape.length) || (channels !== 1 && channels !== 3)) {
    throw new NpyError(
      'npy-shape-wrong',
      `${basename(images.path)} has the shape (${images.shape.join(', ')}), images need (number, height, width, 3).`,
      { path: images.path },
    );
  }
  if (maskShape.join() !== wanted.join()) {
    throw new NpyError(
      'npy-shape-wrong',
      `${basename(masks.path)} has the shape (${masks.shape.join(', ')}), which does not fit the images' ` +
        `(${images.shape.join(', ')}). Write both anew from the same images.`,
      { path: masks.path },
    );
  }
  return { count, width, height, channels };
}

async function unpackOne(
  images: NpyReader,
  masks: NpyReader,
  at: number,
  { width, height, channels }: Layout,
  imagePath: string,
  maskPath: string,
): Promise<void> {
  const isThere = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined)) !== undefined;
  if (!(await isThere(imagePath))) {
    const pixels = asBytes(await images.slices(at));
    const png = await openPipeline(Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength), {
      raw: { width, height, channels },
    })
      .png()
      .toBuffer();
    await writeAtomically(imagePath, (file) => writeFully(file, png));
  }
  if (!(await isThere(maskPath))) {
    const values = await masks.slices(at);
    await writePng(maskPath, { width, height, kind: 'grey8' }, (append) => append(asBytes(values)));
  }
}

/** Numbers of 0..255, rounded; masks of 0 and 1 and of class numbers stay as they are. */
function asBytes(values: ArrayLike<number>): Uint8Array {
  return Uint8Array.from(values, (value) => Math.min(255, Math.max(0, Math.round(value))));
}
