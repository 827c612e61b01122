/**
 * The addresses of our pages: under a scheme of their own, not `file:`, so that no page can read files of the disk.
 */
export const scheme = 'app';
export const pageAddress = 'app://mambrush/';

/** The hidden page that computes on graphics cards; `isOurPage` is false of it, so the window's bridge is closed to it. */
export const gpuHostAddress = `${pageAddress}gpu-host/gpu-host.html`;

/** @param folder to be opened at the start */
export function addressFor(folder: string | undefined): string {
  return folder === undefined ? pageAddress : `${pageAddress}?open=${encodeURIComponent(folder)}`;
}

/** The page itself, whatever it is to open. */
export function isOurPage(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === 'app:' && url.host === 'mambrush' && ['/', '/index.html'].includes(url.pathname);
}
