/**
 * The engine for the package: its tree, each file without its types. Not a bundle: workers and processes are started by
 * their files' URLs, and resources are found relative to them. Convention: `.ts` becomes `.js`, also where one file names
 * another; a `.ts` name that is left over is an error.
 */
import { copyFileSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2024,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
  removeComments: true,
};
/** Built here; only what comes of it is of use elsewhere. */
const left = [
  ...['native/', 'build/', 'build.ts', 'operand-header.ts'].map((name) => `executors/cpu/${name}`),
  'cli/bootstrap.mjs',
];

/** @param from the folder `engine` @param to is filled, and not emptied */
export function writeEngineTree(from: string, to: string): void {
  const files = globSync('**/*.*', { cwd: from })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => !left.some((part) => name.startsWith(part)));
  const natives = globSync('executors/cpu/build/*.node', { cwd: from });
  for (const name of [...files, ...natives]) {
    const target = join(to, name);
    mkdirSync(dirname(target), { recursive: true });
    if (!name.endsWith('.ts')) copyFileSync(join(from, name), target);
    else writeFileSync(target.replace(/ts$/, 'js'), withoutTypes(name, readFileSync(join(from, name), 'utf8')));
  }
}

export function withoutTypes(name: string, source: string): string {
  const { outputText } = ts.transpileModule(source, { fileName: name, compilerOptions: options });
  const renamed = outputText.replaceAll(/(new URL\(\s*(['"])[^'"]+\.)ts(\2,\s*import\.meta\.url)/g, '$1js$3');
  const leftOver = /['"`][^'"`\n]*\.ts['"`]/.exec(renamed);
  if (leftOver !== null) throw new Error(`${name} names ${leftOver[0]} in a way that the package does not know`);
  return renamed;
}
