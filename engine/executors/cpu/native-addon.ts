/**
 * Finds and loads the native part. Not its interface to the rest: that is `cpu-executor`.
 * Convention: a native part that is missing or does not load is a reason in plain words, not a crash.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { EncodedProgram } from './program-encoding.ts';

export interface NativeSession {
  write(block: number, values: Float32Array): void;
  read(block: number, into: Float32Array): void;
  putInput(tensor: number, values: Float32Array | Uint8Array): void;
  getOutput(tensor: number, into: Float32Array): void;
  run(phase: number, count: number, learningRate: number, step: number): Promise<void>;
  close(): void;
}

export interface NativeAddon {
  readonly NativeSession: new (
    program: EncodedProgram,
    instructionSet: string,
    threads: number,
    poison: boolean,
  ) => NativeSession;
  instructionSets(): string[];
  operationKinds(): string[];
}

/** Where the build puts the native part. MAMBRUSH_NATIVE_PART names another file, for tests of parts built otherwise. */
export const addonPath: string =
  process.env['MAMBRUSH_NATIVE_PART'] ??
  fileURLToPath(new URL(`build/mambrush-cpu-${process.platform}-${process.arch}.node`, import.meta.url));

type Loaded = { readonly addon: NativeAddon } | { readonly reason: string };

let loaded: Loaded | undefined;

/** Loads the native part once. @returns it, or why it is not there and what to do */
export function loadAddon(): Loaded {
  loaded ??= tryLoad();
  return loaded;
}

function tryLoad(): Loaded {
  if (!existsSync(addonPath)) {
    return {
      reason:
        'its native part has not been built. Install a C++ compiler (Debian and Ubuntu: g++; macOS: xcode-select ' +
        '--install; Windows: LLVM) and run the same command again',
    };
  }
  try {
    return { addon: createRequire(import.meta.url)(addonPath) as NativeAddon };
  } catch (error) {
    return {
      reason: `its native part does not load (${(error as Error).message}). Delete '${addonPath}' and start again`,
    };
  }
}
