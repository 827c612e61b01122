/**
 * Builds the native part with sanitizers into a temporary folder and runs the tests of executors and network on it:
 * `node test/sanitize/run.ts address|undefined|thread|address,undefined [test filter …]`. For Linux with GCC; `.ci/run`
 * calls it, `npm test` does not.
 * Convention: exits with 1 when a test fails or the sanitizer reports anything; every report is printed.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Sanitizer {
  readonly flags: readonly string[];
  /** Loaded before Node, which is not built with it. */
  readonly runtime: string;
  readonly optionsVariable: string;
  readonly options: readonly string[];
  /** In front of Node's own path. */
  readonly command: readonly string[];
}

const sanitizers: Readonly<Record<string, Sanitizer>> = {
  address: {
    flags: ['-fsanitize=address'],
    runtime: 'libasan.so',
    optionsVariable: 'ASAN_OPTIONS',
    // Node frees next to nothing when it ends, and every stack of ours has Node in it, so a list of what Node leaks
    // would hide our leaks too: test/executors/sessions.test.ts looks for those.
    options: ['detect_leaks=0', 'detect_stack_use_after_return=1', 'strict_init_order=1'],
    command: [],
  },
  undefined: {
    flags: ['-fsanitize=undefined,float-cast-overflow', '-fno-sanitize=vptr'],
    runtime: 'libubsan.so',
    optionsVariable: 'UBSAN_OPTIONS',
    options: ['print_stacktrace=1'],
    command: [],
  },
  thread: {
    flags: ['-fsanitize=thread'],
    runtime: 'libtsan.so',
    optionsVariable: 'TSAN_OPTIONS',
    // Node's own code is not instrumented, so what it guards in ways that the sanitizer does not know looks like a race.
    options: ['ignore_noninstrumented_modules=1', 'report_signal_unsafe=0'],
    // The sanitizer's shadow memory wants the addresses that randomisation may take.
    command: ['setarch', '-R'],
  },
};

const root = fileURLToPath(new URL('../../', import.meta.url));
const [name = '', ...filter] = process.argv.slice(2);
const chosen = name.split(',').map((one) => sanitizers[one]);
if (!chosen.every((one) => one !== undefined)) {
  process.stderr.write(`Say which sanitizer: ${Object.keys(sanitizers).join(', ')}, or address,undefined.\n`);
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), `mambrush-${name.replaceAll(',', '-')}-`));
try {
  process.exitCode = await check(chosen);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function check(used: readonly Sanitizer[]): Promise<number> {
  process.env['MAMBRUSH_NATIVE_PART'] = join(folder, 'mambrush-cpu.node');
  // Only now: the module reads the variable when it is loaded.
  const { buildNative } = await import('../../engine/executors/cpu/build.ts');
  const flags = ['-O1', '-g', '-fno-omit-frame-pointer', ...used.flatMap((sanitizer) => sanitizer.flags)];
  const { built, reason } = await buildNative({ flags });
  if (!built) throw new Error(reason);
  const compiler = process.env['CXX'] ?? 'c++';
  const libraries = used.map(({ runtime }) =>
    execFileSync(compiler, [`-print-file-name=${runtime}`], { encoding: 'utf8' }).trim(),
  );
  const log = `log_path=${join(folder, 'report')}`;
  const environment = {
    ...process.env,
    LD_PRELOAD: libraries.join(' '),
    ...Object.fromEntries(used.map((one) => [one.optionsVariable, [...one.options, log].join(':')])),
  };
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const tests = filter.length > 0 ? filter : ['test/executors', 'test/network'];
  // Compilers that are missing or broken are no business of a sanitizer.
  const settings = ['--testTimeout=600000', '--exclude=**/missing-native-part.test.ts'];
  const [file = '', ...args] = [
    ...used.flatMap(({ command }) => command),
    process.execPath,
    vitest,
    'run',
    ...settings,
    ...tests,
  ];
  const code = await new Promise<number>((settle, reject) => {
    const child = spawn(file, args, { cwd: root, env: environment, stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', (status) => settle(status ?? 1));
  });
  const reports = readdirSync(folder).filter((entry) => entry.startsWith('report'));
  for (const report of reports) process.stdout.write(`\n${readFileSync(join(folder, report), 'utf8')}`);
  process.stdout.write(`\n${name}: tests ${code === 0 ? 'passed' : 'failed'}, ${String(reports.length)} reports\n`);
  return code === 0 && reports.length === 0 ? 0 : 1;
}
