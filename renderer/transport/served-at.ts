/** The address of a socket on the server that the page came from. */
export function servedAt(path: string): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}`;
}
