/**
 * Where the parts of the application stand. Convention: the built tree is the source tree, with `.js` for `.ts` and the
 * bundled shell in `electron/`; so the same addresses serve both.
 */
import { fileURLToPath } from 'node:url';

const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const place = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export const appPaths = {
  /** A sandboxed preload is CommonJS. */
  preload: place('preload.cjs'),
  gpuHostPreload: place('gpu-host-preload.cjs'),
  window: place('../renderer/'),
  engineProcess: place(`../engine/host/serving/utility/utility-engine-process.${ending}`),
  trainerProcess: place(`../engine/host/serving/utility/utility-trainer-process.${ending}`),
  licences: place('../licences/'),
} as const;

export type AppPaths = Readonly<Record<keyof typeof appPaths, string>>;
