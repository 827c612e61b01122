/**
 * Where masks may be written: anywhere but among the images that they are of, or a project's own files. Makes no folder.
 * Convention: links are followed, so the same folder by another name is the same folder.
 */
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { MambrushError } from '../../contract/error.ts';

/**
 * Who looks through a folder passes over one that masks were written to, so images in it would no longer be found; and
 * masks beside images would be taken for images.
 *
 * @param folder that was looked through for images, absolute
 * @param images paths in it, with `/`
 * @param output absolute
 * @throws MambrushError output-among-images
 */
export async function checkOutputFolder(folder: string, images: readonly string[], output: string): Promise<void> {
  const inside = relative(await realOf(folder), await realOf(output))
    .split(sep)
    .join('/');
  const isOwn = inside === '.mambrush' || inside.startsWith('.mambrush/');
  if (inside !== '' && !isOwn && !images.some((path) => path.startsWith(`${inside}/`))) return;
  const what = isOwn ? "belongs to the project's own files" : 'holds the images';
  throw new MambrushError(
    'output-among-images',
    `${output} ${what}. Choose a folder of its own, such as ${join(folder, 'exported')}.`,
    { path: output },
  );
}

/** The real path of what may not be there yet. */
async function realOf(path: string): Promise<string> {
  return realpath(path).catch(async () =>
    dirname(path) === path ? path : join(await realOf(dirname(path)), basename(path)),
  );
}
