/**
 * The names of the channels between the shell and the page that computes on graphics cards. Convention: used in this folder
 * alone. Not in `channels.ts`: a sandboxed preload can load no file that is shared with another.
 */
export const gpuHostChannels = {
  ready: 'mambrush:gpu-host-ready',
  port: 'mambrush:gpu-port',
} as const;
