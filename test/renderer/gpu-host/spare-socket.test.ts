import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { WebSocket as ServedSocket } from 'ws';
import { decodeFrame, encodeFrame } from '../../../engine/contract/wire.ts';
import type { RemotePort } from '../../../engine/executors/remote/remote-port.ts';
import { keepSpareSocket } from '../../../renderer/gpu-host/spare-socket.ts';

let server: WebSocketServer;
beforeEach(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
});
afterEach(() => {
  for (const socket of server.clients) socket.terminate();
  server.close();
});

const address = (): string => `ws://127.0.0.1:${(server.address() as AddressInfo).port}/gpu`;

async function nextSocket(): Promise<ServedSocket> {
  const [socket] = (await once(server, 'connection')) as [ServedSocket];
  return socket;
}

/** Answers every message with what it received, and counts. */
function echo() {
  const ports: RemotePort[] = [];
  let closed = 0;
  const serve = (port: RemotePort): void => {
    ports.push(port);
    port.onMessage((message) => port.send({ received: message }));
    void port.closed.then(() => closed++);
  };
  return { serve, ports, closed: () => closed };
}

describe('a spare socket', () => {
  it('is one until its first message takes it; then it is served from that message on, and another is opened', async () => {
    const { serve, ports } = echo();
    const coming = nextSocket();
    keepSpareSocket(address(), serve);
    const first = await coming;
    expect(server.clients.size).toBe(1);
    expect(ports).toEqual([]);
    const following = nextSocket();
    const answered = once(first, 'message');
    first.send(encodeFrame({ bytes: Uint8Array.of(1, 2) }));
    const [frame] = (await answered) as [Buffer];
    expect(decodeFrame(Uint8Array.from(frame))).toEqual({ received: { bytes: Uint8Array.of(1, 2) } });
    await following;
    expect(server.clients.size).toBe(2);
    expect(ports).toHaveLength(1);
  });

  it('that breaks is opened anew after a while; one that was taken is not', async () => {
    const { serve, ports, closed } = echo();
    let coming = nextSocket();
    keepSpareSocket(address(), serve);
    const broken = await coming;
    coming = nextSocket();
    broken.terminate();
    const taken = await coming;
    coming = nextSocket();
    taken.send(encodeFrame('a question'));
    const spare = await coming;
    taken.terminate();
    await expect.poll(closed).toBe(1);
    coming = nextSocket();
    spare.terminate();
    await coming;
    expect(server.clients.size).toBe(1);
    expect(ports).toHaveLength(1);
  });

  it('over which nonsense comes is closed, and who served it is told', async () => {
    const { serve, closed } = echo();
    const coming = nextSocket();
    keepSpareSocket(address(), serve);
    const socket = await coming;
    const over = once(socket, 'close');
    socket.send('no frame');
    await over;
    await expect.poll(closed).toBe(1);
  });
});
