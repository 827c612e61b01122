/**
 * The served mode: the window in a browser, the engine here, a WebSocket between them. A second one is for windows
 * that lend a graphics card. Convention: only the window's own files and those sockets are served, and only with the
 * secret.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import type { RawData, WebSocket } from 'ws';
import { MambrushError } from '../../contract/error.ts';
import { decodeFrame, encodeFrame } from '../../contract/wire.ts';
import { pageHeaders } from '../../window-files.ts';
import type { Engine } from '../engine.ts';
import { createAdmission } from './admission.ts';
import type { Admission } from './admission.ts';
import { GpuHosts } from './gpu-hosts.ts';
import { Sessions } from './sessions.ts';
import { serveFiles } from './static-files.ts';

/** Above the labels of the greatest image, 16384×16384. */
const greatestMessage = 300_000_000;
const heartbeatMilliseconds = 20_000;

export interface ServeOptions {
  /** Of the built window. */
  readonly files: string;
  readonly address: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly secret: string;
}

export interface ServedWindow {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * @param gpuHosts where windows are registered that lend a graphics card
 * @throws MambrushError 'port-taken', 'address-unusable', 'window-missing'
 */
export async function serveWindow(
  engine: Engine,
  options: ServeOptions,
  gpuHosts: GpuHosts = new GpuHosts(),
): Promise<ServedWindow> {
  const serveFile = serveFiles(options.files);
  const server = createServer();
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  const admission = createAdmission(options.secret, options.address, port);
  server.on('request', (request, response) => answer(admission, serveFile, request, response));
  const sessions = new Sessions(engine);
  const stopSockets = acceptSockets(server, admission, {
    '/engine': (socket) => connect(socket, sessions),
    '/gpu': (socket) => gpuHosts.offer(socket),
  });
  return {
    port,
    close: async () => {
      stopSockets();
      const closed = new Promise((settle) => server.close(settle));
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(
  admission: Admission,
  serveFile: (request: IncomingMessage, response: ServerResponse) => void,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (!admission.isOurHost(request)) {
    refuse(response, 421, 'This address is not one of Mambrush. Open the one that it printed.');
    return;
  }
  const url = URL.parse(request.url ?? '/', 'http://localhost');
  if (url?.pathname === '/' && admission.isSecret(url.searchParams.get('token'))) {
    // Without the secret in the address it does not end up in the browser's history.
    const folder = url.searchParams.get('open');
    const Location = folder === null ? '/' : `/?open=${encodeURIComponent(folder)}`;
    response.writeHead(303, { ...pageHeaders, 'Set-Cookie': admission.cookie, Location }).end();
    return;
  }
  if (!admission.hasSecret(request)) {
    refuse(response, 403, 'Open the whole address that "mambrush serve" printed; it ends with a token.');
    return;
  }
  serveFile(request, response);
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...pageHeaders, 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}

/** @param takers by the path that a socket asks for */
function acceptSockets(
  server: Server,
  admission: Admission,
  takers: Readonly<Record<string, (socket: WebSocket) => void>>,
): () => void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: greatestMessage, perMessageDeflate: false });
  const alive = new WeakSet<WebSocket>();
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const taker = Object.hasOwn(takers, request.url ?? '') ? takers[request.url ?? ''] : undefined;
    const admitted =
      taker !== undefined &&
      admission.isOurHost(request) &&
      admission.isOurOrigin(request) &&
      admission.hasSecret(request);
    if (!admitted) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      alive.add(accepted);
      accepted.on('pong', () => alive.add(accepted));
      taker(accepted);
    });
  });
  const heartbeat = setInterval(() => {
    for (const socket of sockets.clients) {
      if (!alive.delete(socket)) socket.terminate();
      else socket.ping();
    }
  }, heartbeatMilliseconds);
  return () => {
    clearInterval(heartbeat);
    for (const socket of sockets.clients) socket.close(1001);
    sockets.close();
  };
}

function connect(socket: WebSocket, sessions: Sessions): void {
  const attachment = sessions.attach((message) => socket.send(encodeFrame(message)));
  socket.on('message', (data: RawData, isBinary: boolean) => {
    try {
      if (!isBinary || !(data instanceof Uint8Array)) throw new MambrushError('frame-invalid', 'That is no frame.');
      attachment.receive(decodeFrame(data));
    } catch {
      socket.close(1002, 'not a message of this contract');
    }
  });
  socket.on('close', () => attachment.detach());
  // A close follows.
  socket.on('error', () => undefined);
}

function listen(server: Server, { address, port }: ServeOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new MambrushError('port-taken', `Port ${port} is in use. Choose another with --port, or leave it out.`)
          : new MambrushError('address-unusable', `Cannot listen on ${address} port ${port}: ${error.message}.`),
      );
    });
    server.listen(port, address, resolve);
  });
}
