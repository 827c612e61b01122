import { spawn } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * A stand-in for npm, since a test has no registry: it notes what it was asked, takes its time, and puts this very Node
 * where the package "node" would put one.
 */
const npmStandIn = `
const fs = require('node:fs');
console.log('npm says something');
fs.appendFileSync('asked.txt', process.argv.slice(2, 4).join(' ') + '\\n');
if (process.argv[2] === 'ci') {
  fs.rmSync('node_modules', { recursive: true, force: true });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  if (fs.existsSync('no-network')) process.exit(1);
} else {
  fs.mkdirSync('node_modules/node/bin', { recursive: true });
  fs.symlinkSync(process.execPath, 'node_modules/node/bin/node');
}
`;

/** What the bootstrap hands over to: tells what it was given, and ends with the code it is asked for. */
const target = `
const [verb, ...rest]: string[] = process.argv.slice(2);
if (verb === 'wait') {
  process.on('SIGTERM', () => process.exit(9));
  console.log('waiting');
  setTimeout(() => undefined, 20_000);
} else {
  console.log(JSON.stringify({ verb, rest, folder: process.cwd() }));
  process.exitCode = verb === 'fail' ? Number(rest[0]) : 0;
}
`;

interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

let project: string;
let user: string;

beforeEach(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), 'mambrush-bootstrap-')));
  user = join(project, 'a user’s folder 图');
  mkdirSync(join(project, 'engine', 'cli'), { recursive: true });
  mkdirSync(user);
  cpSync(join(root, 'engine', 'cli', 'bootstrap.mjs'), join(project, 'engine', 'cli', 'bootstrap.mjs'));
  writeFileSync(join(project, 'engine', 'cli', 'main.ts'), target);
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(project, 'package-lock.json'), '{}');
  mkdirSync(join(project, 'npm'));
  writeFileSync(join(project, 'npm', 'package.json'), '{ "type": "commonjs" }');
  writeFileSync(join(project, 'npm', 'npm-cli.js'), npmStandIn);
});

afterEach(() => {
  rmSync(project, { recursive: true, force: true });
});

/** Runs the bootstrap as `npm run` does: in the project, with the user's folder in INIT_CWD. */
function start(
  args: readonly string[],
  onOutput?: (kill: (signal: NodeJS.Signals) => void) => void,
): Promise<Finished> {
  return new Promise((settle) => {
    const child = spawn(process.execPath, [join(project, 'engine', 'cli', 'bootstrap.mjs'), ...args], {
      cwd: project,
      env: { ...process.env, INIT_CWD: user, npm_execpath: join(project, 'npm', 'npm-cli.js') },
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (text) => {
      out += String(text);
      onOutput?.((signal) => child.kill(signal));
    });
    child.stderr.on('data', (text) => (err += String(text)));
    child.on('close', (code) => settle({ code, out, err }));
  });
}

const asked = (): string => readFileSync(join(project, 'asked.txt'), 'utf8');
const once = 'ci --include=dev\nrebuild node\n';

describe.skipIf(process.platform === 'win32')('the bootstrap behind every npm script', () => {
  test('installs at the first start, then no more, and leaves standard output to the target', async () => {
    const first = await start(['mambrush', 'predict', '--input', 'a b']);
    expect(JSON.parse(first.out)).toEqual({ verb: 'predict', rest: ['--input', 'a b'], folder: user });
    expect(first.err).toContain('First start');
    expect(first.err).toContain('npm says something');
    const second = await start(['demo', '--quick']);
    expect(JSON.parse(second.out)).toEqual({ verb: 'demo', rest: ['--quick'], folder: user });
    expect(second.err).toBe('');
    expect(asked()).toBe(once);
  });

  test('installs again when the list of packages has changed', async () => {
    await start(['start']);
    appendFileSync(join(project, 'package-lock.json'), '\n');
    expect((await start(['start'])).err).toContain('The list of packages has changed');
    expect(asked()).toBe(once + once);
  });

  test('two at once install once', async () => {
    const both = await Promise.all([start(['mambrush', 'one']), start(['mambrush', 'two'])]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(both.map(({ err }) => err).join()).toContain('waiting for it');
    expect(asked()).toBe(once);
    expect(existsSync(join(project, '.mambrush-install.lock'))).toBe(false);
  });

  test('takes over the lock of a process that died', async () => {
    const lock = join(project, '.mambrush-install.lock');
    mkdirSync(lock);
    const longAgo = new Date(Date.now() - 3_600_000);
    utimesSync(lock, longAgo, longAgo);
    expect((await start(['start'])).code).toBe(0);
    expect(existsSync(lock)).toBe(false);
  });

  test('waits for the npm of a process that died, for two of them would spoil each other’s work', async () => {
    const orphan = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 1_000)']);
    const lock = join(project, '.mambrush-install.lock');
    mkdirSync(lock);
    writeFileSync(join(lock, 'npm'), String(orphan.pid));
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(lock, longAgo, longAgo);
    let ended = false;
    orphan.once('exit', () => (ended = true));
    const result = await start(['start']);
    expect(ended).toBe(true);
    expect(result.err).toContain('waiting for it');
    expect(result.code).toBe(0);
  });

  test('a failed installation says so, ends with 1, and is tried again the next time', async () => {
    writeFileSync(join(project, 'no-network'), '');
    const failed = await start(['start']);
    expect(failed.code).toBe(1);
    expect(failed.out).toBe('');
    expect(failed.err).toContain('"npm ci" failed');
    expect(existsSync(join(project, '.mambrush-install.lock'))).toBe(false);
    rmSync(join(project, 'no-network'));
    expect((await start(['start'])).code).toBe(0);
  });

  test('builds the native part before the target, and goes on when it cannot be built', async () => {
    const folder = join(project, 'engine', 'executors', 'cpu');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'build.ts'), `console.log('no compiler: install one'); process.exit(1);`);
    const result = await start(['start']);
    expect(result.err).toContain('no compiler: install one');
    expect(JSON.parse(result.out)).toMatchObject({ verb: 'start' });
    expect(result.code).toBe(0);
  });

  test('starts Electron where it is to be used, and the served mode where it is not', async () => {
    const folder = join(project, 'electron', 'packaging');
    mkdirSync(folder, { recursive: true });
    const stand = join(project, 'stand-in.mjs');
    writeFileSync(stand, `console.log(JSON.stringify({ electron: process.argv.slice(2), folder: process.cwd() }));`);
    const answer = JSON.stringify({ command: process.execPath, leading: [stand, 'the app'] });
    writeFileSync(
      join(folder, 'prepare-start.ts'),
      `if (!process.argv.includes('--port')) process.stdout.write(${JSON.stringify(answer)});`,
    );
    const inElectron = await start(['start', 'photos']);
    expect(JSON.parse(inElectron.out)).toEqual({ electron: ['the app', 'photos'], folder: user });
    const served = await start(['start', 'photos', '--port', '1']);
    expect(JSON.parse(served.out)).toMatchObject({ verb: 'start', rest: ['photos', '--port', '1'] });
  });

  test('passes on the exit code of the target', async () => {
    expect((await start(['mambrush', 'fail', '7'])).code).toBe(7);
  });

  test('passes signals on to the target, which may end in its own way', async () => {
    expect((await start(['mambrush', 'wait'], (kill) => kill('SIGTERM'))).code).toBe(9);
  });

  test('an unknown script is refused with the names of those there are', async () => {
    const result = await start(['paint']);
    expect(result.code).toBe(1);
    expect(result.err).toContain('There are: start, mambrush, demo, bench');
  });
});
