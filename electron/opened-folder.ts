/**
 * The folder that the application is opened with. Convention: the last argument that names a folder which exists.
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';

/** @param args of the command line, without the program and the application's folder @param cwd of who gave them */
export function openedFolder(args: readonly string[], cwd: string): string | undefined {
  return args
    .filter((argument) => !argument.startsWith('-'))
    .map((argument) => resolve(cwd, argument))
    .findLast((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true);
}
