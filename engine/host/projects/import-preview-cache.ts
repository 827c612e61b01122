/**
 * What the last previews of an import have read of a folder's files. Convention: of one folder only, the last one that was
 * previewed; once it is imported, the project knows.
 */
import { FileCache } from '../../dataset/import/file-cache.ts';

export class ImportPreviewCache {
  #last: { readonly folder: string; readonly files: FileCache } | undefined;

  of(folder: string): FileCache {
    if (this.#last?.folder !== folder) this.#last = { folder, files: new FileCache() };
    return this.#last.files;
  }

  forget(folder: string): void {
    if (this.#last?.folder === folder) this.#last = undefined;
  }
}
