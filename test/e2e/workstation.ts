/**
 * The whole workstation for tests: the built window, served by the real command in a process of its own, opened in
 * Chromium; with MAMBRUSH_E2E=electron in Electron instead. Convention: what it remembers of a person, and every project, are in a temporary folder that goes in the end.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import type { EngineConnection } from '../../engine/contract/connection.ts';
import { buildWindow } from '../../renderer/build-window.ts';
import { launchChromium } from '../fixtures/chromium.ts';
import { connectSocket } from '../fixtures/engine-socket.ts';
import { startInElectron } from './electron-workstation.ts';
import type { WorkstationProcess } from './electron-workstation.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

export interface WorkstationOptions {
  readonly width?: number;
  readonly height?: number;
  readonly language?: 'en' | 'zh-CN';
  /** More switches of the browser's command line; none of Electron's. */
  readonly switches?: readonly string[];
  /** More of the environment of the served engine. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Workstation {
  /** Everything of it is in here, and what a test puts there. */
  readonly folder: string;
  readonly address: string;
  /** From the command to the printed address. */
  readonly startMilliseconds: number;
  readonly page: Page;
  /** What went wrong in the page without being said to the person. */
  readonly pageErrors: string[];
  /** A copy of the sample, with nothing of Mambrush in it. @returns its path */
  copySample(name?: string): string;
  /** A copy of the sample as a project, and a connection that has it open. */
  importSample(): Promise<{ readonly project: string; readonly engine: EngineConnection }>;
  /** Opens the window anew, at a project if one is named. */
  open(project?: string): Promise<void>;
  /** Another window's connection to the same engine. */
  connect(): EngineConnection;
  /** The process of engine, HTTP and sockets, to be killed. */
  enginePid(): Promise<number>;
  close(): Promise<void>;
}

export async function startWorkstation(options: WorkstationOptions = {}): Promise<Workstation> {
  const folder = mkdtempSync(join(tmpdir(), 'mambrush-e2e-'));
  const start = process.env['MAMBRUSH_E2E'] === 'electron' ? startInElectron : startServed;
  const started = await start(folder, options);
  const { page } = started;
  const connections: EngineConnection[] = [];
  const pageErrors: string[] = [];
  page.on('pageerror', (error) => pageErrors.push(error.stack ?? error.message));
  page.on('console', (message) => {
    // A socket that cannot be opened while the engine is down is said to the person by the window itself.
    if (message.type() === 'error' && !/WebSocket connection/.test(message.text())) pageErrors.push(message.text());
  });
  const copySample = (name = 'sample'): string => {
    const copy = join(folder, name);
    cpSync(join(root, 'resources', 'sample'), copy, { recursive: true });
    return copy;
  };
  const connect = (): EngineConnection => {
    const connection = started.connect();
    connections.push(connection);
    return connection;
  };
  return {
    ...started,
    folder,
    pageErrors,
    copySample,
    connect,
    importSample: async () => {
      const [project, engine] = [copySample(), connect()];
      await engine.request('dataset.import', { folder: project });
      return { project, engine };
    },
    close: async () => {
      for (const connection of connections) await connection.close();
      await started.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startServed(
  folder: string,
  { width = 1280, height = 800, language = 'en', switches = [], environment = {} }: WorkstationOptions,
): Promise<WorkstationProcess> {
  await buildWindow();
  const started = performance.now();
  const { served, address } = await serve(folder, environment);
  const startMilliseconds = performance.now() - started;
  const browser = await launchChromium(switches);
  const context = await browser.newContext({ viewport: { width, height }, locale: language });
  const page = await context.newPage();
  return {
    address,
    startMilliseconds,
    page,
    open: async (project) => {
      await page.goto(project === undefined ? address : `${address}&open=${encodeURIComponent(project)}`);
    },
    connect: () => {
      const { port, searchParams } = new URL(address);
      return connectSocket(Number(port), searchParams.get('token') ?? '').connection;
    },
    enginePid: () => childOf(served),
    close: async () => {
      await browser.close();
      served.kill('SIGTERM');
      if (served.exitCode === null) await once(served, 'exit');
    },
  };
}

async function serve(
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ served: ChildProcess; address: string }> {
  const served = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(root, 'engine', 'cli', 'main.ts'), 'serve'],
    {
      cwd: folder,
      env: { ...process.env, HOME: folder, MAMBRUSH_HOME: join(folder, 'home'), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let errors = '';
  served.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const address = await new Promise<string>((settle, reject) => {
    let output = '';
    served.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const [line] = output.split('\n');
      if (output.includes('\n') && line !== undefined) settle(line);
    });
    served.once('exit', () => reject(new Error(`serve ended: ${errors}`)));
  });
  return { served, address };
}

/** The process that does the work, below the one that supervises it. */
async function childOf(served: ChildProcess): Promise<number> {
  const children = await readFile(`/proc/${served.pid ?? 0}/task/${served.pid ?? 0}/children`, 'utf8');
  return Number(children.trim().split(' ')[0]);
}
