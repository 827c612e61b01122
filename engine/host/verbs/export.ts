/**
 * A project's labels or proposals as files. Changes nothing in the project. Convention: images without are left out; unlabelled
 * pixels of the others are reported, since neither a mask of 0 and 255 nor an array can show them.
 */
import { resolve } from 'node:path';
import { MambrushError } from '../../contract/error.ts';
import type { ExportReport } from '../../contract/dataset.ts';
import type { LongWork } from '../../contract/progress.ts';
import { exportArrays } from '../../dataset/export/export-arrays.ts';
import { writeAreas } from '../../dataset/export/export-areas.ts';
import { writeCoco } from '../../dataset/export/export-coco.ts';
import { exportMasks } from '../../dataset/export/export-masks.ts';
import { exportTable } from '../../dataset/export/export-table.ts';
import type { TableWriter } from '../../dataset/export/export-table.ts';
import { arrayParts } from '../../dataset/images/npy/reference-arrays.ts';
import { hasUnlabelled } from '../../dataset/masks/label-map.ts';
import { unlabelled } from '../../store/class-map.ts';
import type { ProjectStore } from '../../store/project-store.ts';
import { countedNames } from '../answers/counted-names.ts';
import type { Checked, Verb } from '../engine-context.ts';
import { exportedImages } from '../answers/exported-images.ts';
import { checkOutputFolder } from '../projects/output-folder.ts';

type Arguments = Checked<'dataset.export'>;

export const exportVerb: Verb<'dataset.export'> = async ({ projects }, args, work): Promise<ExportReport> => {
  const store = projects.get(args.project);
  const output = resolve(args.output);
  checkOptions(args);
  const all = store.images.all();
  await checkOutputFolder(
    store.folder,
    all.map(({ path }) => path),
    output,
  );
  const choice = exportedImages(store, args, work);
  const { format = 'png' } = args;
  if (format === 'npy') return await asArrays(store, choice, output, args, work);
  if (format === 'coco' || format === 'csv') return await asTable(store, choice, output, args, tables[format], work);
  return await asMasks(store, choice, output, args, work);
};

type Choice = ReturnType<typeof exportedImages>;

const tables = {
  coco: { name: 'annotations.json', write: writeCoco },
  csv: { name: 'areas.csv', write: writeAreas },
} as const;

const defaultSide = 256;

/** Options that would be ignored silently are refused. */
function checkOptions({ format = 'png', overlays, size, values, palette }: Arguments): void {
  const clash = (message: string): MambrushError => new MambrushError('export-options-clash', message);
  if (format !== 'png') {
    if (overlays === true) throw clash("Overlays come with masks as files ('png') only.");
    if (values !== undefined || palette !== undefined) throw clash("Values and palette are of masks as 'png' only.");
  }
  if (palette !== undefined && values === '0/255') throw clash('A mask of 0 and 255 has no palette.');
  if (format !== 'npy' && size !== undefined) {
    throw clash("Masks as files have their images' sizes; only arrays have another.");
  }
}

async function asMasks(
  store: ProjectStore,
  { asked, images }: Choice,
  output: string,
  { format, values, palette, overlays, overwrite }: Arguments,
  work: LongWork,
): Promise<ExportReport> {
  const all = store.images.all();
  const report = await exportMasks(
    images.map(({ labels, ...image }) => ({
      ...image,
      labels: async () => (await labels()) ?? new Uint8Array(image.width * image.height).fill(unlabelled),
    })),
    {
      outputFolder: output,
      classes: store.classes.all(),
      format: format === 'labelme' ? 'labelme' : values,
      palette,
      overlays,
      overwrite,
      neighbors: all.map(({ path }) => path),
      protectedFiles: [...all, ...store.images.removed()].map(({ path }) => store.fileOf(path)),
    },
    work,
  );
  return describe(store, output, asked, images.length, {
    ...report,
    renamed: report.renamed.map(({ path, file }) => ({ image: path, file })),
    warnings: report.renamed.map(({ path, file }) => ({
      code: 'export-renamed',
      message: `${file} is made from ${path}; it has another name because two images would give it the same one.`,
    })),
  });
}

async function asArrays(
  store: ProjectStore,
  choice: Choice,
  output: string,
  { size, overwrite }: Arguments,
  work: LongWork,
): Promise<ExportReport> {
  const split = store.splits.current();
  if (split === undefined) {
    throw new MambrushError(
      'split-missing',
      `${store.folder} has no split yet, and the arrays are one pair per part. Divide its images first.`,
      { path: store.folder },
    );
  }
  const byId = new Map(choice.images.map((image) => [image.id, image]));
  const parts = arrayParts.map((part) => ({
    part,
    images: split.parts[part].flatMap((id) => {
      const image = byId.get(id);
      return image === undefined ? [] : [{ ...image, origin: `${image.hash} ${image.origin}` }];
    }),
  }));
  const options = { side: size ?? defaultSide, classes: store.classes.all().length, overwrite };
  const report = await exportArrays(
    output,
    parts.filter(({ images }) => images.length > 0),
    options,
    work,
  );
  const empty = parts.filter(({ images }) => images.length === 0).map(({ part }) => part);
  const images = parts.reduce((sum, part) => sum + part.images.length, 0);
  return describe(store, output, choice.asked, images, {
    ...report,
    renamed: [],
    warnings: empty.map((part) => ({
      code: 'part-empty',
      message: `The part '${part}' has no labeled image, so it has no arrays.`,
    })),
  });
}

async function asTable(
  store: ProjectStore,
  choice: Choice,
  output: string,
  { overwrite }: Arguments,
  { name, write }: { readonly name: string; readonly write: TableWriter },
  work: LongWork,
): Promise<ExportReport> {
  const partly: string[] = [];
  const failed: ExportReport['failed'] = [];
  const images = choice.images.map((image) => ({
    ...image,
    labels: async () => {
      const labels = await image.labels().catch((error: unknown) => {
        if (!(error instanceof MambrushError)) throw error;
        failed.push({ path: image.path, code: error.code, message: error.message });
        return undefined;
      });
      // The table counts unlabelled pixels itself.
      if (write === writeCoco && (labels === undefined || hasUnlabelled(labels))) partly.push(image.path);
      return labels;
    },
  }));
  const report = await exportTable(output, name, write, { images, classes: store.classes.all(), overwrite }, work);
  const outcome = { ...report, failed, unlabelledAsBackground: partly, renamed: [], warnings: [] };
  return describe(store, output, choice.asked, images.length, outcome);
}

interface Outcome extends Pick<ExportReport, 'renamed' | 'warnings'> {
  readonly written: readonly string[];
  readonly unchanged: readonly string[];
  readonly kept: readonly { readonly file: string; readonly reason: string }[];
  readonly failed: readonly ExportReport['failed'][number][];
  readonly unlabelledAsBackground: readonly string[];
}

function describe(store: ProjectStore, output: string, asked: number, images: number, outcome: Outcome): ExportReport {
  const partly = outcome.unlabelledAsBackground;
  const partlyWarning = {
    code: 'unlabelled-as-background',
    message: `${countedNames(partly)}: some pixels are not labeled yet, and are background in what was written.`,
  };
  return {
    project: store.folder,
    output,
    images,
    leftOut: asked - images,
    written: outcome.written.length,
    unchanged: outcome.unchanged.length,
    files: [...outcome.written],
    kept: outcome.kept.map(({ file, reason }) => ({ path: file, code: 'export-kept', message: `${file}: ${reason}.` })),
    failed: [...outcome.failed],
    renamed: outcome.renamed,
    unlabelledAsBackground: [...partly],
    warnings: [...(partly.length > 0 ? [partlyWarning] : []), ...outcome.warnings],
  };
}
