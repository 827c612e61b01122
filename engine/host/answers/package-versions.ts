/**
 * Versions of what the engine stands on, as installed. Convention: what cannot be read is 'missing'.
 */
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { z } from 'zod';

const names = ['better-sqlite3', 'sharp', 'zod'] as const;

export function packageVersions(): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, versionOf(name)]));
}

function versionOf(name: string): string {
  try {
    const file = findPackageJSON(name, import.meta.url);
    if (file === undefined) return 'missing';
    return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).version;
  } catch {
    return 'missing';
  }
}
