/**
 * What was read of files for a preview, so that the import after it need not read them again. Not their content, and on no
 * disk. Convention: it holds for a file of the same size and time, as an import takes such a file to be unchanged; what
 * could not be read is tried again.
 */
import type { MaskSurvey } from '../masks/survey-mask.ts';
import type { ImageProbe } from '../images/probe-image.ts';
import type { FoundFile } from '../masks/scan-folder.ts';

export class SeenFiles {
  readonly hashes = new Facts<string>();
  readonly probes = new Facts<ImageProbe>();
  readonly surveys = new Facts<{ readonly width: number; readonly height: number; readonly survey: MaskSurvey }>();
}

class Facts<Fact> {
  readonly #known = new Map<string, Pick<FoundFile, 'bytes' | 'modifiedAt'> & { readonly fact: Fact }>();

  /** What is known of the file, else what `read` makes of it. @param file as it was found, before it is read */
  async of({ absolute, bytes, modifiedAt }: FoundFile, read: () => Promise<Fact>): Promise<Fact> {
    const known = this.#known.get(absolute);
    if (known?.bytes === bytes && known.modifiedAt === modifiedAt) return known.fact;
    const fact = await read();
    this.#known.set(absolute, { bytes, modifiedAt, fact });
    return fact;
  }
}
