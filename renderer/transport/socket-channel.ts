/**
 * The channel to a served engine: a WebSocket to the server that the page came from. Convention: one binary frame is one message (engine/contract/wire.ts).
 */
import type { Channel, ChannelEvents } from '../../engine/contract/connection.ts';
import { decodeFrame, encodeFrame } from '../../engine/contract/wire.ts';
import type { EngineMessage } from '../../engine/contract/wire.ts';

export function openSocket(address: string, { onOpen, onMessage, onClose }: ChannelEvents): Channel {
  const socket = new WebSocket(address);
  socket.binaryType = 'arraybuffer';
  socket.onopen = onOpen;
  socket.onclose = onClose;
  socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) =>
    onMessage(decodeFrame(new Uint8Array(data)) as EngineMessage);
  return {
    send: (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(encodeFrame(message));
    },
    close: () => socket.close(),
  };
}
