/**
 * Where Electron begins.
 */
import { places } from './places.ts';
import { startShell } from './shell.ts';

startShell(places);
