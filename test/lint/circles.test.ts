/**
 * No circle of any kind among the project's files: lint sees those of code alone, here imports of types count too.
 * Convention: a circle is named by its files.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const files = globSync('{engine,renderer,electron}/**/*.{ts,vue}', { cwd: root }).map((name) =>
  name.split('\\').join('/'),
);

/** What a file imports of ours, types included. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const named = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']*)'/g)].map(([, path]) => path!);
  return named.map((path) => posix.normalize(posix.join(dirname(file), path)));
}

/** The first circle that a walk through the files comes to: files, each importing the next, the last one the first. */
function findCircle(imports: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const walk = (file: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of imports.get(file) ?? []) {
      const circle = walk(next, [...way, file]);
      if (circle !== undefined) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const circle = walk(file, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

test('no two files import each other, directly or by way of others', () => {
  const imports = new Map(files.map((file) => [file, importsOf(file)]));
  expect([...imports.values()].flat().length).toBeGreaterThan(1000);
  expect(findCircle(imports)).toBeUndefined();
});

test('a circle would be found', () => {
  const imports = new Map([
    ['a', ['b']],
    ['b', ['c']],
    ['c', ['b']],
  ]);
  expect(findCircle(imports)).toEqual(['b', 'c', 'b']);
});
