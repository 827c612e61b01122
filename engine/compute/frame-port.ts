/**
 * A port to a graphics card elsewhere that carries frames (engine/contract/wire.ts), made into a port of messages. Not what
 * is said over it: that is `executors/remote`. Convention: whoever carries frames does not decode them.
 */
import { decodeFrame, encodeFrame } from '../contract/wire.ts';
import type { ConnectRemote, RemotePort } from '../executors/remote/remote-port.ts';

/** `onClose` tells also where the port is closed already. */
export type FramePort = RemotePort<Uint8Array>;

/** Opens a port to whoever has graphics cards; undefined where there is nobody. */
export type ConnectFrames = ConnectRemote<Uint8Array>;

export function connectOverFrames(connect: ConnectFrames): ConnectRemote {
  return async () => {
    const port = await connect();
    return port && messagesOver(port);
  };
}

/** Messages are encoded when they are sent: what is changed afterwards has gone as it was. */
function messagesOver(port: FramePort): RemotePort {
  return {
    send: (message) => port.send(encodeFrame(message)),
    onMessage: (listener) =>
      port.onMessage((frame) => {
        let message: unknown;
        try {
          // A Buffer's views would be Buffers.
          message = decodeFrame(new Uint8Array(frame.buffer, frame.byteOffset, frame.length));
        } catch {
          // Whoever speaks no frames is not the other end that was meant.
          port.close();
          return;
        }
        listener(message);
      }),
    onClose: (listener) => port.onClose(listener),
    close: () => port.close(),
  };
}
