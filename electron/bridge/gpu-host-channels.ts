/**
 * The names under which the shell and the page that computes on graphics cards speak. Convention: nobody outside this
 * folder knows them. Not in `channels.ts`: the two preloads share no file, since neither may load another below its sandbox.
 */
export const gpuHostChannels = {
  /** The page takes ports from now on. */
  ready: 'mambrush:gpu-host-ready',
  /** The shell brings a port. */
  port: 'mambrush:gpu-port',
} as const;
