/**
 * Builds the native part with the system's compiler, when it is missing or its sources have changed. No headers are
 * downloaded: they come with npm packages.
 * Convention: run by itself it builds and exits with 0 also when it cannot, for the product works without (slowly); the
 * reason goes to stderr.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { replaceFile } from '../../replace-file.ts';
import { operations } from '../../program/operations/operations.ts';
import { addonPath } from './native-addon.ts';
import { operandHeader } from './operand-header.ts';

export interface BuildResult {
  readonly built: boolean;
  /** Why it is not, and what to do. */
  readonly reason?: string;
}

interface Unit {
  readonly source: string;
  readonly object: string;
  readonly flags: readonly string[];
}

export const nativeFolder: string = fileURLToPath(new URL('native/', import.meta.url));
export const compiler: string = process.env['CXX'] ?? (process.platform === 'win32' ? 'clang++' : 'c++');

/** Flags of each instruction set; the rest of a processor's features are not assumed. */
export const instructionSetFlags: Readonly<Record<string, readonly string[]>> =
  process.arch === 'x64'
    ? {
        baseline: [],
        avx2: ['-mavx2', '-mfma'],
        avx512: ['-mavx512f', '-mavx512vl', '-mavx512dq', '-mavx512bw', '-mfma', '-mprefer-vector-width=512'],
      }
    : { neon: [] };

const commonFlags: readonly string[] = [
  '-std=c++20',
  '-O3',
  '-fPIC',
  '-fvisibility=hidden',
  // Kernels check no errno and trap on nothing; NaN and infinities stay what they are.
  '-fno-math-errno',
  '-fno-trapping-math',
  '-Wall',
  '-Wextra',
  // Vectors wider than the baseline's never cross a call.
  '-Wno-psabi',
  '-DNAPI_VERSION=9',
  '-DNAPI_CPP_EXCEPTIONS',
];

function includeFolders(): readonly string[] {
  const require = createRequire(import.meta.url);
  const headers = (require('node-api-headers') as { readonly include_dir: string }).include_dir;
  return [headers, dirname(require.resolve('node-addon-api'))];
}

function sources(): readonly string[] {
  return readdirSync(nativeFolder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(cpp|h)$/.test(name))
    .sort();
}

const header = operandHeader(operations.values());

/** Changes whenever the sources, the flags or the compiler's name change. */
function fingerprint(flags: readonly string[]): string {
  const settings = JSON.stringify([compiler, flags, instructionSetFlags, header]);
  const hash = createHash('sha256').update(settings);
  for (const name of sources()) hash.update(name).update(readFileSync(join(nativeFolder, name)));
  return hash.digest('hex');
}

export function run(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`'${command}' failed:\n${output.slice(-4000)}`));
    });
  });
}

/** Runs tasks on as many processes as there are cores, the first (longest) first. */
async function inParallel(tasks: readonly (() => Promise<void>)[]): Promise<void> {
  const waiting = [...tasks];
  const worker = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) await task();
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

async function compile(target: string, workFolder: string, flags: readonly string[]): Promise<void> {
  const units: Unit[] = [
    ...Object.entries(instructionSetFlags)
      .reverse()
      .map(([name, flags]) => ({
        source: 'kernel-set.cpp',
        object: `kernel-set-${name}.o`,
        flags: [...flags, `-DMAMBRUSH_ISA=${name}`],
      })),
    { source: 'addon.cpp', object: 'addon.o', flags: [] },
    { source: 'session.cpp', object: 'session.o', flags: [] },
  ];
  writeFileSync(join(workFolder, 'operations.h'), header);
  const includes = [workFolder, nativeFolder, ...includeFolders()].map((folder) => `-I${folder}`);
  const objectOf = (unit: Unit): string => join(workFolder, unit.object);
  await inParallel(
    units.map((unit) => () => {
      const paths = ['-c', join(nativeFolder, unit.source), '-o', objectOf(unit)];
      return run(compiler, [...flags, ...unit.flags, ...includes, ...paths]);
    }),
  );
  const output = join(workFolder, 'addon.node');
  // The baseline's objects first: what several objects define is taken from the first.
  const objects = units.map(objectOf).reverse();
  await run(compiler, [...flags, ...linkFlags(workFolder), ...objects, '-o', output]);
  renameSync(output, target);
}

/** Node's own symbols are found when the part is loaded; only Windows wants an import library for them. */
function linkFlags(workFolder: string): readonly string[] {
  if (process.platform === 'darwin') return ['-shared', '-undefined', 'dynamic_lookup'];
  if (process.platform === 'win32') return ['-shared', `-L${workFolder}`, '-lnode_api'];
  return ['-shared', '-pthread', '-static-libgcc', '-static-libstdc++'];
}

async function prepareWindows(workFolder: string): Promise<void> {
  const require = createRequire(import.meta.url);
  const { def_paths: paths } = require('node-api-headers') as { readonly def_paths: { readonly node_api_def: string } };
  await run('llvm-dlltool', ['-m', 'i386:x86-64', '-d', paths.node_api_def, '-l', join(workFolder, 'node_api.lib')]);
}

/**
 * Builds the native part when it is not up to date. Never throws: the reason is in the result.
 * @param options.flags more flags for the compiler, e.g. a sanitizer's @param options.target the file to build
 */
export async function buildNative(
  options: { readonly quiet?: boolean; readonly flags?: readonly string[]; readonly target?: string } = {},
): Promise<BuildResult> {
  const { target = addonPath } = options;
  const flags = [...commonFlags, ...(options.flags ?? [])];
  const stamp = `${target}.stamp`;
  const wanted = fingerprint(flags);
  if (existsSync(target) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return { built: true };
  const say = (text: string): void => {
    if (options.quiet !== true) process.stderr.write(text);
  };
  say('Building the native part (once, under a minute) …\n');
  mkdirSync(dirname(target), { recursive: true });
  const workFolder = mkdtempSync(join(dirname(target), 'work-'));
  try {
    if (process.platform === 'win32') await prepareWindows(workFolder);
    await compile(target, workFolder, flags);
    replaceFile(stamp, wanted);
    return { built: true };
  } catch (error) {
    return { built: false, reason: explain(error as NodeJS.ErrnoException) };
  } finally {
    rmSync(workFolder, { recursive: true, force: true });
  }
}

function explain(error: NodeJS.ErrnoException): string {
  if (error.code !== 'ENOENT') return `The native part could not be built. ${error.message}`;
  const install =
    process.platform === 'darwin'
      ? 'xcode-select --install'
      : process.platform === 'win32'
        ? 'winget install LLVM.LLVM'
        : 'sudo apt-get install g++';
  return (
    `The native part could not be built: there is no C++ compiler ('${compiler}'). Install one with '${install}' and ` +
    'run this again. Until then only the slow reference executor is there.'
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { built, reason } = await buildNative();
  if (!built) process.stderr.write(`${reason ?? ''}\n`);
}
