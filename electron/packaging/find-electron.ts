/**
 * Electron's binary, if it has been downloaded. Never downloads it: `npx install-electron` does (requiring the package
 * "electron" would, too). Convention: ELECTRON_OVERRIDE_DIST_PATH names another one, as for the package itself.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packageFolder = fileURLToPath(new URL('../../node_modules/electron/', import.meta.url));
const usualNames: Partial<Record<NodeJS.Platform, string>> = {
  win32: 'electron.exe',
  darwin: 'Electron.app/Contents/MacOS/Electron',
};

export interface Electron {
  readonly folder: string;
  readonly binary: string;
}

export function findElectron(): Electron | undefined {
  const folder = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(packageFolder, 'dist');
  const pathFile = join(packageFolder, 'path.txt');
  const name = existsSync(pathFile) ? readFileSync(pathFile, 'utf8') : (usualNames[process.platform] ?? 'electron');
  const binary = join(folder, name);
  return existsSync(binary) ? { folder, binary } : undefined;
}
