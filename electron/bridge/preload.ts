/**
 * What the page gets of the shell: `window.mambrush`, ports to the engine, and folders that are dropped onto it. Not
 * what is done with them. Convention: data alone crosses; the page gets no object of Electron.
 */
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { DialogRequest, PortNotice, ShellBridge, ShellCommand } from '../../engine/contract/shell.ts';
import { channels } from './channels.ts';

interface DropEvent {
  readonly isTrusted: boolean;
  readonly dataTransfer: {
    readonly types: readonly string[];
    readonly files: ArrayLike<File>;
    dropEffect: string;
  } | null;
  preventDefault(): void;
}

/** What is used of the page: this file is checked without the browser's types. */
interface Page {
  postMessage(message: PortNotice, origin: string, transfer: readonly unknown[]): void;
  addEventListener(kind: 'dragover' | 'drop', listener: (event: DropEvent) => void): void;
}
const page = globalThis as unknown as Page;

/** Commands wait until the page listens. */
const waiting: ShellCommand[] = [];
let receive = (command: ShellCommand): void => void waiting.push(command);

const choose = (request: DialogRequest): Promise<string | undefined> =>
  ipcRenderer.invoke(channels.choose, request) as Promise<string | undefined>;

const bridge: ShellBridge = {
  connectEngine: () => ipcRenderer.send(channels.connectEngine),
  chooseFolder: (title) => choose({ kind: 'folder', title }),
  chooseFile: (title, endings) => choose({ kind: 'file', title, endings: [...endings] }),
  chooseSavePath: (title, name) => choose({ kind: 'save', title, name }),
  sendPreferences: (preferences) => ipcRenderer.send(channels.preferences, preferences),
  onCommand: (listener) => {
    receive = listener;
    for (const command of waiting.splice(0)) listener(command);
  },
};
contextBridge.exposeInMainWorld('mambrush', bridge);

ipcRenderer.on(channels.command, (_event, command: ShellCommand) => receive(command));
ipcRenderer.on(channels.notice, ({ ports }, notice: PortNotice) => {
  // To this page itself: its address may have no origin that can be named.
  page.postMessage(notice, '*', ports);
});

page.addEventListener('dragover', (event) => {
  if (event.dataTransfer?.types.includes('Files') !== true) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = 'copy';
});
page.addEventListener('drop', (event) => {
  const file = event.dataTransfer?.files[0];
  if (file === undefined || !event.isTrusted) return;
  event.preventDefault();
  const folder = webUtils.getPathForFile(file);
  if (folder !== '') receive({ kind: 'open', folder });
});
