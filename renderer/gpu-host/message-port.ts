/** A message port of the browser as a `RemotePort`. Convention: what is sent is cloned by the port. */
import type { RemotePort } from '../../engine/executors/remote/remote-port.ts';

export function portOverMessages(port: MessagePort): RemotePort {
  const { promise: closed, resolve } = Promise.withResolvers<unknown>();
  // The other end was closed, or its process has died.
  port.addEventListener('close', resolve);
  return {
    closed,
    send: (message) => port.postMessage(message),
    onMessage: (listener) => {
      port.onmessage = ({ data }: MessageEvent<unknown>) => listener(data);
    },
    close: () => {
      port.close();
      resolve(undefined);
    },
  };
}
