/**
 * What exported files are called: like their image, in the same subfolders, with their own ending. Touches no disk.
 * Convention: images that differ only by their ending keep it in the name (`a.jpg` → `a.jpg.png`); two names count as one
 * when a system that ignores case or spells Unicode its own way would take them for one.
 */
import { MambrushError } from '../../contract/error.ts';

const asOneName = (name: string): string => name.normalize('NFC').toLowerCase();
const withoutEnding = (path: string): string => path.replace(/(?<=[^/])\.[^./]*$/, '');

/** Characters that Windows does not allow in names, and control characters. */
const forbidden = /[<>:"/\\|?*\u0000-\u001f]/g;

export function classSuffixes(classes: readonly { readonly name: string }[]): string[] {
  const names = new UniqueNames();
  return classes.map(({ name }, at) => {
    const clean = name.replaceAll(forbidden, '-').trim().slice(0, 60);
    return names.take(clean === '' ? `class ${at + 1}` : clean, '');
  });
}

export class UniqueNames {
  readonly #taken = new Set<string>();

  /** `stem` + `ending`, or `stem-2`, `stem-3` … + `ending`. */
  take(stem: string, ending: string): string {
    for (let number = 1; ; number++) {
      const name = `${number === 1 ? stem : `${stem}-${number}`}${ending}`;
      if (this.#taken.has(asOneName(name))) continue;
      this.#taken.add(asOneName(name));
      return name;
    }
  }
}

/**
 * The stem of each image's files: its path without ending where that is enough to tell it from the others.
 * @param paths of the images, relative, with `/`
 * @param neighbors further images of the project, so that names do not depend on which of them are exported
 * @throws MambrushError export-path-invalid for a path that leads out of the folder
 */
export function exportStems(paths: readonly string[], neighbors: readonly string[] = []): Map<string, string> {
  const count = new Map<string, number>();
  for (const path of new Set([...paths, ...neighbors])) {
    const stem = asOneName(withoutEnding(path));
    count.set(stem, (count.get(stem) ?? 0) + 1);
  }
  return new Map(
    paths.map((path) => {
      if (path.startsWith('/') || /^[a-z]:/i.test(path) || path.split(/[/\\]/).includes('..')) {
        const message = `${path} leads out of the folder to export into. Only images inside their folder can be exported.`;
        throw new MambrushError('export-path-invalid', message, { path });
      }
      const stem = withoutEnding(path);
      return [path, (count.get(asOneName(stem)) ?? 0) > 1 ? path : stem];
    }),
  );
}
