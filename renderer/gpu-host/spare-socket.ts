/**
 * Keeps one spare WebSocket open to a served engine, which takes it when it wants to compute here. Convention: its first
 * message means that it was taken, and then the next spare one is opened; one message is one frame
 * (engine/contract/wire.ts).
 */
import { messagesOver } from '../../engine/executors/remote/frame-port.ts';
import type { RemotePort } from '../../engine/executors/remote/remote-port.ts';

const firstPause = 1_000;
const longestPause = 30_000;

/** @param serve is given every socket before its first message is handed on */
export function keepSpareSocket(address: string, serve: (port: RemotePort) => void): void {
  let pause = firstPause;
  const open = (): void => {
    let receive: ((frame: Uint8Array) => void) | undefined;
    const { promise: closed, resolve } = Promise.withResolvers<unknown>();
    const socket = new WebSocket(address);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      pause = firstPause;
    };
    socket.onclose = () => {
      resolve(undefined);
      if (receive !== undefined) return;
      setTimeout(open, pause);
      pause = Math.min(2 * pause, longestPause);
    };
    const take = (): void => {
      open();
      // A page in the background is put to sleep after some minutes, unless it holds a lock.
      void navigator.locks.request('mambrush-graphics-card', { mode: 'shared' }, () => closed);
      const port = messagesOver({
        closed,
        send: (frame) => {
          if (socket.readyState === WebSocket.OPEN) socket.send(frame as Uint8Array<ArrayBuffer>);
        },
        onMessage: (listener) => {
          receive = listener;
        },
        close: () => socket.close(),
      });
      serve(port);
    };
    socket.onmessage = ({ data }: { readonly data: unknown }) => {
      if (receive === undefined) take();
      if (data instanceof ArrayBuffer) receive?.(new Uint8Array(data));
      else socket.close();
    };
  };
  open();
}
