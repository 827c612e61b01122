/**
 * Understands a labelme file: the shapes of one image. Draws nothing, trusts no number in it, and never looks at the image
 * that it may hold. Source: labelme 5 and 6, `_label_file.py` and `utils/shape.py` (what the fields mean).
 * Convention: later shapes lie over earlier ones, as in labelme; `_background_` and `__ignore__` are no classes, as there.
 */
import { z } from 'zod';
import { AnnotationError, checkCoordinate, checkedCorners, classNameOf } from './annotation-file.ts';
import type { AnnotatedObject, AnnotationFile, LeftOut, Outline } from './annotation-file.ts';

const fileSchema = z.object({
  shapes: z.array(z.unknown()),
  imagePath: z.string().max(4096).nullish(),
  imageWidth: z.int().positive().nullish(),
  imageHeight: z.int().positive().nullish(),
});
const shapeSchema = z.object({
  label: z.unknown().optional(),
  shape_type: z.string().max(60).nullish(),
  points: z.array(z.tuple([z.unknown(), z.unknown()])),
  mask: z.unknown().optional(),
});

export function isLabelme(content: unknown): boolean {
  return fileSchema.safeParse(content).success;
}

/** @param content for which `isLabelme` holds */
export function readLabelme(content: unknown): AnnotationFile {
  const { shapes, imagePath, imageWidth, imageHeight } = fileSchema.parse(content);
  const objects: AnnotatedObject[] = [];
  const leftOut: LeftOut[] = [];
  for (const [at, shape] of shapes.entries()) {
    const name = `shape ${at + 1}`;
    try {
      objects.push(readShape(shape, name));
    } catch (error) {
      if (!(error instanceof AnnotationError)) throw error;
      leftOut.push({ code: error.code, message: error.message });
    }
  }
  const names = objects.flatMap(({ label }) => ('className' in label ? [label.className] : []));
  const size = { width: imageWidth ?? undefined, height: imageHeight ?? undefined };
  return {
    format: 'labelme',
    classes: [...new Set(names)].map((name) => ({ name, color: undefined })),
    images: [{ name: imagePath ?? '', ...size, objects, leftOut }],
    leftOut: [],
    // It was opened, and saved without a shape.
    emptyIsBackground: true,
  };
}

function readShape(entry: unknown, name: string): AnnotatedObject {
  const parsed = shapeSchema.safeParse(entry);
  const label = parsed.success ? labelOf(parsed.data.label) : undefined;
  if (!parsed.success || label === undefined) {
    throw new AnnotationError('annotation-wrong', `${name} has no label, or no list of points.`);
  }
  const { shape_type, points, mask } = parsed.data;
  return { name, label, outline: readOutline(shape_type ?? 'polygon', points, mask, name) };
}

function labelOf(text: unknown): AnnotatedObject['label'] | undefined {
  if (text === '_background_') return { value: 0 };
  if (text === '__ignore__') return { value: 255 };
  const className = classNameOf(text);
  return className === undefined ? undefined : { className };
}

type Points = readonly (readonly [unknown, unknown])[];

function readOutline(type: string, points: Points, mask: unknown, name: string): Outline {
  switch (type) {
    case 'polygon':
    case 'oriented_rectangle':
      return { kind: 'polygons', parts: [checkedCorners(points.flat(), name)] };
    case 'rectangle': {
      if (points.length > 2) return { kind: 'polygons', parts: [checkedCorners(points.flat(), name)] };
      const [x1, y1, x2, y2] = twoPoints(points, name);
      return { kind: 'polygons', parts: [[x1, y1, x2, y1, x2, y2, x1, y2]] };
    }
    case 'circle': {
      const [x, y, edgeX, edgeY] = twoPoints(points, name);
      return { kind: 'circle', x, y, radius: Math.hypot(edgeX - x, edgeY - y) };
    }
    case 'mask': {
      const corners = twoPoints(points, name).map(Math.trunc);
      const [left = 0, top = 0, right = 0, bottom = 0] = corners;
      if (typeof mask !== 'string') {
        throw new AnnotationError('annotation-mask-not-readable', `${name} has a mask that is no picture.`);
      }
      // The lower right pixel is named itself.
      return { kind: 'mask', left, top, width: right - left + 1, height: bottom - top + 1, picture: mask };
    }
    case 'point':
    case 'points':
    case 'line':
    case 'linestrip':
      throw new AnnotationError('annotation-without-area', `${name} is a ${type}, which covers no pixels.`);
    default: {
      const message = `${name} is a '${type.toWellFormed()}', which is not known here.`;
      throw new AnnotationError('annotation-shape-unknown', message);
    }
  }
}

function twoPoints(points: Points, name: string): [number, number, number, number] {
  const [first, second] = points;
  if (first === undefined || second === undefined || points.length > 2) {
    throw new AnnotationError('annotation-outline-too-short', `${name} has ${points.length} points; it takes two.`);
  }
  const coordinates = [...first, ...second];
  for (const value of coordinates) checkCoordinate(value, name);
  return coordinates as [number, number, number, number];
}
