/**
 * What pages may not do: navigate away, open windows, ask for the camera, reach any network. Convention: everything is
 * denied but what is listed here by name.
 */
import { app, session, shell } from 'electron';
import type { WebContents } from 'electron';
import { isOurPage, scheme } from './page-address.ts';

/** Pages that may be shown, in the person's own browser. */
export const links = { network: 'https://arxiv.org/abs/2403.20035' } as const;

const allowedLinks: ReadonlySet<string> = new Set(Object.values(links));
/** Of pages, their parts, and the developer's tools; 'blob:' and 'data:' never leave the page. */
const schemes: ReadonlySet<string> = new Set([`${scheme}:`, 'blob:', 'data:', 'devtools:']);

export function openLink(address: string): void {
  if (allowedLinks.has(address)) void shell.openExternal(address);
}

/** For every page there will ever be; before the first one. */
export function lockDownPages(): void {
  app.enableSandbox();
  app.on('web-contents-created', (_event, contents) => lockDownPage(contents));
  app.on('certificate-error', (event, _contents, _url, _error, _certificate, answer) => {
    event.preventDefault();
    answer(false);
  });
  app.on('select-client-certificate', (event) => event.preventDefault());
}

function lockDownPage(contents: WebContents): void {
  const stay = (event: { readonly url: string; preventDefault(): void }): void => {
    // Reloading is allowed.
    if (!isOurPage(event.url)) event.preventDefault();
  };
  contents.on('will-navigate', stay);
  contents.on('will-redirect', stay);
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame) event.preventDefault();
  });
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    openLink(url);
    return { action: 'deny' };
  });
}

/** Once the application is ready. */
export function lockDownSession(): void {
  const { defaultSession } = session;
  defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  defaultSession.setPermissionCheckHandler(() => false);
  defaultSession.setDevicePermissionHandler(() => false);
  defaultSession.setDisplayMediaRequestHandler((_request, answer) => answer({}));
  defaultSession.on('will-download', (event) => event.preventDefault());
  defaultSession.webRequest.onBeforeRequest(({ url }, answer) => {
    answer({ cancel: !schemes.has(URL.parse(url)?.protocol ?? '') });
  });
}
