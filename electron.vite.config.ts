/**
 * How shell, preload and window are bundled for Electron, into `out/app`. The engine is not: its tree is kept, file by file
 * (electron/packaging/engine-tree.ts). Convention: the window is bundled as it is for the browser.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig, mergeConfig } from 'electron-vite';
import windowConfig from './renderer/vite.config.ts';

const place = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
/** Another place while it is being built (electron/packaging/build-app.ts). */
const appFolder = process.env['MAMBRUSH_APP_FOLDER'] ?? place('out/app');
const shellFolder = `${appFolder}/electron`;

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
      lib: {
        entry: {
          preload: place('electron/bridge/preload.ts'),
          'gpu-host-preload': place('electron/bridge/gpu-host-preload.ts'),
        },
        formats: ['cjs'],
        fileName: (_format, name) => `${name}.cjs`,
      },
    },
  },
  renderer: mergeConfig(windowConfig, { build: { outDir: `${appFolder}/renderer` } }),
});
