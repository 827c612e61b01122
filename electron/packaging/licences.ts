/**
 * The licences of everything that is in the package, in one file. Convention: a package's own text, as it came; where it
 * has none, the name of its licence.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** @param names of the packages that ours uses directly */
export function licenceTexts(root: string, names: readonly string[]): string {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, LockedPackage>>;
  };
  const found = new Map<string, LockedPackage>();
  const follow = (name: string, from: string): void => {
    const nested = `${from}/node_modules/${name}`;
    const path = nested in packages ? nested : `node_modules/${name}`;
    const entry = packages[path];
    if (entry === undefined || found.has(path)) return;
    found.set(path, entry);
    const needed = { ...entry.dependencies, ...entry.optionalDependencies };
    for (const each of Object.keys(needed)) follow(each, path);
  };
  for (const name of names) follow(name, '');
  return [...found]
    .filter(([path]) => existsSync(join(root, path)))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, { version = '', license = '' }]) => {
      const title = `${path.replace(/^.*node_modules\//, '')} ${version} (${license})`;
      return `${title}\n${'='.repeat(title.length)}\n\n${textsIn(join(root, path)) ?? `Licence: ${license}\n`}`;
    })
    .join('\n\n');
}

function textsIn(folder: string): string | undefined {
  const names = readdirSync(folder).filter((name) => /^(licen[cs]e|copying|notice|third.?party)/i.test(name));
  const texts = names.map((name) => readFileSync(join(folder, name), 'utf8').trim());
  return texts.length === 0 ? undefined : `${texts.join('\n\n')}\n`;
}
