/**
 * What tests of runs need from vitest: folders that are gone afterwards, and a look into events. Not a test.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { TrainingEvent } from '../../engine/train/training-event.ts';

/** An empty folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mambrush-run-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** The events of one kind, in order. */
export function eventsOf<K extends TrainingEvent['kind']>(
  events: readonly TrainingEvent[],
  kind: K,
): Extract<TrainingEvent, { kind: K }>[] {
  return events.filter((event): event is Extract<TrainingEvent, { kind: K }> => event.kind === kind);
}
