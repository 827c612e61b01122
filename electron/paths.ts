/**
 * The paths of the application's parts. Convention: the built tree has the layout of the source tree, with `.js` for `.ts`,
 * so the same relative paths hold in both.
 */
import { fileURLToPath } from 'node:url';

const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const absolute = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export const appPaths = {
  /** A sandboxed preload is CommonJS. */
  preload: absolute('preload.cjs'),
  gpuHostPreload: absolute('gpu-host-preload.cjs'),
  window: absolute('../renderer/'),
  engineProcess: absolute(`../engine/host/serving/utility/utility-engine-process.${ending}`),
  trainerProcess: absolute(`../engine/host/serving/utility/utility-trainer-process.${ending}`),
  licences: absolute('../licences/'),
} as const;

export type AppPaths = Readonly<Record<keyof typeof appPaths, string>>;
