/**
 * All rules of optimisers that there are, by their kind: what a program that comes from elsewhere may name.
 * Convention: a rule that is not here cannot be sent; a test reads the folder.
 */
import type { UpdateDefinition } from '../operation.ts';
import { adamw, adam } from './adamw.ts';
import { clipGradients } from './clip-gradients.ts';
import { sgd } from './sgd.ts';

export const updates: ReadonlyMap<string, UpdateDefinition> = new Map(
  [adamw, adam, clipGradients, sgd].map((definition) => [definition.kind, definition]),
);
