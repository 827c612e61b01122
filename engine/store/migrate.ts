/**
 * Brings a database to the newest schema, one numbered step at a time. Not the schema itself: one file each in
 * migrations/. Convention: step n takes version n - 1 to n in one transaction; `user_version` is the version.
 */
import type { WriteHandle } from './handle.ts';
import { imagesClassesLabels } from './migrations/0001-images-classes-labels.ts';
import { splitsRuns } from './migrations/0002-splits-runs.ts';
import { maskImports } from './migrations/0003-mask-imports.ts';
import { runCodes } from './migrations/0004-run-codes.ts';

/** Element i makes version i + 1. Only ever appended to. */
const migrations: readonly string[] = [imagesClassesLabels, splitsRuns, maskImports, runCodes];

export const schemaVersion = migrations.length;

/** @param to stop at this version; for the tests of each step */
export function migrate(db: WriteHandle, to: number = schemaVersion): void {
  const from = Number(db.pragma('user_version'));
  migrations.slice(0, to).forEach((script, index) => {
    const version = index + 1;
    if (version <= from) return;
    db.transaction(() => {
      db.script(script);
      db.pragma(`user_version = ${version}`);
    });
  });
}
