/**
 * Finds the images that files of annotations name. Reads no file. Convention: names are only ever compared with those of
 * the project's images, never opened; a name that leads out of the folder is refused, and one that fits two images too.
 */
import { posix, resolve } from 'node:path';
import { pathInFolder } from '../../../store/relative-path.ts';

export type NameMatch =
  | { readonly image: string }
  /** What is wrong, as the end of a sentence that begins with the name. */
  | { readonly code: string; readonly reason: string };

export interface AnnotationLocation {
  readonly absolute: string;
  /** In the project's folder with `/`, or in the folder that was named. */
  readonly relative: string;
}

const asName = (path: string): string => path.normalize('NFC').toLowerCase();
const withoutEnding = (path: string): string => path.replace(/(?<=[^/])\.[^./]*$/, '');
const lastOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

export class ImageNames {
  readonly #folder: string;
  /** By their last part, folded. */
  readonly #byName: ReadonlyMap<string, readonly string[]>;
  readonly #byStem: ReadonlyMap<string, readonly string[]>;

  /** @param folder the project's, absolute, links followed @param images relative, with `/` */
  constructor(folder: string, images: readonly string[]) {
    this.#folder = folder;
    this.#byName = Map.groupBy(images, (path) => asName(lastOf(path)));
    this.#byStem = Map.groupBy(images, (path) => asName(withoutEnding(lastOf(path))));
  }

  /** Of a COCO file: by the name that it gives the image. */
  ofName(name: string, location: AnnotationLocation): NameMatch {
    const isDrive = /^[a-z]:/i.test(name);
    const path = name.replaceAll('\\', '/');
    if (path.includes('\0') || /^[a-z]+:\/\//i.test(path)) return outside;
    if (isDrive || path.startsWith('/')) {
      const own = this.#known(pathInFolder(this.#folder, path));
      return own === undefined ? outside : { image: own };
    }
    const inside = pathInFolder(this.#folder, resolve(location.absolute, '..', path));
    const here = this.#known(inside);
    if (here !== undefined) return { image: here };
    const plain = posix.normalize(path);
    if (plain.startsWith('../') || plain === '..') return inside === undefined ? outside : missing;
    return single(endingsOf(asName(plain), this.#byName.get(asName(lastOf(plain))) ?? [], asName));
  }

  /** Of a labelme file: beside it, by the name that it gives, or called like it. */
  ofFile(name: string, location: AnnotationLocation): NameMatch {
    const stem = asName(withoutEnding(location.relative));
    const called = this.#byStem.get(lastOf(stem)) ?? [];
    const fold = (path: string): string => asName(withoutEnding(path));
    const beside = called.filter((path) => fold(path) === stem);
    if (beside.length === 1) return { image: beside[0]! };
    const named = name === '' ? outside : this.ofName(name, location);
    if ('image' in named) return named;
    const found = single(endingsOf(stem, called, fold));
    return 'image' in found || name === '' ? found : named;
  }

  #known(path: string | undefined): string | undefined {
    if (path === undefined) return undefined;
    const called = this.#byName.get(asName(lastOf(path))) ?? [];
    const nfc = path.normalize('NFC');
    return called.find((image) => image.normalize('NFC') === nfc);
  }
}

const outside: NameMatch = {
  code: 'annotation-path-outside',
  reason: 'leads out of the project’s folder; nothing is looked for there',
};

const missing: NameMatch = { code: 'annotation-image-missing', reason: 'is not among the images' };

/** Images of which one name is the other's end: `a.png` and `images/a.png`, whichever is longer. */
function endingsOf(wanted: string, images: readonly string[], fold: (path: string) => string): readonly string[] {
  const fits = images.filter((image) => {
    const own = fold(image);
    return own === wanted || own.endsWith(`/${wanted}`) || wanted.endsWith(`/${own}`);
  });
  const whole = fits.filter((image) => fold(image) === wanted);
  return whole.length > 0 ? whole : fits;
}

function single(images: readonly string[]): NameMatch {
  const [first, second] = images;
  if (first === undefined) return missing;
  if (second === undefined) return { image: first };
  const reason = `could be ${first} or ${second}; write its folders too`;
  return { code: 'annotation-image-unsure', reason };
}
