/**
 * The window's own files for a browser, over HTTP. Not which they are: that is `engine/window-files.ts`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pageHeaders, readWindowFiles } from '../../window-files.ts';

export type ServeFile = (request: IncomingMessage, response: ServerResponse) => void;

/** @throws MambrushError 'window-missing' when the window was not built */
export function serveFiles(folder: string): ServeFile {
  const files = readWindowFiles(folder);
  return ({ url = '/', method }, response) => {
    const file = files.get(url.split('?')[0] ?? '/');
    if (file === undefined || (method !== 'GET' && method !== 'HEAD')) {
      response.writeHead(404, { ...pageHeaders, 'Content-Type': 'text/plain' }).end('There is nothing here.\n');
      return;
    }
    response
      .writeHead(200, {
        ...pageHeaders,
        'Content-Type': file.type,
        'Content-Length': file.content.length,
        'Cache-Control': file.isLasting ? 'public, max-age=31536000, immutable' : 'no-cache',
      })
      .end(method === 'HEAD' ? undefined : file.content);
  };
}
