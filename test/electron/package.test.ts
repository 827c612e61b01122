import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../electron/packaging/build-app.ts';
import { makePackage } from '../../electron/packaging/make-package.ts';
import { addonPath, loadAddon } from '../../engine/executors/cpu/native-addon.ts';

/** Before each fuse of Electron's binary, where whoever sets them finds it; behind it a version, a count, and the fuses. */
const sentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const fuseNames = [
  'runAsNode',
  'cookieEncryption',
  'nodeOptions',
  'nodeCliInspect',
  'asarIntegrity',
  'onlyAsar',
  'browserSnapshot',
  'fileProtocolPrivileges',
];

const folder = mkdtempSync(join(tmpdir(), 'mambrush-package-'));
const { platform, arch } = process;
const hasNativePart = !('reason' in loadAddon());

/** What stands beside and in place of Electron's binary: electron-builder does not run it. */
function standInElectron(): string {
  const dist = join(folder, 'electron');
  mkdirSync(join(dist, 'resources'), { recursive: true });
  mkdirSync(join(dist, 'locales'));
  const fuses = Buffer.concat([Buffer.from([1, fuseNames.length]), Buffer.from('10110011')]);
  writeFileSync(join(dist, 'electron'), Buffer.concat([Buffer.alloc(64), Buffer.from(sentinel), fuses]));
  chmodSync(join(dist, 'electron'), 0o755);
  for (const name of ['LICENSE', 'LICENSES.chromium.html', 'version', 'chrome-sandbox']) {
    writeFileSync(join(dist, name), name);
  }
  for (const language of ['en-US', 'zh-CN', 'de']) writeFileSync(join(dist, 'locales', `${language}.pak`), language);
  return dist;
}

interface ArchiveFolder {
  readonly files?: Readonly<Record<string, ArchiveFolder>>;
}

/** An archive begins with four lengths (uint32), the last of them that of its directory, which is JSON. */
function namesInArchive(path: string): readonly string[] {
  const archive = readFileSync(path);
  const directory = JSON.parse(archive.toString('utf8', 16, 16 + archive.readUInt32LE(12))) as ArchiveFolder;
  const list = ({ files = {} }: ArchiveFolder, above: string): readonly string[] =>
    Object.entries(files).flatMap(([name, entry]) => [`${above}/${name}`, ...list(entry, `${above}/${name}`)]);
  return list(directory, '');
}

describe.skipIf(platform !== 'linux' || !hasNativePart)('the package (needs Linux and the native part)', () => {
  const unpacked = join(folder, 'dist', arch === 'arm64' ? 'linux-arm64-unpacked' : 'linux-unpacked');
  let names: readonly string[];
  const outside = (path: string): string => join(unpacked, 'resources', 'app.asar.unpacked', path);

  beforeAll(async () => {
    const app = await buildApp();
    await makePackage({ app, electronFolder: standInElectron(), output: join(folder, 'dist'), dir: true });
    names = namesInArchive(join(unpacked, 'resources', 'app.asar'));
  }, 120_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('holds shell, window, engine and resources in one archive, and no source', () => {
    for (const name of [
      '/package.json',
      '/electron/main.js',
      '/electron/preload.cjs',
      '/electron/gpu-host-preload.cjs',
      '/renderer/index.html',
      '/renderer/gpu-host/gpu-host.html',
      '/engine/host/serving/utility/utility-engine-process.js',
      '/engine/host/serving/utility/utility-trainer-process.js',
      '/engine/train/metrics/evaluation-worker.js',
      '/resources/self-check/self-check.safetensors',
      '/node_modules/zod/package.json',
    ]) {
      expect(names).toContain(name);
    }
    expect(names.filter((name) => /^\/renderer\/assets\/gpu-worker-.+\.js$/.test(name))).toHaveLength(1);
    expect(names).not.toContain('/engine/cli/main.js');
    expect(names.filter((name) => /^\/(engine|electron|renderer)\/.*\.(ts|vue|cpp|h)$/.test(name))).toEqual([]);
  });

  it('has its native parts outside, where the system’s loader finds them, and none of another system', () => {
    expect(readFileSync(outside(`engine/executors/cpu/build/mambrush-cpu-${platform}-${arch}.node`))).toEqual(
      readFileSync(addonPath),
    );
    const natives = names.filter((name) => /\.(node|dll|dylib|so)$|\.so\./.test(name));
    expect(natives.length).toBeGreaterThanOrEqual(6);
    for (const name of natives) expect(readFileSync(outside(name)).length).toBeGreaterThan(0);
    const foreign = natives.filter(
      (name) => !name.includes(`${platform}-${arch}`) && !name.includes(`${platform}/${arch}`),
    );
    expect(foreign.filter((name) => !name.includes('libvips') && !name.includes('sharp'))).toEqual([]);
    expect(names.filter((name) => /^\/node_modules\/(webgpu|node-api-headers|electron|vite|vue)\//.test(name))).toEqual(
      [],
    );
  });

  it('has its fuses set: no Node in disguise, no inspector, nothing but the archive', () => {
    const binary = readFileSync(join(unpacked, 'mambrush'));
    const at = binary.indexOf(sentinel) + sentinel.length + 2;
    const fuses = Object.fromEntries(fuseNames.map((name, i) => [name, binary.toString('latin1', at + i, at + i + 1)]));
    expect(fuses).toEqual({
      runAsNode: '0',
      cookieEncryption: '1',
      nodeOptions: '0',
      nodeCliInspect: '0',
      asarIntegrity: '1',
      onlyAsar: '1',
      browserSnapshot: '1',
      fileProtocolPrivileges: '0',
    });
  });

  it('says the licences of all that is in it', () => {
    expect(readFileSync(join(unpacked, 'resources', 'licences', 'LICENSE.txt'), 'utf8')).toContain('MIT');
    const others = readFileSync(join(unpacked, 'resources', 'licences', 'third-party.txt'), 'utf8');
    for (const name of ['better-sqlite3', 'onnxruntime-node', 'sharp', '@img/sharp-libvips', 'vue', 'pinia', 'zod']) {
      expect(others).toContain(`\n${name}`);
    }
  });
});
