import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { smallProgram } from './small-program.ts';

const buildScript = fileURLToPath(new URL('../../engine/executors/cpu/build.ts', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mambrush-native-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** The executor as a process sees it whose native part is at `path`. */
async function executorWith(path: string): Promise<typeof import('../../engine/executors/cpu/cpu-executor.ts')> {
  vi.stubEnv('MAMBRUSH_NATIVE_PART', path);
  vi.resetModules();
  return import('../../engine/executors/cpu/cpu-executor.ts');
}

describe('without its native part, the cpu executor', () => {
  it('says what to install, and offers nothing', async () => {
    const { cpuAvailability, cpuExecutor, cpuInstructionSets } = await executorWith(join(folder, 'none.node'));
    expect(cpuAvailability().available).toBe(false);
    expect(cpuAvailability().reason).toContain('Install a C++ compiler (Debian and Ubuntu: g++;');
    expect(cpuInstructionSets()).toEqual([]);
    expect(cpuExecutor.description).toContain('not built');
    const opening = async (): Promise<unknown> => cpuExecutor.open(smallProgram(1, 1));
    await expect(opening).rejects.toMatchObject({ name: 'MambrushError', code: 'cpu-executor-missing' });
    await expect(opening).rejects.toThrow('has not been built. Install a C++ compiler');
  });

  it.each([
    ['of no bytes', ''],
    ['that is no library', 'not a library'],
  ])('says which file to delete when there is one %s', async (_what, content) => {
    const path = join(folder, 'damaged.node');
    writeFileSync(path, content);
    const { cpuAvailability, cpuExecutor } = await executorWith(path);
    expect(cpuAvailability().reason).toContain(`Delete '${path}' and start again`);
    await expect(async () => cpuExecutor.open(smallProgram(1, 1))).rejects.toThrow('does not load');
  });
});

describe('the build', () => {
  const build = (environment: NodeJS.ProcessEnv): Promise<{ readonly stderr: string }> =>
    promisify(execFile)(process.execPath, [buildScript], {
      env: { ...environment, MAMBRUSH_NATIVE_PART: join(folder, 'part', 'part.node') },
    });

  it('without a compiler says how to get one, succeeds, and leaves nothing behind', async () => {
    const { CXX: _, ...rest } = process.env;
    const { stderr } = await build({ ...rest, PATH: folder });
    expect(stderr).toMatch(/no C\+\+ compiler \('(c|clang)\+\+'\). Install one with '.+' and run this again/);
    expect(stderr).toContain('Until then only the slow reference executor is there');
    expect(readdirSync(join(folder, 'part'))).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('with a compiler that fails shows what it said', async () => {
    mkdirSync(join(folder, 'bin'));
    const compiler = join(folder, 'bin', 'broken');
    writeFileSync(compiler, '#!/bin/sh\necho "cannot find the header of everything" >&2\nexit 1\n', { mode: 0o755 });
    const { stderr } = await build({ ...process.env, CXX: compiler });
    expect(stderr).toContain('The native part could not be built.');
    expect(stderr).toContain('cannot find the header of everything');
    expect(readdirSync(join(folder, 'part'))).toEqual([]);
  });
});
