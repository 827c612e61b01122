/**
 * Takes COCO and labelme files into the project as labels. Convention: as with masks. Classes are found by name; new
 * ones come after those that are there, COCO's in the order of the file's categories, labelme's in the order of their
 * names: never in the order of drawing.
 */
import { hash } from 'node:crypto';
import { basename } from 'node:path';
import type { FileNote, ImportReport, Remark } from '../../contract/dataset.ts';
import type { ProjectStore } from '../../store/types.ts';
import type { AnnotatedClass } from './annotations/annotation-file.ts';
import { AnnotationError } from './annotations/annotation-file.ts';
import { AnnotationReader } from './annotations/annotation-reader.ts';
import { collectClaims, leftOutNotes } from './annotations/collect-claims.ts';
import type { Claim, CollectOptions } from './annotations/collect-claims.ts';
import type { Drawing } from './annotations/draw-objects.ts';
import type { AnnotationFiles } from './annotations/find-files.ts';
import { mapWeighted } from '../../bounded.ts';
import { orientPixels } from '../images/orient-pixels.ts';
import { inTurns } from '../masks/in-turns.ts';
import type { PairingImages } from './pair-masks.ts';
import { byPath } from './masks-of-image.ts';
import { standingOf, storeImported } from './stored-labels.ts';
import { takeNamedClasses } from './take-classes.ts';

interface ImportAnnotationsOptions extends CollectOptions {
  readonly dryRun: boolean;
  readonly onDone: (images: number) => void;
}

/** While one label map is stored, the next is drawn. */
const bounds = {
  atOnce: 3,
  weight: 64_000_000,
  weightOf: ({ image }: Claim): number => image.width * image.height,
};

interface ImportedAnnotations extends Pick<ImportReport, 'classes' | 'keptLabels' | 'skipped' | 'notes' | 'warnings'> {
  readonly annotations: NonNullable<ImportReport['annotations']>;
}

interface Drawn {
  readonly match: ImportedAnnotations['annotations']['matches'][number];
  readonly state: 'imported' | 'unchanged' | 'kept';
}

/** @returns undefined where none of the files holds annotations, and they were not named */
export async function importAnnotations(
  store: ProjectStore,
  images: PairingImages,
  found: AnnotationFiles,
  options: ImportAnnotationsOptions,
): Promise<ImportedAnnotations | undefined> {
  const reader = new AnnotationReader();
  try {
    const collected = await collectClaims(reader, images, found, options);
    if (collected.files.length + collected.skipped.length === 0) return undefined;
    const standing = await standingsOf(store, collected.claims, options);
    const { classes, values } = await takeNamedClasses(store, await classesOf(reader, standing.new), options.dryRun);
    const notices: Notices = { skipped: [...collected.skipped], notes: [...collected.notes], objectsLeftOut: 0 };
    options.onDone(images.present.length - standing.new.length);
    const done = await mapWeighted(standing.new, bounds, (claim) =>
      takeClaim(store, reader, claim, values, notices, options),
    );
    const of = (state: Drawn['state']) => done.filter((one) => one?.state === state).map((one) => one!.match);
    const matches = of('imported');
    const keptLabels = [...standing.kept.map(({ image }) => image.path), ...of('kept').map(({ image }) => image)];
    return {
      annotations: {
        files: [...collected.files],
        formats: [...collected.formats],
        images: collected.images,
        matched: collected.claims.length,
        imported: matches.length,
        unchanged: standing.unchanged.length + of('unchanged').length,
        kept: keptLabels.length,
        objects: matches.reduce((sum, { objects }) => sum + objects, 0),
        objectsLeftOut: notices.objectsLeftOut,
        matches,
        unmatched: [...collected.unmatched],
      },
      classes,
      keptLabels,
      skipped: notices.skipped.sort(byPath),
      notes: notices.notes.sort(byPath),
      warnings: remarksOn(collected.empty),
    };
  } finally {
    await reader.close();
  }
}

interface Notices {
  readonly skipped: FileNote[];
  readonly notes: FileNote[];
  objectsLeftOut: number;
}

/** @returns undefined where nothing of it can be drawn */
async function takeClaim(
  store: ProjectStore,
  reader: AnnotationReader,
  claim: Claim,
  values: ReadonlyMap<string, number>,
  notices: Notices,
  options: ImportAnnotationsOptions,
): Promise<Drawn | undefined> {
  const { image, file, summary } = claim;
  options.signal?.throwIfAborted();
  const drawing = await draw(reader, claim, values).catch((error: unknown) => {
    if (!(error instanceof AnnotationError)) throw error;
    notices.skipped.push({ path: image.path, code: error.code, message: error.message });
    return undefined;
  });
  options.onDone(1);
  if (drawing === undefined) return undefined;
  const leftOut = [...summary.leftOut, ...drawing.leftOut];
  notices.objectsLeftOut += leftOut.length;
  notices.notes.push(...leftOutNotes(image.path, leftOut));
  if (drawing.drawn === 0 && summary.objects + summary.leftOut.length > 0) {
    notices.skipped.push(nothingDrawn(claim));
    return undefined;
  }
  notices.notes.push(...fitNotes(claim));
  const state = await storeImported(store, image.id, drawing.labels, {
    dryRun: options.dryRun,
    description: `import of ${basename(file.path)}`,
    source: sourceOf(claim, options),
  });
  return { match: { image: image.path, file: file.path, objects: drawing.drawn }, state };
}

async function standingsOf(
  store: ProjectStore,
  claims: readonly Claim[],
  options: ImportAnnotationsOptions,
): Promise<Readonly<Record<'new' | 'unchanged' | 'kept', readonly Claim[]>>> {
  const standing: Record<'new' | 'unchanged' | 'kept', Claim[]> = { new: [], unchanged: [], kept: [] };
  for await (const claim of inTurns(claims)) {
    options.signal?.throwIfAborted();
    standing[standingOf(store, claim.image.id, sourceOf(claim, options))].push(claim);
  }
  return standing;
}

/** The same file, taken in the same way, is the same source. */
function sourceOf({ file }: Claim, { emptyImages }: ImportAnnotationsOptions): string {
  const { path, bytes, modifiedAt } = file;
  return hash('sha256', JSON.stringify(['annotations', path, bytes, modifiedAt, emptyImages]));
}

/** The classes that these images' objects need, in the order that new ones shall have. */
async function classesOf(reader: AnnotationReader, claims: readonly Claim[]): Promise<AnnotatedClass[]> {
  const listed: AnnotatedClass[] = [];
  const named: AnnotatedClass[] = [];
  for (const group of Map.groupBy(claims, ({ file }) => file.path).values()) {
    const { file, format } = group[0]!;
    const positions = group.map(({ at }) => at);
    const classes = await reader.ask('classes', file, { images: positions }).catch((error: unknown) => {
      // Drawing meets the same error, and reports it.
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
): Promise<Drawing> {
  const isTurned = fit.includes('turned');
  const [width, height] = isTurned ? [image.height, image.width] : [image.width, image.height];
  const drawing = await reader.ask('draw', file, { image: at, width, height, values });
  if (!isTurned) return drawing;
  const upright = orientPixels({ width, height, channels: 1, data: drawing.labels }, image.orientation).data;
  return { ...drawing, labels: new Uint8Array(upright) };
}

function nothingDrawn({ image, file }: Claim): FileNote {
  const message = `${image.path} gets no labels: nothing that ${file.path} says of it can be drawn.`;
  return { path: image.path, code: 'annotation-nothing-drawn', message };
}

function fitNotes({ image, file, fit }: Claim): FileNote[] {
  const words: Record<Claim['fit'][number], Remark> = {
    turned: {
      code: 'annotation-turned',
      message: `The labels of ${file.path} were turned as the camera's note says of ${image.path}.`,
    },
    'orientation-unsure': {
      code: 'annotation-orientation-unsure',
      message: `${image.path} carries a note to turn it, and ${file.path} fits both ways; it is taken as upright. Have a look.`,
    },
  };
  return fit.map((note) => ({ path: image.path, ...words[note] }));
}

function remarksOn(empty: readonly string[]): Remark[] {
  const [first] = empty;
  if (first === undefined) return [];
  const which = empty.length === 1 ? `${first} is` : `${empty.length} images (${first} …) are`;
  const message = `${which} listed without any object, and left unlabeled. If nothing is on them, import them as background.`;
  return [{ code: 'annotations-empty-images', message }];
}
