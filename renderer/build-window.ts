/**
 * Bundles the window when its sources changed since the last time. Convention: the finished folder takes the old one's
 * place at once, so whoever is serving or building at the same time never sees half of it.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('../', import.meta.url));
const sources = [
  'renderer',
  'engine/contract',
  // The Worker that computes.
  'engine/program',
  'engine/network',
  'engine/executors/remote',
  'engine/executors/webgpu',
  'package-lock.json',
];
const finished = join(root, 'out', 'renderer');
const stampName = 'sources.sha256';

/** @returns the folder of the built window */
export async function buildWindow(): Promise<string> {
  const stamp = hashOfSources();
  const stampFile = join(finished, stampName);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return finished;
  const outDir = `${finished}-${process.pid}`;
  const stampPlugin = {
    name: 'stamp',
    generateBundle(this: { emitFile(file: { type: 'asset'; fileName: string; source: string }): string }) {
      this.emitFile({ type: 'asset', fileName: stampName, source: stamp });
    },
  };
  await build({
    configFile: join(root, 'renderer', 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir },
    plugins: [stampPlugin],
  });
  mkdirSync(join(root, 'out'), { recursive: true });
  const old = `${outDir}-old`;
  if (existsSync(finished)) renameSync(finished, old);
  renameSync(outDir, finished);
  rmSync(old, { recursive: true, force: true });
  return finished;
}

function hashOfSources(): string {
  const hash = createHash('sha256');
  for (const file of sources.flatMap((source) => filesIn(join(root, source)))) {
    hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

function filesIn(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  if (path.endsWith('.json')) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildWindow();
