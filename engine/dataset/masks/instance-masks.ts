/**
 * Finds the image that a folder full of masks belongs to, one mask per object, as instance datasets have it:
 * `ID/images/ID.png` with `ID/masks/*.png`. Reads no file. Convention: only masks that fit no image by name are asked
 * about, and only where the folder above holds a single image, so nothing is guessed.
 */
import { isImageFolderName, isMaskFolderName, partsOf } from './mask-names.ts';
import { emplace } from './match-masks.ts';
import { inTurns } from './in-turns.ts';

/**
 * @param rootName of the project folder: it may itself be one such folder
 * @returns the masks by the path of their image
 */
export async function findInstanceMasks(
  images: readonly string[],
  masks: readonly string[],
  rootName: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const owners = new Map<string, string[]>();
  for await (const path of inTurns(images)) {
    const { folders } = partsOf(path);
    const last = folders.at(-1);
    const parent = last !== undefined && isImageFolderName(last) ? folders.slice(0, -1) : folders;
    emplace(owners, parent.join('/'), () => []).push(path);
  }
  const found = new Map<string, string[]>();
  for await (const mask of inTurns(masks)) {
    const { folders } = partsOf(mask);
    const last = folders.at(-1);
    if (last === undefined || !isMaskFolderName(last)) continue;
    const parent = folders.slice(0, -1);
    const there = owners.get(parent.join('/')) ?? [];
    const [image] = there;
    if (image === undefined || there.length > 1) continue;
    // In the project folder itself a lone image is no sign, unless the folder is called like it.
    if (parent.length === 0 && partsOf(image).stem !== rootName.normalize('NFC')) continue;
    emplace(found, image, () => []).push(mask);
  }
  return found;
}
