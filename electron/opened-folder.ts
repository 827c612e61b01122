/**
 * The folder that somebody opens the application with. Convention: the last word that names a folder which exists.
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';

/** @param words of the command line, without the program's own and without the application's folder */
export function openedFolder(words: readonly string[], standsIn: string): string | undefined {
  return words
    .filter((word) => !word.startsWith('-'))
    .map((word) => resolve(standsIn, word))
    .findLast((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true);
}
