/**
 * How shell, preload and window are bundled for Electron, into `out/app`. The engine is not: its tree is kept, file by file
 * (electron/build/engine-tree.ts). Convention: the window is bundled as it is for the browser.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig, mergeConfig } from 'electron-vite';
import windowConfig from './renderer/vite.config.ts';

const place = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const shellFolder = place('out/app/electron');

export default defineConfig({
  main: {
    build: {
      outDir: shellFolder,
      emptyOutDir: true,
      reportCompressedSize: false,
      lib: { entry: place('electron/main.ts'), formats: ['es'], fileName: () => 'main.js' },
    },
  },
  preload: {
    build: {
      outDir: shellFolder,
      emptyOutDir: false,
      reportCompressedSize: false,
      // Below the sandbox there is nothing to import but Electron.
      externalizeDeps: false,
      lib: { entry: place('electron/bridge/preload.ts'), formats: ['cjs'], fileName: () => 'preload.cjs' },
    },
  },
  renderer: mergeConfig(windowConfig, {
    build: { outDir: place('out/app/renderer'), rollupOptions: { input: place('renderer/index.html') } },
  }),
});
