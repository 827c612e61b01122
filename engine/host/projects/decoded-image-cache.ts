/**
 * Images that were decoded to be shown, which come band by band. Convention: an image is decoded once for all its bands; so
 * many bytes stay, and the image used longest ago goes first.
 */
import { MambrushError } from '../../contract/error.ts';
import { decodeImage } from '../../dataset/images/decode-image.ts';
import type { DecodedImage } from '../../dataset/images/decode-image.ts';
import type { ImageRecord, ProjectStore } from '../../store/project-store.ts';

const mostBytes = 512 << 20;

interface Entry {
  readonly image: Promise<DecodedImage>;
  /** 0 until it is decoded. */
  bytes: number;
}

export class DecodedImageCache {
  /** A map keeps the order of insertion: what is used goes to its end. */
  readonly #entries = new Map<string, Entry>();

  /** @throws ImageError as `decodeImage`; MambrushError image-size-changed */
  async of(store: ProjectStore, image: ImageRecord): Promise<DecodedImage> {
    const path = store.fileOf(image.path);
    const key = `${path} ${image.hash}`;
    const entry = this.#entries.get(key) ?? { image: decodeAsImported(path, image), bytes: 0 };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    try {
      const decoded = await entry.image;
      if (entry.bytes === 0) {
        entry.bytes = decoded.data.byteLength;
        this.#forgetOldest(key);
      }
      return decoded;
    } catch (error) {
      this.#entries.delete(key);
      throw error;
    }
  }

  #forgetOldest(newest: string): void {
    let total = [...this.#entries.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    for (const [key, { bytes }] of this.#entries) {
      if (total <= mostBytes) return;
      if (key === newest) continue;
      total -= bytes;
      this.#entries.delete(key);
    }
  }
}

async function decodeAsImported(path: string, image: ImageRecord): Promise<DecodedImage> {
  const decoded = await decodeImage(path);
  if (decoded.width === image.width && decoded.height === image.height) return decoded;
  throw new MambrushError(
    'image-size-changed',
    `${image.path} has ${decoded.width}×${decoded.height} pixels, but had ${image.width}×${image.height} when it was ` +
      'imported. Put the old file back, or import the new one under another name.',
    { path: image.path },
  );
}
