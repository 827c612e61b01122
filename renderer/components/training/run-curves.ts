/**
 * The curves of one or more runs as columns over a common axis of epochs. Pure. Convention: what was not measured, and
 * epochs that a run has not reached, are null.
 */
import type { EpochInfo } from '../../../engine/contract/training.ts';

export type Measure = 'trainLoss' | 'valLoss' | 'valDice';

export interface Curve {
  readonly label: string;
  readonly measure: Measure;
  readonly epochs: readonly EpochInfo[];
  readonly color: string;
  readonly dashed?: boolean;
}

export type Columns = [number[], ...(number | null)[][]];

export function columnsOf(curves: readonly Curve[]): Columns {
  const last = Math.max(0, ...curves.map(({ epochs }) => epochs.at(-1)?.epoch ?? 0));
  const axis = Array.from({ length: last }, (_, at) => at + 1);
  const columns = curves.map(({ measure, epochs }) => {
    const column = new Array<number | null>(last).fill(null);
    for (const figures of epochs) column[figures.epoch - 1] = figures[measure] ?? null;
    return column;
  });
  return [axis, ...columns];
}

/** Told apart by the color-blind, on dark and on light ground; after Okabe and Ito. */
const ownColors = { trainLoss: '#8b95a5', valLoss: '#e69f00', valDice: '#29a37c' } as const;
const otherColors = ['#56b4e9', '#cc79a7', '#d55e00', '#9a8cff', '#7fae2f', '#b08d57'] as const;

export function ownColor(measure: Measure): string {
  return ownColors[measure];
}

export function otherColor(at: number): string {
  return otherColors[at % otherColors.length]!;
}
