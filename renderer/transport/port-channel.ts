/**
 * The channel to the engine below a shell: a message port, which the preload posts to the page on request. Convention: messages are cloned as they are; a port whose engine has ended is closed.
 */
import type { Channel, ChannelEvents } from '../../engine/contract/connection.ts';
import type { PortNotice, ShellBridge } from '../../engine/contract/shell.ts';
import type { ClientMessage, EngineMessage } from '../../engine/contract/wire.ts';

/** What is used of a `MessagePort`, and of the event that brings it. */
interface EnginePort {
  onmessage: ((event: { readonly data: EngineMessage }) => void) | null;
  addEventListener(kind: 'close', listener: () => void): void;
  postMessage(message: ClientMessage): void;
  close(): void;
}
interface NoticeEvent {
  readonly source: unknown;
  readonly data: Partial<PortNotice> | null;
  readonly ports: readonly EnginePort[];
}

/** @param page where the preload posts: the window */
export function openPort(
  shell: Pick<ShellBridge, 'connectEngine'>,
  page: EventTarget,
  { onOpen, onMessage, onClose }: ChannelEvents,
): Channel {
  let port: EnginePort | undefined;
  let engine = 0;
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    page.removeEventListener('message', onNotice);
    port?.close();
    onClose();
  };
  const onNotice = (event: Event): void => {
    const { source, data, ports } = event as unknown as NoticeEvent;
    if (source !== page || typeof data?.engine !== 'number') return;
    if (data.kind === 'mambrush:port' && port === undefined && ports[0] !== undefined) {
      engine = data.engine;
      port = ports[0];
      port.onmessage = (message) => onMessage(message.data);
      port.addEventListener('close', end);
      onOpen();
    } else if (data.kind === 'mambrush:engine-ended' && port !== undefined && data.engine >= engine) end();
  };
  page.addEventListener('message', onNotice);
  shell.connectEngine();
  return {
    send: (message) => {
      if (!isOver) port?.postMessage(message);
    },
    close: () => {
      isOver = true;
      page.removeEventListener('message', onNotice);
      port?.close();
    },
  };
}
