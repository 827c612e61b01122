/**
 * Classes of a project, and the verbs on them. Types only; part of types.ts, import them from there. Convention: a class is
 * named by its stable id; its index is its position, and the value of its pixels in a label map.
 */
import type { z } from 'zod';
import type { classInfo } from '../contract/project.ts';

export interface NewClass {
  readonly name: string;
  /** `#rrggbb`; absent: the next free color of the color-blind-safe palette. */
  readonly color?: string | undefined;
}

/** `id`: stable, 1..254; `index`: 1..K, the position, and the value of its pixels in a label map. */
export type ClassRecord = Readonly<z.infer<typeof classInfo>>;

export type RemovedClass = Omit<ClassRecord, 'index'> & {
  /** The class into which it was merged; undefined: removed, its pixels count as background. */
  readonly mergedInto: number | undefined;
};

/**
 * Every change of order or number is felt at once by every label map read, and raises the revision of every image whose
 * label map it may change. Errors: `class-unknown`, `class-name-invalid`, `class-name-taken`, `class-color-invalid`,
 * `class-order-invalid`, `too-many-classes`.
 */
export interface ClassStore {
  /** In order: element i has index i + 1. */
  all(): ClassRecord[];
  get(id: number): ClassRecord | undefined;
  add(entry: NewClass): ClassRecord;
  rename(id: number, name: string): ClassRecord;
  recolor(id: number, color: string): ClassRecord;
  /** Takes the ids of all classes in their new order. */
  reorder(ids: readonly number[]): ClassRecord[];
  /** The pixels of `fromIds` count as `toId` from now on. */
  merge(fromIds: readonly number[], toId: number): ClassRecord;
  /** The pixels of the class count as background from now on. */
  remove(id: number): void;
  removed(): RemovedClass[];
  /** Takes a merge or removal back: the class comes last in order, and its pixels are its own again. */
  restore(id: number): ClassRecord;
}
