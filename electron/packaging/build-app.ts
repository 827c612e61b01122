/**
 * Builds the whole application for Electron into `out/app`, when its sources changed since the last time: the bundled
 * shell and window, the engine's tree, resources, licences. Not an installer: that is `package-app.ts`. Convention: the
 * built tree has the layout of the source tree; it replaces the old one by a rename when it is finished.
 */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'electron-vite';
import { writeEngineTree } from './engine-tree.ts';
import { licenceTexts } from './licences.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const appFolder = join(root, 'out', 'app');
const stampName = 'sources.sha256';
const sources = [
  'electron/**/*',
  'engine/**/*.*',
  'renderer/**/*',
  'resources/**/*',
  'electron.vite.config.ts',
  'package.json',
  'package-lock.json',
];
/** Bundled into the window. */
const windowPackages = ['vue', 'pinia', 'vue-i18n', '@lucide/vue', '@tanstack/vue-virtual', 'uplot'];

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** @returns the folder that Electron is started with */
export async function buildApp(): Promise<string> {
  const stamp = hashOfSources();
  const stampFile = join(appFolder, stampName);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return appFolder;
  const folder = `${appFolder}-${process.pid}`;
  const old = `${folder}-old`;
  try {
    await fill(folder);
    writeFileSync(join(folder, stampName), stamp);
    if (existsSync(appFolder)) renameSync(appFolder, old);
    renameSync(folder, appFolder);
  } finally {
    for (const left of [folder, old]) rmSync(left, { recursive: true, force: true });
  }
  return appFolder;
}

async function fill(folder: string): Promise<void> {
  const { name, version, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
  process.env['MAMBRUSH_APP_FOLDER'] = folder;
  await build({ root, configFile: join(root, 'electron.vite.config.ts'), logLevel: 'warn' });
  writeEngineTree(join(root, 'engine'), join(folder, 'engine'));
  for (const part of ['sample', 'self-check']) {
    cpSync(join(root, 'resources', part), join(folder, 'resources', part), { recursive: true });
  }
  mkdirSync(join(folder, 'licences'));
  copyFileSync(join(root, 'LICENSE'), join(folder, 'licences', 'LICENSE.txt'));
  const licences = licenceTexts(root, [...Object.keys(dependencies), ...windowPackages]);
  writeFileSync(join(folder, 'licences', 'third-party.txt'), licences);
  const manifest = { name, version, type: 'module', main: 'electron/main.js' };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

function hashOfSources(): string {
  const hash = createHash('sha256');
  const files = globSync(sources, { cwd: root }).sort();
  for (const file of files) {
    const path = join(root, file);
    if (statSync(path).isFile()) hash.update(file).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildApp();
