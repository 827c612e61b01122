/**
 * The window's own files, as they were built, for a browser. Convention: what is served is listed once, at the start;
 * a name that is not on the list does not exist, so no path can lead out of the folder.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { MambrushError } from '../../contract/error.ts';

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

export type ServeFile = (request: IncomingMessage, response: ServerResponse) => void;

/** @throws MambrushError 'window-missing' when the window was not built */
export function serveFiles(folder: string): ServeFile {
  const files = new Map<string, { readonly type: string; readonly content: Buffer }>();
  for (const entry of list(folder)) {
    const path = join(entry.parentPath, entry.name);
    const type = types[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    files.set(`/${relative(folder, path).split(sep).join('/')}`, { type, content: readFileSync(path) });
  }
  const index = files.get('/index.html');
  if (index === undefined) throw missing(folder);
  files.set('/', index);
  return ({ url = '/', method }, response) => {
    const file = files.get(url.split('?')[0] ?? '/');
    if (file === undefined || (method !== 'GET' && method !== 'HEAD')) {
      response.writeHead(404, { ...pageHeaders, 'Content-Type': 'text/plain' }).end('There is nothing here.\n');
      return;
    }
    const named = url.startsWith('/assets/');
    response
      .writeHead(200, {
        ...pageHeaders,
        'Content-Type': file.type,
        'Content-Length': file.content.length,
        // Assets have their hash in their names.
        'Cache-Control': named ? 'public, max-age=31536000, immutable' : 'no-cache',
      })
      .end(method === 'HEAD' ? undefined : file.content);
  };
}

function list(folder: string): ReturnType<typeof readFolder> {
  try {
    return readFolder(folder);
  } catch {
    throw missing(folder);
  }
}

function readFolder(folder: string) {
  return readdirSync(folder, { withFileTypes: true, recursive: true });
}

function missing(folder: string): MambrushError {
  return new MambrushError('window-missing', 'The window has not been built. Start it with: npm start', {
    path: folder,
  });
}
