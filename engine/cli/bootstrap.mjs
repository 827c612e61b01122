/**
 * The way in for every npm script: installs what is missing, builds the native part, then hands over to the target on
 * the Node 24 that is among the packages. Not part of the engine: plain JavaScript, because it runs on any Node from 20
 * on with nothing installed. Convention: standard output belongs to the target; everything said here goes to stderr.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, rmdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const windows = process.platform === 'win32';
/** The package "node" puts the real binary here; `.bin/node` is only a link to it, and on Windows a batch file. */
const node24 = join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node');
const stampFile = join(root, 'node_modules', '.mambrush-install');
const lockFolder = join(root, '.mambrush-install.lock');
const npmFile = join(lockFolder, 'npm');

const heartbeatMs = 2_000;
/** A lock without a heartbeat for this long belongs to a process that died; its npm may still be at work, though. */
const staleMs = 15_000;
const longestInstallMs = 600_000;

const targets = {
  start: { file: 'engine/cli/main.ts', leading: ['start'] },
  mambrush: { file: 'engine/cli/main.ts', leading: [] },
  demo: { file: 'engine/cli/main.ts', leading: ['demo'] },
  bench: { file: 'test/bench/run.ts', leading: [] },
  'bench:ui': { file: 'test/bench/ui.ts', leading: [] },
  'bench:gpu': { file: 'test/bench/gpu.ts', leading: [] },
  screenshots: { file: 'test/e2e/screenshots.ts', leading: [] },
  test: { file: 'test/run.ts', leading: [], inRoot: true },
  package: { file: 'electron/packaging/package-app.ts', leading: [], inRoot: true },
};

/** The child that is running now; the signal that asked us to end; the timer that keeps our lock fresh. */
let child;
let askedToEnd;
let heartbeat;

await main(process.argv.slice(2));

async function main([name = 'start', ...rest]) {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) {
    fail(`Mambrush needs Node 20 or newer; this is Node ${process.versions.node}. Newer ones are at nodejs.org.`);
  }
  const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
  if (target === undefined) {
    fail(`Mambrush has no "${name}". There are: ${Object.keys(targets).join(', ')}.`);
  }
  const userFolder = whereTheUserStands();
  // A process started by the target must not take this place for its own.
  delete process.env.INIT_CWD;
  passSignalsOn();

  await install();
  await buildNativePart();
  const electron = name === 'start' ? await prepareElectron(rest) : undefined;
  if (electron !== undefined) {
    const { command, leading } = electron;
    process.exit(exitCode(await run(command, [...leading, ...rest], { cwd: userFolder, stdio: 'inherit' })));
  }
  if (name === 'start' || (name === 'mambrush' && ['start', 'serve'].includes(rest[0]))) await buildWindow();
  const result = await run(node24, [...nodeOptions(), join(root, target.file), ...target.leading, ...rest], {
    cwd: target.inRoot ? root : userFolder,
    stdio: 'inherit',
  });
  process.exit(exitCode(result));
}

/** npm changes to the project's folder and keeps the user's in INIT_CWD. Run without npm, the two are the same. */
function whereTheUserStands() {
  const initial = process.env.INIT_CWD;
  const changedByNpm = resolve(process.cwd()) === resolve(root);
  return changedByNpm && initial !== undefined && existsSync(initial) ? initial : process.cwd();
}

function nodeOptions() {
  return ['--disable-warning=ExperimentalWarning'];
}

// ---- installing ----

async function install() {
  if (isInstalled()) {
    return;
  }
  await takeLock();
  try {
    // The one who had the lock before may have done the work.
    if (!isInstalled()) {
      await installPackages();
    }
  } finally {
    releaseLock();
  }
}

function isInstalled() {
  return existsSync(node24) && readIfThere(stampFile) === installStamp();
}

function installStamp() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}\n`;
}

async function installPackages() {
  const started = Date.now();
  say(
    existsSync(stampFile)
      ? 'The list of packages has changed: installing (about half a minute) …'
      : 'First start: installing the packages that Mambrush needs (about half a minute) …',
  );
  // Scripts stay off (.npmrc says why) but for the one that puts Node 24 in its place.
  const common = ['--loglevel=error', '--no-audit', '--no-fund'];
  await runNpm(['ci', '--include=dev', '--include=optional', '--ignore-scripts', ...common]);
  await runNpm(['rebuild', 'node', '--ignore-scripts=false', ...common]);
  if (!existsSync(node24)) {
    fail(
      `The packages are installed, but Node 24 is not at ${node24}. ` +
        'Delete the folder node_modules and run the command again.',
    );
  }
  writeFileSync(stampFile, installStamp());
  say(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

async function runNpm(args) {
  const npm = npmCommand();
  // npm's own output goes to stderr: standard output is the target's.
  const running = runStep(npm.command, [...npm.leading, ...args], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: npm.shell,
  });
  // Should we be killed, npm lives on: whoever finds the lock waits for it too.
  writeFileSync(npmFile, String(child.pid));
  const result = await running;
  if (result.code !== 0) {
    fail(
      result.error === undefined
        ? `"npm ${args[0]}" failed; what it said stands above. Without a network nothing can be installed. ` +
            'When the cause is gone, run the command again.'
        : `npm could not be started (${result.error.message}). It comes with Node: install Node again.`,
    );
  }
}

/** The npm that runs us; else the one beside this Node; else whichever the shell finds. */
function npmCommand() {
  const binFolder = dirname(process.execPath);
  const candidates = [
    process.env.npm_execpath,
    join(binFolder, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(binFolder, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  const script = candidates.find((file) => file && basename(file) === 'npm-cli.js' && existsSync(file));
  return script === undefined
    ? { command: 'npm', leading: [], shell: windows }
    : { command: process.execPath, leading: [script], shell: false };
}

// ---- one installation at a time ----

async function takeLock() {
  let told = false;
  while (!makeLock()) {
    if (lockIsDead()) {
      removeDeadLock();
      continue;
    }
    if (!told) {
      say('Another Mambrush is installing: waiting for it …');
      told = true;
    }
    await pause(200);
  }
}

/** Making a folder either succeeds for one process alone or fails: that is the lock. */
function makeLock() {
  if (!makeFolder(lockFolder)) {
    return false;
  }
  process.on('exit', releaseLock);
  heartbeat = setInterval(() => {
    // Gone only when someone removed it by hand, or this machine slept and another process took over.
    if (existsSync(lockFolder)) {
      utimesSync(lockFolder, new Date(), new Date());
    }
  }, heartbeatMs);
  return true;
}

function releaseLock() {
  if (heartbeat !== undefined) {
    clearInterval(heartbeat);
    heartbeat = undefined;
    rmSync(lockFolder, { recursive: true, force: true });
  }
}

function lockIsDead() {
  const age = ageOf(lockFolder);
  return age > longestInstallMs || (age > staleMs && !isRunning(Number(readIfThere(npmFile))));
}

/** How long ago the folder was touched, in milliseconds; 0 when it is not there. */
function ageOf(folder) {
  const info = statSync(folder, { throwIfNoEntry: false });
  return info === undefined ? 0 : Date.now() - info.mtimeMs;
}

function isRunning(pid) {
  if (!(pid > 0)) {
    return false;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/**
 * Two may find the same dead lock; only the one who makes the second folder may remove it, and looks again first, for
 * the other may have put a fresh one there meanwhile.
 */
function removeDeadLock() {
  const takeover = `${lockFolder}.takeover`;
  if (makeFolder(takeover)) {
    if (lockIsDead()) {
      rmSync(lockFolder, { recursive: true, force: true });
    }
    rmdirSync(takeover);
  } else if (ageOf(takeover) > staleMs) {
    rmSync(takeover, { recursive: true, force: true });
  }
}

function makeFolder(folder) {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') {
      return false;
    }
    return fail(`Cannot write into ${root} (${error.message}). Mambrush installs itself there: make it writable.`);
  }
}

// ---- the native part ----

/** Does nothing when it is up to date. It says itself why it cannot be built; the reference executor still serves. */
async function buildNativePart() {
  const build = join(root, 'engine', 'executors', 'cpu', 'build.ts');
  if (existsSync(build)) {
    await runStep(node24, [...nodeOptions(), build], { cwd: root, stdio: ['ignore', 2, 2] });
  }
}

/** The window; it does nothing when its sources are as they were. */
async function buildWindow() {
  const build = join(root, 'renderer', 'build-window.ts');
  if (!existsSync(build)) {
    return;
  }
  const result = await runStep(node24, [...nodeOptions(), build], { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.code !== 0) {
    fail('The window could not be built; why stands above.');
  }
}

/** How to start the window in Electron; undefined where it is served to a browser instead. */
async function prepareElectron(words) {
  const prepare = join(root, 'electron', 'packaging', 'prepare-start.ts');
  if (!existsSync(prepare)) {
    return undefined;
  }
  let answer = '';
  const step = runStep(node24, [...nodeOptions(), prepare, ...words], { cwd: root, stdio: ['ignore', 'pipe', 2] });
  child.stdout.setEncoding('utf8').on('data', (text) => (answer += text));
  const result = await step;
  if (result.code !== 0) {
    fail('The window could not be built; why stands above.');
  }
  return answer === '' ? undefined : JSON.parse(answer);
}

// ---- processes ----

/** Runs a command to its end: `{ code, signal }`, or `{ error }` when it could not be started. */
function run(command, args, options) {
  return new Promise((settle) => {
    child = spawn(command, args, options);
    child.once('error', (error) => settle({ error }));
    child.once('close', (code, signal) => {
      child = undefined;
      settle({ code, signal });
    });
  });
}

/** A step before the target: whoever interrupts it does not want the rest either. */
async function runStep(command, args, options) {
  const result = await run(command, args, options);
  if (askedToEnd !== undefined) {
    process.exit(128 + constants.signals[askedToEnd]);
  }
  return result;
}

function exitCode(result) {
  if (result.error !== undefined) {
    return fail(`Cannot start Node 24 (${result.error.message}). Delete the folder node_modules and try again.`);
  }
  return result.signal ? 128 + constants.signals[result.signal] : result.code;
}

function passSignalsOn() {
  // Ctrl+C at a terminal reaches the child without us; sent again it would look like a second, impatient one.
  const atTerminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      askedToEnd = signal;
      if (child === undefined) {
        process.exit(128 + constants.signals[signal]);
      }
      if (signal !== 'SIGINT' || !atTerminal) {
        child.kill(signal);
      }
    });
  }
}

// ---- small things ----

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function pause(milliseconds) {
  return new Promise((settle) => setTimeout(settle, milliseconds));
}

function say(text) {
  process.stderr.write(`mambrush: ${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(1);
}
