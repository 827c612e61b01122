/**
 * What the page that computes on graphics cards gets of the shell: `window.mambrushGpuHost`, and ports to the processes that
 * compute there. Convention: nothing else; it reaches the engine through those ports alone.
 */
import { contextBridge, ipcRenderer } from 'electron';
import type { GpuHostBridge, GpuPortNotice } from '../../engine/contract/shell.ts';
import { gpuHostChannels } from './gpu-host-channels.ts';

/** What is used of the page: this file is checked without the browser's types. */
const page = globalThis as unknown as {
  postMessage(message: GpuPortNotice, origin: string, transfer: readonly unknown[]): void;
};

const bridge: GpuHostBridge = { sendReady: () => ipcRenderer.send(gpuHostChannels.ready) };
contextBridge.exposeInMainWorld('mambrushGpuHost', bridge);

ipcRenderer.on(gpuHostChannels.port, ({ ports }) => {
  // To this page itself: its address may have no origin that can be named.
  page.postMessage({ kind: 'mambrush:gpu-port' }, '*', ports);
});
