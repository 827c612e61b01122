/**
 * Projects in temporary folders for the tests of the store, removed when a test ends. No test in here.
 * Convention: image records without image files, since the store never opens one.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openProject } from '../../engine/store/project-store.ts';
import type { ClassRecord, EditNote, NewImage, ProjectStore } from '../../engine/store/project-store.ts';

export const painted: EditNote = { origin: 'painted', description: 'brush' };

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mambrush-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A new project; closed when the test ends. */
export function temporaryProject(folder: string = temporaryFolder()): ProjectStore {
  const store = openProject(folder, { create: true });
  onTestFinished(() => store.close());
  return store;
}

export function newImage(path: string, change: Partial<NewImage> = {}): NewImage {
  return {
    path,
    width: 300,
    height: 270,
    channels: 3,
    bits: 8,
    format: 'png',
    orientation: 1,
    hash: '0'.repeat(64),
    bytes: 1234,
    modifiedAt: 1_700_000_000_000.5,
    ...change,
  };
}

export function addImage(store: ProjectStore, path: string, change: Partial<NewImage> = {}): number {
  return first(store.images.add([newImage(path, change)])).id;
}

export function addClasses(store: ProjectStore, ...names: readonly string[]): ClassRecord[] {
  return names.map((name) => store.classes.add({ name }));
}

export function first<T>(list: readonly T[]): T {
  const [item] = list;
  if (item === undefined) throw new Error('the list is empty');
  return item;
}

/** The code of the error that `work` throws. */
export function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return 'nothing was thrown';
}
