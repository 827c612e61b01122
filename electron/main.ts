/**
 * The entry point of Electron's main process.
 */
import { appPaths } from './paths.ts';
import { startShell } from './shell.ts';

startShell(appPaths);
