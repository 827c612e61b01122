/**
 * The window's own files, as they were built, for the served mode and the shell. Convention: what may
 * be had is listed once, at the start; a name that is not on the list does not exist, so no path leads out of the folder.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { MambrushError } from './contract/error.ts';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

export const pageHeaders = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

export interface WindowFile {
  readonly type: string;
  readonly content: Buffer<ArrayBuffer>;
  /** Its name changes with its content. */
  readonly isLasting: boolean;
}

/**
 * @returns by the path in an address, which begins with '/'; '/' itself is the page
 * @throws MambrushError 'window-missing' when the window was not built
 */
export function readWindowFiles(folder: string): ReadonlyMap<string, WindowFile> {
  const files = new Map<string, WindowFile>();
  for (const entry of list(folder)) {
    const path = join(entry.parentPath, entry.name);
    const type = types[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const name = `/${relative(folder, path).split(sep).join('/')}`;
    files.set(name, { type, content: readFileSync(path), isLasting: name.startsWith('/assets/') });
  }
  const index = files.get('/index.html');
  if (index === undefined) throw missing(folder);
  return files.set('/', index);
}

function list(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true });
  } catch {
    throw missing(folder);
  }
}

function missing(folder: string): MambrushError {
  return new MambrushError('window-missing', 'The window has not been built. Start it with: npm start', {
    path: folder,
  });
}
