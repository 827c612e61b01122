/**
 * What an export of masks is asked for, and which files it makes of every image, under which names and from what. Touches no
 * disk. Convention: masks lie beside each other like the images; overlays and probabilities in folders of these names;
 * several files of one kind and image end in the class's name.
 */
import type { OutputFile } from './export-folder.ts';
import type { ArrayImage } from './export-arrays.ts';
import { classSuffixes, exportStems, UniqueNames } from './export-names.ts';
import type { MaskClass } from '../masks/label-map.ts';
import type { AppendProbabilities } from './write-probabilities.ts';

export type ExportFormat = '0/255' | 'index' | 'npy' | 'labelme';

/** Its origin: hash of the image with that of the checkpoint, or revision of the labels. */
export interface ExportItem extends Omit<ArrayImage, 'labels'> {
  /**
   * Gives the class indices (height, width); called only when something is to be written. When `append` is there,
   * it takes all probabilities (height, width, K) in order, in pieces of whole pixels.
   */
  readonly labels: (append: AppendProbabilities | undefined) => Promise<Uint8Array> | Uint8Array;
}

export interface ExportOptions {
  readonly outputFolder: string;
  /** In order: class k is number k of the labels. */
  readonly classes: readonly MaskClass[];
  /** '0/255' (one file per class), 'index', 'npy' or 'labelme'; 'index' with several classes, else '0/255'. */
  readonly format?: ExportFormat | undefined;
  /** False: 'index' without the classes' colors, as grey values. */
  readonly palette?: boolean | undefined;
  readonly probabilities?: 'png' | 'npy' | undefined;
  readonly overlays?: boolean | undefined;
  readonly overwrite?: boolean | undefined;
  /** Paths of the project's other images, so that names do not depend on which of them are exported. */
  readonly neighbors?: readonly string[] | undefined;
  /** Absolute paths of further files that are never overwritten, even with `overwrite`; the items' images never are. */
  readonly protectedFiles?: readonly string[] | undefined;
}

export interface ExportFile extends OutputFile {
  readonly kind: 'binary' | 'index' | 'array' | 'labelme' | 'probability' | 'probability-array' | 'overlay';
  /** 1..K, for 'binary' and 'probability'. */
  readonly classIndex?: number;
}

type FileKind = Omit<ExportFile, 'name' | 'origin'> & { readonly folder: string; readonly ending: string };

function kindsOf({ classes, format, probabilities, overlays }: ExportOptions): FileKind[] {
  const suffixes = classSuffixes(classes);
  const perClass = (kind: 'binary' | 'probability', folder: string): FileKind[] =>
    classes.map((_, at) => ({
      kind,
      folder,
      classIndex: at + 1,
      ending: classes.length === 1 ? '.png' : `_${suffixes[at]}.png`,
    }));
  const chosen = format ?? (classes.length === 1 ? '0/255' : 'index');
  const kinds: FileKind[] = [];
  if (chosen === '0/255') kinds.push(...perClass('binary', ''));
  if (chosen === 'index') kinds.push({ kind: 'index', folder: '', ending: '.png' });
  if (chosen === 'npy') kinds.push({ kind: 'array', folder: '', ending: '.npy' });
  if (chosen === 'labelme') kinds.push({ kind: 'labelme', folder: '', ending: '.json' });
  if (probabilities === 'png') kinds.push(...perClass('probability', 'probabilities/'));
  if (probabilities === 'npy') kinds.push({ kind: 'probability-array', folder: 'probabilities/', ending: '.npy' });
  if (overlays === true) kinds.push({ kind: 'overlay', folder: 'overlays/', ending: '.png' });
  return kinds;
}

/** @throws MambrushError export-path-invalid */
export function planExport(
  items: readonly Pick<ExportItem, 'path' | 'origin'>[],
  options: ExportOptions,
): { readonly files: readonly (readonly ExportFile[])[]; readonly renamed: { path: string; file: string }[] } {
  const kinds = kindsOf(options);
  const stems = exportStems(
    items.map((item) => item.path),
    options.neighbors,
  );
  const names = new UniqueNames();
  const renamed: { path: string; file: string }[] = [];
  const colors = options.classes.map(({ color }) => color).join(' ');
  const styles: Partial<Record<ExportFile['kind'], string>> = {
    index: options.palette === false ? 'grey' : colors,
    overlay: JSON.stringify([colors, {}]),
    // It names the classes, and the image by where it lies.
    labelme: JSON.stringify([options.classes.map(({ name }) => name), options.outputFolder]),
  };
  const files = items.map(({ path, origin }) => {
    const stem = stems.get(path)!;
    return kinds.map(({ kind, folder, ending, ...rest }): ExportFile => {
      const name = names.take(`${folder}${stem}`, ending);
      if (stem === path || name !== `${folder}${stem}${ending}`) renamed.push({ path, file: name });
      return { name, kind, ...rest, origin: [origin, kind, rest.classIndex ?? '', styles[kind] ?? ''].join(' | ') };
    });
  });
  return { files, renamed };
}
