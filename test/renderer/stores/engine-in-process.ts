/**
 * The window's engine for tests of its stores: the real one, in this process, behind a real connection. Not a test.
 * Convention: a test file mocks `renderer/engine.ts` with this; preferences lie in a folder that goes with the process.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPinia, setActivePinia } from 'pinia';
import { afterAll, beforeEach, vi } from 'vitest';
import { connectEngine } from '../../../engine/contract/connection.ts';
import type { Channel, ChannelEvents } from '../../../engine/contract/connection.ts';
import { createEngine } from '../../../engine/host/engine.ts';
import { Sessions } from '../../../engine/host/serving/sessions.ts';

export const home = mkdtempSync(join(tmpdir(), 'mambrush-stores-'));
process.env['MAMBRUSH_HOME'] = home;

/** What stores ask of a page. */
export const page = { lang: '', dataset: {} as Record<string, string>, hasDialog: false };
vi.stubGlobal('document', { documentElement: page, querySelector: () => (page.hasDialog ? page : null) });
vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => undefined }));
/** An element that has the focus, by its type. */
export class Control extends EventTarget {
  readonly isContentEditable = false;
  readonly type: string;

  constructor(type: string) {
    super();
    this.type = type;
  }

  matches(): boolean {
    return false;
  }

  closest(): Control | null {
    return this.type === 'button' ? this : null;
  }
}
vi.stubGlobal('HTMLElement', Control);
vi.stubGlobal('HTMLInputElement', Control);

const host = createEngine();
const sessions = new Sessions(host);
let breakOff = (): void => undefined;

export const engine = connectEngine(openChannel);

function openChannel({ onOpen, onMessage, onClose }: ChannelEvents): Channel {
  const attachment = sessions.attach((message) => setTimeout(() => onMessage(structuredClone(message))));
  setTimeout(onOpen);
  breakOff = () => {
    attachment.detach();
    onClose();
  };
  return { send: (message) => attachment.receive(structuredClone(message)), close: () => attachment.detach() };
}

/** As when a socket breaks: the connection opens the next one. */
export function breakConnection(): void {
  breakOff();
}

beforeEach(() => {
  setActivePinia(createPinia());
});

afterAll(async () => {
  await engine.close();
  await host.close();
  rmSync(home, { recursive: true, force: true });
});
