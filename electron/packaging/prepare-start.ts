/**
 * Run by `npm start`: prints how to start Electron, as JSON, or nothing where the window is to be served to a browser.
 * Convention: Electron is used where it has been downloaded and there is a screen; options belong to the served mode.
 */
import { findElectron } from './find-electron.ts';

const electron = findElectron();
const { DISPLAY, WAYLAND_DISPLAY } = process.env;
const hasScreen = process.platform === 'win32' || process.platform === 'darwin' || Boolean(DISPLAY ?? WAYLAND_DISPLAY);
const asksForServing = process.argv.slice(2).some((argument) => argument.startsWith('-'));
if (electron !== undefined && hasScreen && !asksForServing) {
  // The bundler is loaded only where it is needed.
  const { buildApp } = await import('./build-app.ts');
  process.stdout.write(JSON.stringify({ command: electron.binary, leading: [await buildApp()] }));
}
