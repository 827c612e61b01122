/**
 * Finds the image that a folder full of masks belongs to, one mask per object, as instance datasets have it:
 * `ID/images/ID.png` with `ID/masks/*.png`. Reads no file. Convention: only masks that fit no image by name are asked
 * about, and only where the folder above holds a single image, so nothing is guessed.
 */
import { isImageFolderName, isMaskFolderName, partsOf } from './mask-names.ts';
import { takingTurns } from './taking-turns.ts';

/**
 * @param rootName of the project folder: it may itself be one such folder
 * @returns the masks by the path of their image
 */
export async function findInstanceMasks(
  images: readonly string[],
  masks: readonly string[],
  rootName: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const turns = takingTurns();
  const owners = new Map<string, string[]>();
  for (const path of images) {
    if (turns.over()) await turns.pass();
    const { folders } = partsOf(path);
    const last = folders.at(-1);
    const parent = last !== undefined && isImageFolderName(last) ? folders.slice(0, -1) : folders;
    const key = parent.join('/');
    const there = owners.get(key);
    if (there === undefined) owners.set(key, [path]);
    else there.push(path);
  }
  const found = new Map<string, string[]>();
  for (const mask of masks) {
    if (turns.over()) await turns.pass();
    const { folders } = partsOf(mask);
    const last = folders.at(-1);
    if (last === undefined || !isMaskFolderName(last)) continue;
    const parent = folders.slice(0, -1);
    const there = owners.get(parent.join('/')) ?? [];
    const [image] = there;
    if (image === undefined || there.length > 1) continue;
    // In the project folder itself a lone image is no sign, unless the folder is called like it.
    if (parent.length === 0 && partsOf(image).stem !== rootName.normalize('NFC')) continue;
    const ofImage = found.get(image);
    if (ofImage === undefined) found.set(image, [mask]);
    else ofImage.push(mask);
  }
  return found;
}
