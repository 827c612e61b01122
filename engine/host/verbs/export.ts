/**
 * A project's labels as files. Changes nothing in the project. Convention: images without labels are left out; unlabelled
 * pixels of the others are told of, since a mask of 0 and 255 cannot show them.
 */
import { access, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { MambrushError } from '../../contract/error.ts';
import type { ExportReport } from '../../contract/dataset.ts';
import type { LongWork } from '../../contract/progress.ts';
import { exportMasks } from '../../dataset/export-masks.ts';
import { arrayNames, arrayParts, writeReferenceArrays } from '../../dataset/reference-arrays.ts';
import type { ImageRecord, ProjectStore } from '../../store/project-store.ts';
import type { Checked, Verb } from '../engine-context.ts';

type Arguments = Checked<'dataset.export'>;

export const exportVerb: Verb<'dataset.export'> = async ({ projects }, args, work): Promise<ExportReport> => {
  const store = projects.get(args.project);
  const output = resolve(args.output);
  return args.format === 'npy'
    ? await exportArrays(store, output, args, work)
    : await exportFiles(store, output, args, work);
};

const defaultSide = 256;

async function exportFiles(
  store: ProjectStore,
  output: string,
  { overlays, overwrite }: Arguments,
  work: LongWork,
): Promise<ExportReport> {
  const images = store.images.all();
  const labelled = new Set(store.labels.labelledImageIds());
  const chosen = images.filter(({ id, missing }) => labelled.has(id) && !(missing && overlays === true));
  if (chosen.length === 0) throw nothingToExport(store);
  const classes = store.classes.all();
  const meaning = classes.map(({ id, index }) => `${index}:${id}`).join();
  const report = await exportMasks(
    chosen.map((image) => ({
      path: image.path,
      absolutePath: store.fileOf(image.path),
      width: image.width,
      height: image.height,
      origin: `labels ${store.labels.revision(image.id)} ${meaning}`,
      labels: () => store.labels.read(image.id) ?? new Uint8Array(image.width * image.height).fill(255),
    })),
    {
      outputFolder: output,
      classes,
      ...(overlays === true && { overlays: {} }),
      overwrite,
      neighbours: images.map(({ path }) => path),
    },
    work,
  );
  const partly = report.unlabelledAsBackground;
  return {
    project: store.folder,
    output,
    written: report.written.length,
    unchanged: report.unchanged.length,
    files: [...report.written],
    kept: report.kept.map(({ file, reason }) => ({ path: file, code: 'export-kept', message: `${file}: ${reason}.` })),
    failed: [...report.failed],
    warnings: [
      ...(partly.length > 0
        ? [
            {
              code: 'unlabelled-as-background',
              message: `${partly.length} images have pixels that are not labelled yet; in a mask of 0 and 255 they are 0.`,
            },
          ]
        : []),
      ...report.renamed.map(({ path, file }) => ({
        code: 'export-renamed',
        message: `The mask of ${path} is called ${file}, because another image would give it the same name.`,
      })),
    ],
  };
}

async function exportArrays(
  store: ProjectStore,
  output: string,
  { size, overwrite }: Arguments,
  work: LongWork,
): Promise<ExportReport> {
  const split = store.splits.current();
  if (split === undefined) {
    throw new MambrushError(
      'split-missing',
      `${store.folder} has no split yet, and the arrays are one per part. Divide its images first.`,
      { path: store.folder },
    );
  }
  const parts = arrayParts.filter((part) => split.parts[part].length > 0);
  const taken = parts.flatMap((part) => Object.values(arrayNames(part)));
  await mkdir(output, { recursive: true });
  if (overwrite !== true) await refuseExisting(output, taken);
  const classes = store.classes.all().length;
  const files: string[] = [];
  for (const part of parts) {
    const images = split.parts[part].map((id) => store.images.get(id)).filter((image) => image !== undefined);
    const sources = images.map((image: ImageRecord) => ({
      path: store.fileOf(image.path),
      width: image.width,
      height: image.height,
      labels: () => store.labels.read(image.id),
    }));
    files.push(...(await writeReferenceArrays(output, part, sources, { side: size ?? defaultSide, classes }, work)));
  }
  return {
    project: store.folder,
    output,
    written: files.length,
    unchanged: 0,
    files,
    kept: [],
    failed: [],
    warnings: [],
  };
}

async function refuseExisting(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const path = join(folder, name);
    const free = await access(path).then(
      () => false,
      () => true,
    );
    if (free) continue;
    throw new MambrushError(
      'export-exists',
      `${path} is there already. Choose another folder, or allow it to be replaced.`,
      { path },
    );
  }
}

function nothingToExport(store: ProjectStore): MambrushError {
  return new MambrushError('nothing-to-export', `${store.folder} has no labelled image yet, so there are no masks.`, {
    path: store.folder,
  });
}
