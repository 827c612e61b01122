/**
 * What was read of files for a preview, so that the import after it need not read them again. Convention: an entry
 * holds for a file of the same size and time; what could not be read is tried again.
 */
import type { Size } from '../images/pixels.ts';
import type { ImageProbe } from '../images/probe-image.ts';
import type { FoundFile } from '../masks/scan-folder.ts';
import type { MaskSurvey } from '../masks/survey-mask.ts';

export class FileCache {
  readonly hashes = new CachedValues<string>();
  readonly probes = new CachedValues<ImageProbe>();
  readonly surveys = new CachedValues<Size & { readonly survey: MaskSurvey }>();
}

class CachedValues<Value> {
  readonly #entries = new Map<string, Pick<FoundFile, 'bytes' | 'modifiedAt'> & { readonly value: Value }>();

  /** The file's value, read now unless it is known. @param file as it was found, before it is read */
  async of({ absolute, bytes, modifiedAt }: FoundFile, read: () => Promise<Value>): Promise<Value> {
    const cached = this.#entries.get(absolute);
    if (cached?.bytes === bytes && cached.modifiedAt === modifiedAt) return cached.value;
    const value = await read();
    this.#entries.set(absolute, { bytes, modifiedAt, value });
    return value;
  }
}
