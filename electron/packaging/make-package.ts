/**
 * Packs the built application as an installer of this system, or unpacked. Convention: Electron's binary is handed in, so
 * that none is downloaded; only for this machine's architecture, because the native part is compiled here.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'electron-builder';

const root = fileURLToPath(new URL('../../', import.meta.url));

export interface PackageOptions {
  readonly app: string;
  /** Of Electron's binary and what belongs to it. */
  readonly electronFolder: string;
  readonly output: string;
  /** The unpacked application alone. */
  readonly dir: boolean;
}

/** @returns the installers' paths @throws Error when the native part is not there: without it, an installer is none */
export async function makePackage({ app, electronFolder, output, dir }: PackageOptions): Promise<readonly string[]> {
  const native = join(app, `engine/executors/cpu/build/mambrush-cpu-${process.platform}-${process.arch}.node`);
  if (!existsSync(native)) {
    throw new Error(`The native part ${native} is missing. Install a compiler, as README says, and try again.`);
  }
  return build({
    projectDir: root,
    [process.arch === 'arm64' ? 'arm64' : 'x64']: true,
    dir,
    publish: 'never',
    config: { extends: 'electron-builder.yml', electronDist: electronFolder, directories: { output } },
  });
}
