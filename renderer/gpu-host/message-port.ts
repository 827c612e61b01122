/** A message port as the way to whoever computes with us. Convention: what is sent is cloned by the port. */
import type { RemotePort } from '../../engine/executors/remote/remote-port.ts';

export function portOverMessages(port: MessagePort): RemotePort {
  let isOver = false;
  let tellClosed = (): void => undefined;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    tellClosed();
  };
  // The other end was closed, or its process has died.
  port.addEventListener('close', end);
  return {
    send: (message) => port.postMessage(message),
    onMessage: (listener) => {
      port.onmessage = ({ data }: MessageEvent<unknown>) => listener(data);
    },
    onClose: (listener) => {
      tellClosed = listener;
    },
    close: () => {
      port.close();
      end();
    },
  };
}
