/**
 * The workstation for tests in real Electron, where somebody has fetched its binary: with MAMBRUSH_E2E=electron the same
 * specifications run in it. Convention: as `workstation.ts`, whose other half this is.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { _electron } from 'playwright-core';
import { buildApp } from '../../electron/packaging/build-app.ts';
import { findElectron } from '../../electron/packaging/find-electron.ts';
import { connectThroughShell } from './shell-connection.ts';
import type { RunInShell } from './shell-connection.ts';
import type { Workstation, WorkstationOptions } from './workstation.ts';

const address = 'app://mambrush/';

export type WorkstationProcess = Pick<
  Workstation,
  'address' | 'startMilliseconds' | 'page' | 'open' | 'connect' | 'enginePid' | 'close'
>;

/** @param folder for what it remembers */
export async function startInElectron(
  folder: string,
  { width = 1280, height = 800, language = 'en' }: WorkstationOptions,
): Promise<WorkstationProcess> {
  const electron = findElectron();
  if (electron === undefined) throw new Error('Electron is not here. Fetch it with: npx install-electron');
  const app = await buildApp();
  const home = join(folder, 'home');
  mkdirSync(home);
  writeFileSync(join(home, 'preferences.json'), JSON.stringify({ language }));
  // Its sandbox refuses to run for the superuser, as in a container.
  const words = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const started = performance.now();
  const application = await _electron.launch({
    executablePath: electron.binary,
    args: [...words, app],
    env: { ...Object.fromEntries(inherited), HOME: folder, MAMBRUSH_HOME: home },
  });
  const page = await application.firstWindow();
  const startMilliseconds = performance.now() - started;
  await application.evaluate(({ BrowserWindow }, [w, h]) => BrowserWindow.getAllWindows()[0]?.setContentSize(w, h), [
    width,
    height,
  ] as const);
  // Its modules are the shell's; of them, the connection uses one.
  const run = application.evaluate.bind(application) as unknown as RunInShell;
  return {
    address,
    startMilliseconds,
    page,
    open: async (project) => {
      await page.goto(project === undefined ? address : `${address}?open=${encodeURIComponent(project)}`);
    },
    connect: () => connectThroughShell(run),
    enginePid: () =>
      application.evaluate(
        ({ app: shell }) => shell.getAppMetrics().find(({ name }) => name === 'Mambrush engine')!.pid,
      ),
    close: () => application.close(),
  };
}
