/**
 * Takes COCO and labelme files into the project as labels. Changes no file. Convention: as with masks, one image is one
 * transaction, what was taken already is left alone, and labels that a person has worked on are never replaced. Classes
 * are found by name; new ones come after those that are there, COCO's in the order of the file's categories, labelme's,
 * which has no list, in the order of their names: never in the order of drawing.
 */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Remark } from '../../contract/dataset.ts';
import type { ProjectStore } from '../../store/types.ts';
import type { AnnotatedClass } from './annotations/annotation-file.ts';
import { AnnotationError } from './annotations/annotation-file.ts';
import { AnnotationReader } from './annotations/annotation-reader.ts';
import { collectClaims, leftOutNotes } from './annotations/collect-claims.ts';
import type { Claim, CollectOptions } from './annotations/collect-claims.ts';
import type { AnnotationFiles } from './annotations/find-files.ts';
import { mapWeighted } from '../../bounded.ts';
import type { ImportedAnnotation, ImportedAnnotations, ImportedClass } from './import-report.ts';
import { orientPixels } from '../images/orient-pixels.ts';
import type { PairingImages } from './pair-masks.ts';
import type { SkippedFile } from '../masks/scan-folder.ts';
import { standingOf, storeImported } from './stored-labels.ts';
import { takeNamedClasses } from './take-classes.ts';

export interface ImportAnnotationsOptions extends CollectOptions {
  readonly dryRun: boolean;
  /** Called with the number of images just done. */
  readonly onDone: (images: number) => void;
}

/** While one label map is stored, the next is drawn. */
const bounds = {
  atOnce: 3,
  weight: 64_000_000,
  weightOf: ({ image }: Claim): number => image.width * image.height,
};

interface Drawn extends ImportedAnnotation {
  readonly state: 'imported' | 'unchanged' | 'kept';
}

/** @returns undefined where none of the files holds annotations, and nobody named them */
export async function importAnnotations(
  store: ProjectStore,
  images: PairingImages,
  found: AnnotationFiles,
  options: ImportAnnotationsOptions,
): Promise<{ readonly report: ImportedAnnotations; readonly classes: readonly ImportedClass[] } | undefined> {
  const reader = new AnnotationReader();
  try {
    const collected = await collectClaims(reader, images, found, options);
    if (collected.files.length + collected.skipped.length === 0) return undefined;
    const standing = await standingsOf(store, collected.claims, options);
    const fresh = standing.new;
    const { classes, values } = await takeNamedClasses(store, await classesOf(reader, fresh), options.dryRun);
    const skipped: SkippedFile[] = [...collected.skipped];
    const notes: SkippedFile[] = [...collected.notes];
    let objectsLeftOut = 0;
    const leaveOut = (claim: Claim, leftOut: Parameters<typeof leftOutNotes>[1]): void => {
      objectsLeftOut += leftOut.length;
      notes.push(...leftOutNotes(claim.image.path, leftOut));
    };
    options.onDone(images.present.length - fresh.length);
    const done = await mapWeighted(fresh, bounds, async (claim): Promise<Drawn | undefined> => {
      options.signal?.throwIfAborted();
      const drawing = await draw(reader, claim, values).catch((error: unknown) => {
        if (!(error instanceof AnnotationError)) throw error;
        skipped.push({ path: claim.image.path, code: error.code, message: error.message });
        return undefined;
      });
      options.onDone(1);
      if (drawing === undefined) return undefined;
      leaveOut(claim, [...claim.summary.leftOut, ...drawing.leftOut]);
      if (drawing.drawn === 0 && claim.summary.objects + claim.summary.leftOut.length > 0) {
        skipped.push(nothingDrawn(claim));
        return undefined;
      }
      notes.push(...fitNotes(claim));
      const state = await storeImported(store, claim.image.id, drawing.labels, {
        dryRun: options.dryRun,
        description: `import of ${basename(claim.file.path)}`,
        source: sourceOf(claim, options),
      });
      return { image: claim.image.path, file: claim.file.path, objects: drawing.drawn, state };
    });
    const of = (state: Drawn['state']): Drawn[] => done.filter((one) => one?.state === state).map((one) => one!);
    const imported = of('imported').map(({ image, file, objects }) => ({ image, file, objects }));
    const report: ImportedAnnotations = {
      files: collected.files,
      formats: collected.formats,
      images: collected.images,
      matched: collected.claims.length,
      imported,
      unchanged: standing.unchanged.length + of('unchanged').length,
      kept: [...standing.kept.map(({ image }) => image.path), ...of('kept').map(({ image }) => image)],
      objects: imported.reduce((sum, { objects }) => sum + objects, 0),
      objectsLeftOut,
      unmatched: collected.unmatched,
      skipped: skipped.sort(byPath),
      notes: notes.sort(byPath),
      remarks: remarksOn(collected.empty),
    };
    return { report, classes };
  } finally {
    await reader.close();
  }
}

async function standingsOf(
  store: ProjectStore,
  claims: readonly Claim[],
  options: ImportAnnotationsOptions,
): Promise<Readonly<Record<'new' | 'unchanged' | 'kept', readonly Claim[]>>> {
  const standing: Record<'new' | 'unchanged' | 'kept', Claim[]> = { new: [], unchanged: [], kept: [] };
  for (const [at, claim] of claims.entries()) {
    if (at % 50 === 49) await breathe();
    options.signal?.throwIfAborted();
    standing[standingOf(store, claim.image.id, sourceOf(claim, options))].push(claim);
  }
  return standing;
}

function byPath(a: SkippedFile, b: SkippedFile): number {
  return a.path < b.path ? -1 : Number(a.path > b.path);
}

/** The same file, taken in the same way, is the same source. */
function sourceOf({ file }: Claim, { emptyImages }: ImportAnnotationsOptions): string {
  const { path, bytes, modifiedAt } = file;
  return createHash('sha256')
    .update(JSON.stringify(['annotations', path, bytes, modifiedAt, emptyImages]))
    .digest('hex');
}

/** The classes that these images' objects need, in the order that new ones shall have. */
async function classesOf(reader: AnnotationReader, claims: readonly Claim[]): Promise<AnnotatedClass[]> {
  const listed: AnnotatedClass[] = [];
  const named: AnnotatedClass[] = [];
  for (const group of Map.groupBy(claims, ({ file }) => file.path).values()) {
    const { file, format } = group[0]!;
    const places = group.map(({ at }) => at);
    const classes = await reader.classes(file, places).catch((error: unknown) => {
      // Whoever draws it will hear of it too, and tell.
      if (!(error instanceof AnnotationError)) throw error;
      return [];
    });
    (format === 'coco' ? listed : named).push(...classes);
  }
  named.sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
  // The first of a name counts.
  return [...new Map([...listed, ...named].toReversed().map((entry) => [entry.name, entry])).values()].toReversed();
}

async function draw(
  reader: AnnotationReader,
  { image, file, at, fit }: Claim,
  values: ReadonlyMap<string, number>,
): Promise<Awaited<ReturnType<AnnotationReader['draw']>>> {
  const isTurned = fit.includes('turned');
  const [width, height] = isTurned ? [image.height, image.width] : [image.width, image.height];
  const drawing = await reader.draw(file, { image: at, width, height, values });
  if (!isTurned) return drawing;
  const upright = orientPixels({ width, height, channels: 1, data: drawing.labels }, image.orientation).data;
  return { ...drawing, labels: new Uint8Array(upright) };
}

function nothingDrawn({ image, file }: Claim): SkippedFile {
  const message = `${image.path} gets no labels: nothing that ${file.path} says of it can be drawn.`;
  return { path: image.path, code: 'annotation-nothing-drawn', message };
}

function fitNotes({ image, file, fit }: Claim): SkippedFile[] {
  const words: Partial<Record<Claim['fit'][number], Omit<SkippedFile, 'path'>>> = {
    turned: {
      code: 'annotation-turned',
      message: `The labels of ${file.path} were turned as the camera's note says of ${image.path}.`,
    },
    'orientation-unsure': {
      code: 'annotation-orientation-unsure',
      message: `${image.path} carries a note to turn it, and ${file.path} fits both ways; it is taken as upright. Have a look.`,
    },
  };
  return fit.flatMap((note) => {
    const said = words[note];
    return said === undefined ? [] : [{ path: image.path, ...said }];
  });
}

function remarksOn(empty: readonly string[]): Remark[] {
  const [first] = empty;
  if (first === undefined) return [];
  const which = empty.length === 1 ? `${first} is` : `${empty.length} images (${first} …) are`;
  const message = `${which} listed without any object, and left unlabelled. If nothing is on them, import them as background.`;
  return [{ code: 'annotations-empty-images', message }];
}
