/**
 * A port that carries frames (engine/contract/wire.ts), and such a one as a port of messages. Convention: processes between
 * the two ends pass frames on without decoding them.
 */
import { decodeFrame, encodeFrame } from '../../contract/wire.ts';
import type { ConnectRemote, RemotePort } from './remote-port.ts';

export type FramePort = RemotePort<Uint8Array>;
export type ConnectFrames = ConnectRemote<Uint8Array>;

export function connectOverFrames(connect: ConnectFrames): ConnectRemote {
  return async () => {
    const port = await connect();
    return port && messagesOver(port);
  };
}

/** Messages are encoded when they are sent, so what is changed afterwards has no effect; what is no frame closes the port. */
export function messagesOver(port: FramePort): RemotePort {
  return {
    closed: port.closed,
    send: (message) => port.send(encodeFrame(message)),
    onMessage: (listener) =>
      port.onMessage((frame) => {
        let message: unknown;
        try {
          // A Buffer's views would be Buffers.
          message = decodeFrame(new Uint8Array(frame.buffer, frame.byteOffset, frame.length));
        } catch {
          port.close();
          return;
        }
        listener(message);
      }),
    close: () => port.close(),
  };
}
