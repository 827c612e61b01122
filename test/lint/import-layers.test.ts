import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
// The pretended files are in no TypeScript project, so the rules that need types are off here.
const eslint = new ESLint({ cwd: root, overrideConfig: [{ ...tseslint.configs.disableTypeChecked, files: ['**'] }] });

/** The rules that refuse the text at this place, without those that ask only for a comment or for a use. */
async function refusals(file: string, text: string): Promise<readonly (string | null)[]> {
  const results = await eslint.lintText(`/** What it is. */\n${text}\n`, { filePath: `${root}${file}` });
  const ignored = ['@typescript-eslint/no-unused-vars'];
  return results
    .flatMap((result) => result.messages.map(({ ruleId }) => ruleId))
    .filter((id) => !ignored.includes(id!));
}

/** Any file of a layer, for an import must lead to one that is there. */
function someFileOf(folder: string): string {
  return readdirSync(`${root}${folder}`).find((name) => name.endsWith('.ts'))!;
}

const importing = (source: string): string => `import { something } from '${source}';\nsomething();`;

describe('a layer may import what its line in the list names, and nothing else', () => {
  test.each([
    ['engine/train/pretended.ts', `../store/${someFileOf('engine/store')}`],
    ['engine/dataset/images/formats/pretended.ts', '../../../contract/progress.ts'],
    ['engine/dataset/export/pretended.ts', `../masks/${someFileOf('engine/dataset/masks')}`],
    ['engine/host/verbs/pretended.ts', `../projects/${someFileOf('engine/host/projects')}`],
    ['renderer/stores/review/pretended.ts', `../train/${someFileOf('renderer/stores/train')}`],
    ['engine/executors/cpu/pretended.ts', '../../contract/error.ts'],
    ['engine/executors/cpu/pretended.ts', `../../program/${someFileOf('engine/program')}`],
    ['engine/network/pretended.ts', '../random.ts'],
    ['electron/pretended.ts', '../engine/contract/error.ts'],
    ['renderer/stores/pretended.ts', '../../engine/contract/error.ts'],
    ['test/store/pretended.test.ts', `../../engine/store/${someFileOf('engine/store')}`],
  ])('%s may import %s', async (file, source) => {
    expect(await refusals(file, importing(source))).toEqual([]);
  });

  test.each([
    ['engine/contract/pretended.ts', `../store/${someFileOf('engine/store')}`],
    ['engine/program/pretended.ts', '../contract/error.ts'],
    ['engine/store/pretended.ts', `../dataset/masks/${someFileOf('engine/dataset/masks')}`],
    ['engine/dataset/images/pretended.ts', `../masks/${someFileOf('engine/dataset/masks')}`],
    ['engine/dataset/masks/pretended.ts', `../export/${someFileOf('engine/dataset/export')}`],
    ['engine/compute/pretended.ts', `../train/${someFileOf('engine/train')}`],
    ['engine/host/projects/pretended.ts', `../trainers/${someFileOf('engine/host/trainers')}`],
    ['renderer/stores/project/pretended.ts', `../train/${someFileOf('renderer/stores/train')}`],
    ['engine/train/pretended.ts', `../executors/reference/${someFileOf('engine/executors/reference')}`],
    ['engine/executors/cpu/pretended.ts', '../../contract/progress.ts'],
    ['engine/executors/cpu/pretended.ts', `../reference/${someFileOf('engine/executors/reference')}`],
    ['engine/cli/pretended.ts', `../store/${someFileOf('engine/store')}`],
    ['electron/pretended.ts', `../engine/store/${someFileOf('engine/store')}`],
    ['renderer/pretended.ts', '../engine/random.ts'],
    ['renderer/canvas/pretended.ts', '../../engine/contract/error.ts'],
    ['engine/store/pretended.ts', '../../test/fixtures/shared.ts'],
  ])('%s may not import %s', async (file, source) => {
    expect(await refusals(file, importing(source))).toContain('import-x/no-restricted-paths');
  });

  test.each(['ipcMain', 'ipcRenderer', 'contextBridge'])('%s is for the bridge alone', async (name) => {
    const text = `import { ${name} } from 'electron';\nexport const raw = ${name};`;
    expect(await refusals('electron/pretended.ts', text)).toEqual(['@typescript-eslint/no-restricted-imports']);
    expect(await refusals('electron/bridge/pretended.ts', text)).toEqual([]);
  });

  test('an import of types alone counts too', async () => {
    const text = `import type { Something } from '../contract/error.ts';\nexport type Other = Something;`;
    expect(await refusals('engine/program/pretended.ts', text)).toEqual(['import-x/no-restricted-paths']);
  });

  test('a file of the engine in a folder that is not listed is refused', async () => {
    expect(await refusals('engine/elsewhere/pretended.ts', 'export const one = 1;')).toEqual(['no-restricted-syntax']);
  });
});

describe('a package has one layer that may import it', () => {
  test.each([
    ['sharp', 'engine/dataset/images', 'engine/store'],
    ['better-sqlite3', 'engine/store', 'engine/dataset/images'],
    ['onnxruntime-node', 'engine/infer', 'engine/onnx'],
    ['electron', 'electron', 'engine/host'],
    ['vue', 'renderer/views', 'renderer/canvas'],
    ['zod', 'engine/contract', 'engine/program'],
    ['node:fs', 'engine/store', 'engine/contract'],
  ])('%s: %s may, %s may not', async (name, may, mayNot) => {
    expect(await refusals(`${may}/pretended.ts`, importing(name))).toEqual([]);
    expect(await refusals(`${mayNot}/pretended.ts`, importing(name))).toEqual(['no-restricted-imports']);
  });

  test('an import at run time counts too', async () => {
    const text = `export const load = (): Promise<unknown> => import('sharp');`;
    expect(await refusals('engine/dataset/images/pretended.ts', text)).toEqual([]);
    expect(await refusals('engine/infer/pretended.ts', text)).toEqual(['no-restricted-syntax']);
  });
});

describe('the rest of the house style that lint holds', () => {
  test('two files that import each other are refused', async () => {
    // engine/dataset/images/image-error.ts imports this file on disk.
    const text = `import { something } from '../dataset/images/image-error.ts';\nexport const other = something;`;
    expect(await refusals('engine/contract/error.ts', text)).toContain('import-x/no-cycle');
  });

  test.each([
    ['a default export', 'engine/store/pretended.ts', 'export default 1;', 'import-x/no-default-export'],
    ['any', 'engine/store/pretended.ts', 'export const a: any = 1;', '@typescript-eslint/no-explicit-any'],
    ['a name in camelCase', 'engine/store/pretendedFile.ts', 'export const a = 1;', 'house/file-name'],
    ['a file called utils', 'engine/store/utils.ts', 'export const a = 1;', 'house/file-name'],
    ['printing from the engine', 'engine/store/pretended.ts', `console.log('a');`, 'no-console'],
    ['more than 400 lines', 'engine/store/pretended.ts', 'void 0;\n'.repeat(401), 'max-lines'],
  ])('%s is refused', async (_, file, text, rule) => {
    expect(await refusals(file, text)).toContain(rule);
  });

  test('a file of the engine without an opening comment is refused', async () => {
    const [result] = await eslint.lintText('export const a = 1;\n', { filePath: `${root}engine/store/pretended.ts` });
    expect(result?.messages.map(({ ruleId }) => ruleId)).toEqual(['house/opening-comment']);
  });
});
