/**
 * Annotations that other programs made (`fixtures/annotations/README.md`), and folders with pictures that fit them. Not a
 * test. Convention: pictures are made here, labels are the fixtures'.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

export function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/annotations/${name}`, import.meta.url));
}

/** A plain picture of a size; no two of different `shade` are the same. */
export async function writePlain(path: string, width: number, height: number, shade = 60): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  await sharp({ create: { width, height, channels: 3, background: { r: shade, g: 90, b: 120 } } }).toFile(path);
}

export function writeJson(path: string, content: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
}

/** A COCO file of images called as given, all 8×6, each with a square of the category of its place. */
export function cocoOf(...names: readonly string[]): {
  images: Record<string, unknown>[];
  categories: Record<string, unknown>[];
  annotations: Record<string, unknown>[];
} {
  return {
    images: names.map((file_name, at) => ({ id: at + 1, file_name, width: 8, height: 6 })),
    categories: [
      { id: 1, name: 'cell' },
      { id: 2, name: 'debris' },
    ],
    annotations: names.map((_, at) => ({
      id: at + 1,
      image_id: at + 1,
      category_id: 1,
      segmentation: [[at, 0, at + 2, 0, at + 2, 2, at, 2]],
    })),
  };
}

/** A labelme file of an 8×6 image with a square. */
export function labelmeOf(imagePath: string | null, label = 'cell', shapes: readonly unknown[] = []): object {
  const points = [
    [1, 1],
    [3, 1],
    [3, 3],
    [1, 3],
  ];
  return {
    version: '5.5.0',
    shapes: [{ label, points, shape_type: 'polygon' }, ...shapes],
    imagePath,
    imageData: null,
    imageWidth: 8,
    imageHeight: 6,
  };
}
