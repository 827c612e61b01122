/**
 * A split that is fixed by lists of names, as published data sets come with. Convention: a name is an image's path, its
 * file name, or its file name without the ending, tried in this order; a list is a text file with one name a line.
 */
import { readFile } from 'node:fs/promises';
import type { PartName } from '../../store/types.ts';
import { SplitError } from './split-error.ts';
import { PART_NAMES } from './split-sizes.ts';

export type FixedLists = Readonly<Partial<Record<PartName, readonly string[]>>>;

/** Reads a list: one name a line, blank lines and lines that start with `#` left out, `\` read as `/`. */
export async function readSplitList(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const message = `The list ${path} cannot be read. Check that it is there.`;
    throw new SplitError('split-names-unknown', message, { path, cause });
  });
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trim().replaceAll('\\', '/').replace(/^\.\//, ''))
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** The same name spelled by another system (NFD on macOS) is the same name. */
const spelled = (name: string): string => name.normalize('NFC');
const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const stem = (path: string): string => fileName(path).replace(/\.[^.]+$/, '');

function positionsBy(paths: readonly string[], key: (path: string) => string): Map<string, number[]> {
  return Map.groupBy(paths.keys(), (at) => spelled(key(paths[at]!)));
}

/**
 * @returns the positions in `paths` of each part, and the names that no image has
 * @throws SplitError split-name-ambiguous (a name fits several images), split-overlap (an image in two lists)
 */
export function matchLists(
  lists: FixedLists,
  paths: readonly string[],
): { readonly parts: Readonly<Record<PartName, readonly number[]>>; readonly unknown: readonly string[] } {
  const indices = [positionsBy(paths, (path) => path), positionsBy(paths, fileName), positionsBy(paths, stem)];
  const parts: Record<PartName, number[]> = { train: [], val: [], test: [] };
  const unknown: string[] = [];
  const partOf = new Map<number, PartName>();
  for (const part of PART_NAMES) {
    for (const name of lists[part] ?? []) {
      const found = indices.map((index) => index.get(spelled(name))).find((positions) => positions !== undefined);
      if (found === undefined) {
        unknown.push(name);
        continue;
      }
      if (found.length > 1) {
        const fitting = found.map((at) => paths[at]).join(', ');
        const message = `The name '${name}' in the list for ${part} fits several images: ${fitting}. Write the path instead.`;
        throw new SplitError('split-name-ambiguous', message);
      }
      const at = found[0]!;
      const before = partOf.get(at);
      if (before === part) continue;
      if (before !== undefined) {
        const message = `${paths[at]} is in the lists for ${before} and for ${part}. Leave it in one of them.`;
        throw new SplitError('split-overlap', message);
      }
      partOf.set(at, part);
      parts[part].push(at);
    }
  }
  return { parts, unknown };
}
