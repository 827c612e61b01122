/**
 * Asked by `npm start` whether the window opens in Electron: prints how to start it, as JSON, and nothing where it is to be
 * served to a browser. Convention: Electron is used where it has been fetched and there is a screen; options belong to
 * the served mode.
 */
import { findElectron } from './find-electron.ts';

const electron = findElectron();
const { DISPLAY, WAYLAND_DISPLAY } = process.env;
const hasScreen = process.platform === 'win32' || process.platform === 'darwin' || Boolean(DISPLAY ?? WAYLAND_DISPLAY);
const asksForServing = process.argv.slice(2).some((word) => word.startsWith('-'));
if (electron !== undefined && hasScreen && !asksForServing) {
  // The bundler is loaded only where it is needed.
  const { buildApp } = await import('./build-app.ts');
  process.stdout.write(JSON.stringify({ command: electron.binary, leading: [await buildApp()] }));
}
