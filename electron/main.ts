/**
 * Where Electron begins.
 */
import { appPaths } from './paths.ts';
import { startShell } from './shell.ts';

startShell(appPaths);
