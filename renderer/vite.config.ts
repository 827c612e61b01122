/**
 * How the window is bundled, for the browser and for Electron alike. Convention: relative addresses, nothing inlined, so
 * that the strict content policy holds and the files work from a server and from a package.
 */
import vue from '@vitejs/plugin-vue';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));

/** By name: electron-vite would put a page of its own before those in a list. */
const pages = {
  index: `${root}index.html`,
  // Computes on graphics cards, unseen, below a shell.
  'gpu-host': `${root}gpu-host/gpu-host.html`,
};

export default defineConfig({
  root,
  base: './',
  plugins: [vue()],
  // vue-i18n: no Options API, and messages are compiled without `eval`.
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
    __INTLIFY_JIT_COMPILATION__: 'true',
  },
  worker: { format: 'es' },
  build: {
    outDir: fileURLToPath(new URL('../out/renderer', import.meta.url)),
    emptyOutDir: true,
    target: 'chrome130',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // From the same machine, once: splitting it would save nothing.
    chunkSizeWarningLimit: 4096,
    rollupOptions: { input: pages },
  },
});
