/**
 * The shell's end of the bridge to the page that computes on graphics cards. Convention: that page can send one message: that
 * it is ready.
 */
import type { MessagePortMain, WebContents } from 'electron';
import { gpuHostChannels } from './gpu-host-channels.ts';

export function onGpuHostReady(contents: WebContents, listener: () => void): void {
  contents.ipc.on(gpuHostChannels.ready, listener);
}

export function sendGpuPort(contents: WebContents, port: MessagePortMain): void {
  contents.postMessage(gpuHostChannels.port, undefined, [port]);
}
