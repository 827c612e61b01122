/**
 * The window's page for tests of the shell: the real preload in it, and the real connection to the engine on its bridge.
 * Not the application. Convention: one page per test file, since a preload speaks for its process.
 */
import { vi } from 'vitest';
import { connectEngine } from '../../engine/contract/connection.ts';
import type { EngineConnection } from '../../engine/contract/connection.ts';
import type { ShellBridge } from '../../engine/contract/shell.ts';
import { openPort } from '../../renderer/transport/port-channel.ts';
import { electron } from './stand-in/electron.ts';

export interface PageStandIn {
  readonly bridge: ShellBridge;
  readonly page: EventTarget;
  connect(): EngineConnection;
}

export async function openPage(): Promise<PageStandIn> {
  const page = new EventTarget();
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  vi.stubGlobal('postMessage', (data: unknown, _origin: string, ports: readonly unknown[]) => {
    page.dispatchEvent(Object.assign(new Event('message'), { source: page, data, ports }));
  });
  await import('../../electron/bridge/preload.ts');
  const bridge = electron.exposed.get('mambrush') as ShellBridge;
  return { bridge, page, connect: () => connectEngine((events) => openPort(bridge, page, events)) };
}
