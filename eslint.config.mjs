/**
 * The rules of the house, as far as a machine can hold them: who may import whom, named exports, no `any`, file names,
 * file lengths. Not a style checker: layout is Prettier's. Convention: `layers` is the one list of who may import what.
 */
import { basename } from 'node:path';
import { builtinRules } from 'eslint/use-at-your-own-risk';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import vue from 'eslint-plugin-vue';
import tseslint from 'typescript-eslint';
import vueParser from 'vue-eslint-parser';

/** Files that serve every layer of the engine but the contract: seeded random numbers, atomic writes, pacing. */
const anywhere = [
  'random',
  'bounded',
  'in-bands',
  'replace-file',
  'write-atomically',
  'write-error',
  'make-folder',
].map((name) => `engine/${name}.ts`);
const errors = 'engine/contract/error.ts';
const engine = (...names) => [...names.map((name) => `engine/${name}`), ...anywhere];
const dataset = (...rooms) => rooms.map((name) => `engine/dataset/${name}`);
const host = (...rooms) => rooms.map((name) => `engine/host/${name}`);
const stores = (...rooms) => rooms.map((name) => `renderer/stores/${name}`);

/** What a room of the host works with: everything below the host. */
const belowHost = engine(
  'contract',
  'store',
  'dataset',
  'program',
  'network',
  'executors',
  'compute',
  'train',
  'onnx',
  'infer',
  'version.ts',
);
/** What a room of the window's stores works with. */
const belowStores = [
  'engine/contract',
  'renderer/canvas',
  'renderer/commands',
  'renderer/composables',
  'renderer/locales',
  'renderer/transport',
  'renderer/engine.ts',
];
const vuePackages = ['vue', 'pinia', 'vue-i18n', '@lucide/vue', '@tanstack/vue-virtual', 'uplot'];

/**
 * A layer may import itself, the project's files and folders in `ours`, and the npm packages in `packages`. Nothing
 * else: an import that is not listed here is an error. In the order in which data flows. A room inside a layer has a line
 * of its own, which counts instead of the layer's.
 */
const layers = {
  'engine/contract': { ours: [], packages: ['zod'], node: false },
  'engine/random.ts': { ours: [], packages: [], node: false },
  'engine/bounded.ts': { ours: [], packages: [], node: false },
  'engine/in-bands.ts': { ours: [], packages: [] },
  'engine/replace-file.ts': { ours: [], packages: [] },
  'engine/write-atomically.ts': { ours: ['engine/replace-file.ts'], packages: [] },
  'engine/write-error.ts': { ours: [errors], packages: [] },
  'engine/make-folder.ts': { ours: [], packages: [] },
  'engine/version.ts': { ours: [], packages: ['zod'] },
  'engine/window-files.ts': { ours: [errors], packages: [] },
  'engine/store': { ours: engine('contract'), packages: ['better-sqlite3', 'zod'] },
  'engine/dataset/images': { ours: engine('contract', 'store'), packages: ['sharp'] },
  'engine/dataset/masks': { ours: [...engine('contract', 'store'), ...dataset('images')], packages: ['sharp'] },
  'engine/dataset/import': {
    ours: [...engine('contract', 'store'), ...dataset('images', 'masks')],
    packages: ['zod'],
  },
  'engine/dataset/split': { ours: [...engine('contract', 'store'), ...dataset('images')], packages: [] },
  'engine/dataset/samples': { ours: [...engine('contract', 'store'), ...dataset('images')], packages: ['zod'] },
  'engine/dataset/export': {
    ours: [...engine('contract', 'store'), ...dataset('images', 'masks', 'samples')],
    packages: ['sharp', 'zod'],
  },
  'engine/program': { ours: ['engine/random.ts'], packages: [], node: false },
  'engine/network': { ours: engine('program', 'contract'), packages: ['zod'] },
  'engine/executors/reference': { ours: engine('program', 'contract/error.ts'), packages: [] },
  'engine/executors/cpu': { ours: engine('program', 'contract/error.ts'), packages: [] },
  'engine/executors/webgpu': { ours: engine('program', 'contract/error.ts'), packages: ['webgpu'] },
  // An executor elsewhere, over a port.
  'engine/executors/remote': {
    ours: engine('program', 'contract/error.ts', 'contract/error-value.ts', 'contract/wire.ts'),
    packages: ['zod'],
    node: false,
  },
  'engine/compute': { ours: engine('program', 'network', 'executors', 'contract', 'version.ts'), packages: [] },
  'engine/train': { ours: engine('program', 'network', 'dataset', 'store', 'contract'), packages: ['zod'] },
  'engine/onnx': { ours: engine('program', 'network', 'contract'), packages: [] },
  'engine/infer': {
    ours: engine('program', 'network', 'dataset', 'contract'),
    packages: ['onnxruntime-node', 'zod'],
  },
  'engine/host': { ours: [...belowHost, 'engine/window-files.ts'], packages: ['zod'] },
  'engine/host/projects': { ours: belowHost, packages: ['zod'] },
  'engine/host/answers': { ours: [...belowHost, ...host('projects')], packages: ['zod'] },
  'engine/host/trainers': { ours: [...belowHost, ...host('projects', 'answers')], packages: ['zod'] },
  'engine/host/predicting': { ours: [...belowHost, ...host('projects', 'answers')], packages: ['zod'] },
  'engine/host/verbs': {
    ours: [
      ...belowHost,
      ...host('projects', 'answers', 'trainers', 'predicting', 'engine-context.ts', 'close-project.ts'),
    ],
    packages: ['zod'],
  },
  'engine/host/serving': {
    ours: [...belowHost, 'engine/window-files.ts', ...host('projects', 'trainers', 'engine.ts')],
    packages: ['zod', 'ws'],
  },
  'engine/cli': { ours: ['engine/contract', 'engine/host', 'engine/version.ts'], packages: ['zod'] },
  electron: {
    ours: [
      'engine/contract',
      'engine/replace-file.ts',
      'engine/window-files.ts',
      // Plain lists, for the menu.
      'renderer/commands/catalogue.ts',
      'renderer/locales/en/commands.ts',
      'renderer/locales/zh-CN/commands.ts',
    ],
    packages: ['electron'],
  },
  'electron/packaging': {
    ours: ['engine/executors/cpu/build.ts'],
    packages: ['typescript', 'electron-vite', 'electron-builder', 'sharp'],
  },
  renderer: { ours: ['engine/contract'], packages: vuePackages, node: false },
  'renderer/stores/shell': { ours: belowStores, packages: vuePackages, node: false },
  'renderer/stores/project': { ours: [...belowStores, ...stores('shell')], packages: vuePackages, node: false },
  'renderer/stores/canvas': {
    ours: [...belowStores, ...stores('shell', 'project')],
    packages: vuePackages,
    node: false,
  },
  ...Object.fromEntries(
    ['annotate', 'train'].map((room) => [
      `renderer/stores/${room}`,
      { ours: [...belowStores, ...stores('shell', 'project', 'canvas')], packages: vuePackages, node: false },
    ]),
  ),
  ...Object.fromEntries(
    ['review', 'export', 'gallery'].map((room) => [
      `renderer/stores/${room}`,
      { ours: [...belowStores, ...stores('shell', 'project', 'canvas', 'train')], packages: vuePackages, node: false },
    ]),
  ),
  // Drawing and tools: no Vue and no contract, so that they stay plain and fast.
  'renderer/build-window.ts': { ours: [], packages: ['vite'] },
  'renderer/vite.config.ts': { ours: [], packages: ['vite', '@vitejs/plugin-vue'] },
  'renderer/canvas': { ours: [], packages: [], node: false },
  // The one place of the window that computes.
  'renderer/gpu-host': {
    ours: [
      'engine/executors/webgpu',
      'engine/executors/remote',
      'engine/network/build-program.ts',
      'engine/program',
      'engine/contract',
    ],
    packages: [],
    node: false,
  },
};

export default [
  { ignores: ['node_modules/', 'dist/', 'out/', 'build/', '**/build/', 'demo/', '**/.mambrush/'] },
  ...tseslint.configs.strictTypeChecked,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: { parser: vueParser, parserOptions: { parser: tseslint.parser, extraFileExtensions: ['.vue'] } },
  },
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { 'import-x': importX, house: housePlugin() },
    settings: {
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/extensions': ['.ts', '.mjs'],
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.mjs', '.js', '.json'] })],
    },
    rules: {
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-default-export': 'error',
      'import-x/no-self-import': 'error',
      'import-x/no-duplicates': 'error',
      'house/file-name': 'error',
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'object-shorthand': 'error',
      curly: ['error', 'multi-line'],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // With noUncheckedIndexedAccess, `data[i]!` is how a loop says that its index is in range.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // `get<Row>(sql)` names what comes back, which only its caller knows.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // An interface may be asynchronous where this implementation has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['engine/**'],
    rules: {
      'house/opening-comment': 'error',
      'house/max-lines-soft': ['warn', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
    },
  },
  { files: ['engine/**'], ignores: ['engine/cli/**'], rules: { 'no-console': 'error' } },
  ...Object.entries(layers).map(([folder, allowed]) => layerRules(folder, allowed)),
  {
    files: ['electron/**'],
    ignores: ['electron/bridge/**'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: 'electron',
              importNames: ['ipcMain', 'ipcRenderer', 'contextBridge'],
              message: 'Shell and window speak through electron/bridge alone.',
            },
          ],
        },
      ],
    },
  },
  unlistedRules(),
  { files: ['**/*.config.{mjs,ts}', '**/*.d.ts'], rules: { 'import-x/no-default-export': 'off' } },
  { ...tseslint.configs.disableTypeChecked, files: ['**/*.mjs', '**/*.config.ts', '**/*.vue'] },
  {
    files: ['**/*.vue'],
    rules: {
      // A component is its file's default export; layout is Prettier's.
      'import-x/no-default-export': 'off',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/require-default-prop': 'off',
      'vue/define-macros-order': 'error',
      'vue/no-v-html': 'error',
    },
  },
];

/** The rules that hold one layer to its line in the list. */
function layerRules(folder, { ours, packages, node = true }) {
  const allowed = [...packages.map((name) => `${escapeRegex(name)}($|/)`), ...(node ? ['node:'] : [])];
  // What neither starts with a dot nor is allowed.
  const forbidden = `^(?!\\.${allowed.map((pattern) => `|${pattern}`).join('')})`;
  const message = `${folder} may import ${listing([...ours, ...packages, ...(node ? ['node:*'] : [])])} and nothing else.`;
  return {
    files: filesOf(folder),
    rules: {
      'import-x/no-restricted-paths': [
        'error',
        {
          basePath: import.meta.dirname,
          zones: [{ target: `./${folder}`, from: '.', except: ['node_modules', folder, ...ours], message }],
        },
      ],
      'no-restricted-imports': ['error', { patterns: [{ regex: forbidden, message }] }],
      // The same for `import('…')`, which that rule does not see.
      'no-restricted-syntax': [
        'error',
        { selector: `ImportExpression > Literal.source[value=/${forbidden.replaceAll('/', '\\/')}/]`, message },
      ],
    },
  };
}

/** A file of the engine in no layer has no line in the list: give it one. */
function unlistedRules() {
  return {
    files: ['engine/**'],
    ignores: Object.keys(layers).flatMap(filesOf),
    rules: { 'no-restricted-syntax': ['error', { selector: 'Program', message: 'This file is in no layer.' }] },
  };
}

function filesOf(layer) {
  return [layer.endsWith('.ts') ? layer : `${layer}/**`];
}

function listing(names) {
  return names.length === 0 ? 'itself' : names.join(', ');
}

function escapeRegex(text) {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Small rules that no plugin of ours has. */
function housePlugin() {
  const vague = /^(utils?|helpers?|common|managers?|misc)$/;
  return {
    rules: {
      'file-name': {
        create: (context) => ({
          Program(node) {
            const parts = context.filename.split(/[\\/]/);
            const name = basename(parts.at(-1) ?? '');
            const stem = name.split('.')[0];
            if (name.endsWith('.vue') ? !/^([A-Z][a-z0-9]*)+$/.test(stem) : !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(stem)) {
              context.report({ node, message: `Name the file in kebab-case (PascalCase for .vue), not "${name}".` });
            }
            const word = parts.slice(-2).find((part) => vague.test(part.split('.')[0]));
            if (word !== undefined) {
              context.report({ node, message: `"${word}" says nothing: name it after what it does.` });
            }
          },
        }),
      },
      'opening-comment': {
        create: (context) => ({
          Program(node) {
            const first = context.sourceCode.getAllComments()[0];
            const start = context.sourceCode.ast.tokens[0];
            if (first === undefined || (start !== undefined && first.range[0] > start.range[0])) {
              context.report({ node, message: 'Open the file with what it is, what it is not, and its convention.' });
            }
          },
        }),
      },
      // The same rule as max-lines under a second name: one limit warns, the other stops.
      'max-lines-soft': builtinRules.get('max-lines'),
    },
  };
}
