/**
 * How the tests run: real files, real SQLite, real processes, two at a time. Convention: a test that needs longer than
 * a minute does too much, or says its own limit.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    // There is no Electron without its binary: the shell is tested against a stand-in.
    alias: [
      {
        find: /^electron$/,
        replacement: fileURLToPath(new URL('test/electron/stand-in/electron.ts', import.meta.url)),
      },
    ],
  },
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
    // Native add-ons live in processes of their own, not in threads.
    pool: 'forks',
    maxWorkers: 2,
    globals: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is waited for in a browser may take its time on a busy machine.
    expect: { poll: { timeout: 15_000 } },
    execArgv: ['--disable-warning=ExperimentalWarning'],
  },
});
