/** All pixels of an image that pass a test, joined or not. Convention: row by row, in steps. */
import type { Size } from '../geometry.ts';
import { StepCounter } from '../sliced-work.ts';
import type { Steps } from '../sliced-work.ts';
import { where } from './row-test.ts';
import type { RowTest } from './row-test.ts';
import type { EmitSpan } from './span.ts';

export function* everywhere({ width, height }: Size, test: RowTest, emit: EmitSpan): Steps {
  const counter = new StepCounter();
  const passing = where([test], width, emit);
  for (let y = 0; y < height; y++) {
    passing(y, 0, width);
    if (counter.due(width)) yield;
  }
}
