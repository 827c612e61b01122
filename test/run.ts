/**
 * What `npm test` does: types, lint, format, unused code, then every test. With arguments: the tests alone, which get
 * the arguments (`npm test -- store`). Convention: every step runs even after a failure, and the last line counts them.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Step {
  readonly name: string;
  /** The tool's own script, below node_modules. */
  readonly script: string;
  readonly args: readonly string[];
}

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What is read of vitest's JSON report. */
interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

const root = fileURLToPath(new URL('../', import.meta.url));

const checks: readonly Step[] = [
  { name: 'types', script: 'typescript/bin/tsc', args: ['--noEmit', '-p', '.'] },
  { name: 'types of the window', script: 'vue-tsc/bin/vue-tsc.js', args: ['--noEmit', '-p', 'renderer'] },
  { name: 'lint', script: 'eslint/bin/eslint.js', args: ['.'] },
  { name: 'format', script: 'prettier/bin/prettier.cjs', args: ['--check', '--log-level=warn', '.'] },
  { name: 'unused code', script: 'knip/bin/knip.js', args: ['--no-progress'] },
];

let child: ChildProcess | undefined;
for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    child?.kill(signal);
    process.exit(1);
  });
}

const filter = process.argv.slice(2);
const results: { readonly name: string; readonly count: Count; readonly seconds: number }[] = [];
for (const check of filter.length === 0 ? checks : []) {
  await measured(check.name, async () => {
    const ok = (await run(check)) === 0;
    return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
  });
}
await measured('tests', () => runTests(filter));
report();

async function measured(name: string, work: () => Promise<Count>): Promise<void> {
  console.log(`\n── ${name} ──`);
  const started = performance.now();
  const count = await work();
  results.push({ name, count, seconds: (performance.now() - started) / 1000 });
}

async function runTests(args: readonly string[]): Promise<Count> {
  const folder = mkdtempSync(join(tmpdir(), 'mambrush-test-'));
  const file = join(folder, 'report.json');
  try {
    const code = await run({
      name: 'tests',
      script: 'vitest/vitest.mjs',
      args: ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...args],
    });
    return countTests(code, existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as VitestReport) : undefined);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A file that could not even be loaded has no tests in the report: it counts as one failure, as does a crash. */
function countTests(code: number, found: VitestReport | undefined): Count {
  const unloaded = (found?.testResults ?? []).filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  const failed = (found?.numFailedTests ?? 0) + unloaded;
  return {
    passed: found?.numPassedTests ?? 0,
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped: (found?.numPendingTests ?? 0) + (found?.numTodoTests ?? 0),
  };
}

/** Runs a tool on this very Node and gives its exit code; 1 when a signal ended it. */
function run(step: Step): Promise<number> {
  return new Promise((settle, reject) => {
    child = spawn(process.execPath, [join(root, 'node_modules', step.script), ...step.args], {
      cwd: root,
      stdio: 'inherit',
    });
    child.once('error', reject);
    child.once('close', (code) => settle(code ?? 1));
  });
}

function report(): void {
  console.log('');
  for (const { name, count, seconds } of results) {
    console.log(`${count.failed === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds.toFixed(1)} s)`);
  }
  const total = (of: keyof Count): number => results.reduce((sum, { count }) => sum + count[of], 0);
  const failed = total('failed');
  // Alone on the last line, for whoever reads the output by machine.
  console.log(`\n${total('passed')} passed, ${failed} failed, ${total('skipped')} skipped`);
  process.exitCode = failed === 0 ? 0 : 1;
}
