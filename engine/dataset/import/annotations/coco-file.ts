/**
 * Understands a COCO file (instances: polygons and run lengths). Draws nothing, and trusts no number in it.
 * Source: the data format of cocodataset.org ('Object Detection'). Convention: what is wrong with one image or object is
 * told and the rest is taken; a crowd is its class like any other object, for a label map counts none.
 */
import { z } from 'zod';
import { AnnotationError, checkedCorners, classNameOf } from './annotation-file.ts';
import type {
  AnnotatedClass,
  AnnotatedImage,
  AnnotatedObject,
  AnnotationFile,
  LeftOut,
  Outline,
} from './annotation-file.ts';

/** Numbers by the format, texts by some programs. */
const key = z.union([z.int(), z.string().max(200)]);
type Key = z.infer<typeof key>;

const headSchema = z.object({
  info: z.unknown().optional(),
  images: z.array(z.unknown()),
  annotations: z.array(z.unknown()),
  categories: z.array(z.unknown()),
});
const imageSchema = z.object({
  id: key,
  file_name: z.string().min(1).max(4096),
  width: z.int().positive().nullish(),
  height: z.int().positive().nullish(),
});
const categorySchema = z.object({ id: key, name: z.unknown().optional(), color: z.unknown().optional() });
const annotationSchema = z.object({
  id: z.unknown().optional(),
  image_id: key,
  category_id: key,
  segmentation: z.unknown().optional(),
});
const runLengthsSchema = z.object({
  counts: z.union([z.string(), z.array(z.unknown())]),
  size: z.tuple([z.int().positive(), z.int().positive()]),
});
const ownFile = z.object({ description: z.literal('Exported by Mambrush') });

export function isCoco(content: unknown): boolean {
  return headSchema.safeParse(content).success;
}

interface Image extends AnnotatedImage {
  readonly objects: AnnotatedObject[];
  readonly leftOut: LeftOut[];
}

/** @param content for which `isCoco` holds */
export function readCoco(content: unknown): AnnotationFile {
  const head = headSchema.parse(content);
  const leftOut: LeftOut[] = [];
  const categories = readCategories(head.categories, leftOut);
  const images = readImages(head.images, leftOut);
  const known = new Set<unknown>();
  for (const [at, entry] of head.annotations.entries()) {
    const parsed = annotationSchema.safeParse(entry);
    if (!parsed.success) {
      leftOut.push(wrong('annotation', at, 'annotation-wrong', 'says not which image and category it is of'));
      continue;
    }
    const { id, image_id, category_id, segmentation } = parsed.data;
    const isNumbered = typeof id === 'number' || typeof id === 'string';
    const name = isNumbered ? `object ${String(id).slice(0, 40).toWellFormed()}` : `object at place ${at + 1}`;
    const image = images.get(image_id);
    if (image === undefined) {
      const message = `${name} is of an image that the file does not list.`;
      leftOut.push({ code: 'annotation-without-image', message });
      continue;
    }
    if (isNumbered && known.has(id)) {
      const message = `${name} has a number that an object before it has too. Only the first is taken.`;
      image.leftOut.push({ code: 'annotation-id-twice', message });
      continue;
    }
    known.add(id);
    const category = categories.get(category_id);
    if (category === undefined) {
      const message = `${name} is of a category that the file does not have, or has twice.`;
      image.leftOut.push({ code: 'annotation-without-category', message });
      continue;
    }
    try {
      const outline = readOutline(segmentation, name);
      image.objects.push({ name, label: { className: category.name }, outline });
    } catch (error) {
      if (!(error instanceof AnnotationError)) throw error;
      image.leftOut.push({ code: error.code, message: error.message });
    }
  }
  return {
    format: 'coco',
    classes: [...new Map([...categories.values()].map((entry) => [entry.name, entry])).values()],
    images: [...images.values()],
    leftOut,
    emptyIsBackground: ownFile.safeParse(head.info).success,
  };
}

function wrong(what: string, at: number, code: string, why: string): LeftOut {
  return { code, message: `The ${what} at place ${at + 1} ${why}.` };
}

/** Without those whose numbers are given twice, since it is not known which is meant. */
function withoutTwins<Entry>(
  entries: readonly (readonly [Key, Entry])[],
  tell: (id: Key, twins: readonly Entry[]) => void,
): Map<Key, Entry> {
  const groups = Map.groupBy(entries, ([id]) => id);
  const single = new Map<Key, Entry>();
  for (const [id, group] of groups) {
    const twins = group.map(([, entry]) => entry);
    if (twins.length === 1) single.set(id, twins[0]!);
    else tell(id, twins);
  }
  return single;
}

function readCategories(entries: readonly unknown[], leftOut: LeftOut[]): Map<Key, AnnotatedClass> {
  const found: (readonly [Key, AnnotatedClass])[] = [];
  for (const [at, entry] of entries.entries()) {
    const parsed = categorySchema.safeParse(entry);
    const name = parsed.success ? classNameOf(parsed.data.name) : undefined;
    if (!parsed.success || name === undefined) {
      const why = 'has no number, or no name of 1 to 200 characters';
      leftOut.push(wrong('category', at, 'annotation-category-wrong', why));
      continue;
    }
    const { id, color } = parsed.data;
    const isColor = typeof color === 'string' && /^#[0-9a-f]{6}$/i.test(color);
    found.push([id, { name, color: isColor ? color.toLowerCase() : undefined }]);
  }
  const same: (readonly [Key, AnnotatedClass])[] = [];
  const single = withoutTwins(found, (id, twins) => {
    if (new Set(twins.map(({ name }) => name)).size === 1) same.push([id, twins[0]!]);
    else {
      const names = twins.map(({ name }) => `'${name}'`).join(' and ');
      leftOut.push({ code: 'annotation-category-twice', message: `${names} are category ${id} both.` });
    }
  });
  const all = new Map([...single, ...same]);
  // In the order of the file.
  return new Map(found.flatMap(([id]) => (all.has(id) ? [[id, all.get(id)!] as const] : [])));
}

function readImages(entries: readonly unknown[], leftOut: LeftOut[]): Map<Key, Image> {
  const found: (readonly [Key, Image])[] = [];
  for (const [at, entry] of entries.entries()) {
    const parsed = imageSchema.safeParse(entry);
    if (!parsed.success) {
      leftOut.push(wrong('image', at, 'annotation-image-wrong', 'has no number, no name, or a size that is none'));
      continue;
    }
    const { id, file_name, width, height } = parsed.data;
    const size = { width: width ?? undefined, height: height ?? undefined };
    found.push([id, { name: file_name, ...size, objects: [], leftOut: [] }]);
  }
  return withoutTwins(found, (id, twins) => {
    const names = twins.slice(0, 3).map(({ name }) => name);
    const message = `${names.join(' and ')} are image ${id} both, so nobody can tell whose objects are whose.`;
    leftOut.push({ code: 'annotation-image-twice', message });
  });
}

function readOutline(segmentation: unknown, name: string): Outline {
  if (Array.isArray(segmentation)) {
    const list = segmentation as readonly unknown[];
    if (list.length > 0) {
      // A single polygon without the list around it is what some programs write.
      const parts = typeof list[0] === 'number' ? [list] : list;
      const corners = parts.map((part) => checkedCorners(Array.isArray(part) ? (part as unknown[]) : [part], name));
      return { kind: 'polygons', parts: corners };
    }
  } else if (segmentation !== undefined && segmentation !== null) {
    const parsed = runLengthsSchema.safeParse(segmentation);
    if (!parsed.success) {
      throw new AnnotationError('annotation-outline-wrong', `${name} has neither polygons nor run lengths.`);
    }
    const { counts, size } = parsed.data;
    return { kind: 'run-lengths', counts, height: size[0], width: size[1] };
  }
  throw new AnnotationError('annotation-without-outline', `${name} has no outline; a box alone is not drawn.`);
}
