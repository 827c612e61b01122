/**
 * The window's files under `app://mambrush/`. Convention: as in the served mode, only files of the list are
 * served.
 */
import { protocol } from 'electron';
import { pageHeaders, readWindowFiles } from '../engine/window-files.ts';
import type { WindowFile } from '../engine/window-files.ts';
import { pageAddress, scheme } from './page-address.ts';

/** Before the application is ready. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

/** @throws MambrushError 'window-missing' */
export function servePage(folder: string): void {
  const files = readWindowFiles(folder);
  protocol.handle(scheme, (request) => answer(files, request));
}

function answer(files: ReadonlyMap<string, WindowFile>, { url, method }: Pick<Request, 'url' | 'method'>): Response {
  const address = new URL(url);
  const isHere = address.protocol === new URL(pageAddress).protocol && address.host === new URL(pageAddress).host;
  const file = isHere ? files.get(address.pathname) : undefined;
  if (file === undefined || method !== 'GET') {
    const headers = { ...pageHeaders, 'Content-Type': 'text/plain' };
    return new Response('There is nothing here.\n', { status: 404, headers });
  }
  return new Response(file.content, { headers: { ...pageHeaders, 'Content-Type': file.type } });
}
