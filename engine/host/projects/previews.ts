/**
 * What the last previews of an import have read of a folder's files. Convention: of one folder only, the last one that was
 * looked at; once it is imported, the project knows.
 */
import { SeenFiles } from '../../dataset/import/file-cache.ts';

export class Previews {
  #last: { readonly folder: string; readonly seen: SeenFiles } | undefined;

  seenIn(folder: string): SeenFiles {
    if (this.#last?.folder !== folder) this.#last = { folder, seen: new SeenFiles() };
    return this.#last.seen;
  }

  forget(folder: string): void {
    if (this.#last?.folder === folder) this.#last = undefined;
  }
}
