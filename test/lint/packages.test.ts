import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};
const locked = (JSON.parse(read('package-lock.json')) as { packages: Readonly<Record<string, LockedPackage>> })
  .packages;

describe('the packages', () => {
  const direct = { ...manifest.dependencies, ...manifest.devDependencies };

  test.each(Object.entries(direct))(
    '%s %s stands in the table of README with its version and licence',
    (name, version) => {
      const rows = read('README.md')
        .split('\n')
        .map((line) => line.split('|').map((cell) => cell.trim()));
      const row = rows.find((cells) => cells[1] === `\`${name}\``);
      expect(row, `README.md has no line for ${name}`).toBeDefined();
      expect(row?.slice(2, 4)).toEqual([version, locked[`node_modules/${name}`]?.license]);
    },
  );

  test('are locked for every platform, or npm 11 refuses the lock file', () => {
    const missing = Object.entries(locked).flatMap(([place, entry]) =>
      Object.keys(entry.optionalDependencies ?? {}).filter(
        (name) => !(`node_modules/${name}` in locked) && !(`${place}/node_modules/${name}` in locked),
      ),
    );
    expect(missing).toEqual([]);
  });

  test('are locked without the name of a host, so that any registry or mirror serves them', () => {
    expect(Object.keys(locked).filter((place) => locked[place]?.resolved !== undefined)).toEqual([]);
  });
});
