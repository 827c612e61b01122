import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { buildApp } from '../../electron/packaging/build-app.ts';

const script = fileURLToPath(new URL('built-shell-process.ts', import.meta.url));

it('the built application opens, imports, trains in a process of its own, and quits', async () => {
  const app = await buildApp();
  const folder = mkdtempSync(join(tmpdir(), 'mambrush-built-'));
  try {
    const env = { ...process.env, MAMBRUSH_HOME: join(folder, 'home') };
    const words = ['--disable-warning=ExperimentalWarning', script, app, folder];
    const { stdout } = await promisify(execFile)(process.execPath, words, { env, timeout: 50_000 });
    expect(JSON.parse(stdout)).toMatchObject({
      page: true,
      preload: join(app, 'electron', 'preload.cjs'),
      processes: [
        join(app, 'engine', 'host', 'serving', 'utility', 'utility-engine-process.js'),
        join(app, 'engine', 'host', 'serving', 'utility', 'utility-trainer-process.js'),
      ],
      status: 'done',
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);

it.each(['preload.cjs', 'gpu-host-preload.cjs'])(
  '%s, below its sandbox, needs nothing but Electron',
  async (name) => {
    const source = readFileSync(join(await buildApp(), 'electron', name), 'utf8');
    const needed = [...source.matchAll(/\brequire\(([^)]*)\)/g)].map(([, what]) => what);
    expect(needed).toEqual(['"electron"']);
  },
  120_000,
);
