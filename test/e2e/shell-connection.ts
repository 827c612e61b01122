/**
 * A connection to the engine below a shell, for a test that can run functions in the shell's process. Convention: it asks
 * as a window would, and what its port says is fetched; bytes cross as base64. The functions use nothing from outside.
 */
import { connectEngine } from '../../engine/contract/connection.ts';
import type { Channel, ChannelEvents, EngineConnection } from '../../engine/contract/connection.ts';
import type { EngineMessage } from '../../engine/contract/wire.ts';
import { fromText, toText } from './carried-values.ts';

interface ShellModules {
  readonly ipcMain: { emit(channel: string, event: unknown): unknown };
}

interface ShellPort {
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  start(): void;
  postMessage(message: unknown): void;
  close(): void;
}

/** In the shell's process, by number. */
interface Line {
  port?: ShellPort;
  readonly received: unknown[];
  isClosed: boolean;
}

/** Runs a function in the shell's process, as playwright does. */
export type RunInShell = <Result, Argument>(
  run: (modules: ShellModules, argument: Argument) => Result,
  argument: Argument,
) => Promise<Result>;

const connectChannel = 'mambrush:connect-engine';
const pollMilliseconds = 20;
let lastLine = 0;

export function connectThroughShell(run: RunInShell): EngineConnection {
  return connectEngine((events) => openLine(run, events));
}

function openLine(run: RunInShell, { onOpen, onMessage, onClose }: ChannelEvents): Channel {
  const line = ++lastLine;
  let isOver = false;
  const opened = run(
    ({ ipcMain }, [number, channel]) => {
      const lines = ((globalThis as { testLines?: Map<number, Line> }).testLines ??= new Map());
      const entry: Line = { received: [], isClosed: false };
      lines.set(number, entry);
      const mainFrame = { url: 'app://mambrush/', parent: null };
      const postMessage = (_channel: string, _notice: unknown, [port]: readonly ShellPort[]): void => {
        if (port === undefined) return;
        entry.port = port;
        port.on('message', ({ data }) => entry.received.push(data));
        port.on('close', () => (entry.isClosed = true));
        port.start();
      };
      const sender = { mainFrame, isDestroyed: () => false, postMessage };
      ipcMain.emit(channel, { sender, senderFrame: mainFrame });
    },
    [line, connectChannel] as const,
  );
  const receive = async (): Promise<void> => {
    await opened;
    onOpen();
    while (!isOver) {
      const { texts, isClosed } = await run((_modules, number) => {
        const entry = (globalThis as { testLines?: Map<number, Line> }).testLines?.get(number);
        const asText = (value: unknown): string =>
          JSON.stringify(value, (_key, content: unknown) =>
            content instanceof Uint8Array
              ? { numbers: 'Uint8Array', in64: Buffer.from(content).toString('base64') }
              : content,
          );
        return { texts: entry?.received.splice(0).map(asText) ?? [], isClosed: entry?.isClosed ?? true };
      }, line);
      for (const text of texts) onMessage(fromText(text) as EngineMessage);
      if (isClosed) break;
      await new Promise((settle) => setTimeout(settle, pollMilliseconds));
    }
  };
  receive()
    // A shell that has ended says no more than a port that was closed.
    .catch(() => undefined)
    .finally(() => {
      if (!isOver) onClose();
    });
  return {
    send: (message) => {
      void opened.then(() =>
        run(
          (_modules, [number, text]) => {
            const told: unknown = JSON.parse(text, (_key, content: unknown) =>
              typeof content === 'object' && content !== null && 'in64' in content
                ? Uint8Array.from(Buffer.from(content.in64 as string, 'base64'))
                : content,
            );
            (globalThis as { testLines?: Map<number, Line> }).testLines?.get(number)?.port?.postMessage(told);
          },
          [line, toText(message)] as const,
        ),
      );
    },
    close: () => {
      isOver = true;
      void run((_modules, number) => {
        (globalThis as { testLines?: Map<number, Line> }).testLines?.get(number)?.port?.close();
      }, line).catch(() => undefined);
    },
  };
}
