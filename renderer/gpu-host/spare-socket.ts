/**
 * Keeps one spare WebSocket open to a served engine, which takes it when somebody wants to compute here. Convention: its
 * first message means that it was taken, and then the next spare one is opened; one message is one frame
 * (engine/contract/wire.ts).
 */
import { decodeFrame, encodeFrame } from '../../engine/contract/wire.ts';
import type { RemotePort } from '../../engine/executors/remote/remote-port.ts';

const firstPause = 1_000;
const longestPause = 30_000;

/** @param serve is given every socket before its first message is handed on */
export function keepSpareSocket(address: string, serve: (port: RemotePort) => void): void {
  let pause = firstPause;
  const open = (): void => {
    let isTaken = false;
    let tellMessage = (_message: unknown): void => undefined;
    let tellClosed = (): void => undefined;
    const socket = new WebSocket(address);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      pause = firstPause;
    };
    const { promise: closed, resolve: wake } = Promise.withResolvers<undefined>();
    socket.onclose = () => {
      wake(undefined);
      if (isTaken) tellClosed();
      else {
        setTimeout(open, pause);
        pause = Math.min(2 * pause, longestPause);
      }
    };
    socket.onmessage = ({ data }: { readonly data: unknown }) => {
      if (!isTaken) {
        isTaken = true;
        open();
        // A page that nobody looks at is put to sleep after some minutes, unless it holds a lock.
        void navigator.locks.request('mambrush-graphics-card', { mode: 'shared' }, () => closed);
        serve({
          send: (message) => {
            if (socket.readyState === WebSocket.OPEN) socket.send(encodeFrame(message));
          },
          onMessage: (listener) => {
            tellMessage = listener;
          },
          onClose: (listener) => {
            tellClosed = listener;
          },
          close: () => socket.close(),
        });
      }
      let message: unknown;
      try {
        if (!(data instanceof ArrayBuffer)) throw new Error('not a frame');
        message = decodeFrame(new Uint8Array(data));
      } catch {
        socket.close();
        return;
      }
      tellMessage(message);
    };
  };
  open();
}
