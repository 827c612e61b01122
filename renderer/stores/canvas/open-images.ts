/**
 * The images that are open: the one that is shown, its neighbors made ready, those shown before. Not which one is
 * shown. Convention: the newest last; what is too much goes, the oldest first, but never one whose labels are still on
 * their way to the disk.
 */
import type { ImageInfo } from '../../../engine/contract/images.ts';
import type { EditorState } from '../../canvas/editor.ts';
import type { SaveState } from '../../canvas/history.ts';
import { openImage } from './open-image.ts';
import type { OpenImage, OpenImageEvents } from './open-image.ts';

/** Bytes that stay open beside the image that is shown. */
const defaultBytes = 400 << 20;

export class OpenImages {
  readonly #opened = new Map<number, Promise<OpenImage>>();
  /** Those of them that can be painted on: only they have something to save. */
  readonly #ready = new Map<number, OpenImage>();
  readonly #events: OpenImageEvents;
  readonly #keptBytes: number;

  constructor(events: OpenImageEvents, keptBytes = defaultBytes) {
    this.#events = events;
    this.#keptBytes = keptBytes;
  }

  /** @throws what reading its labels throws; then it is not open */
  open(project: string, image: ImageInfo, state: Partial<EditorState>): Promise<OpenImage> {
    const known = this.#opened.get(image.id);
    this.#opened.delete(image.id);
    const opening = known ?? openImage(project, image, state, this.#events);
    this.#opened.set(image.id, opening);
    if (known === undefined) {
      opening.then(
        (open) => {
          if (this.#opened.get(image.id) === opening) this.#ready.set(image.id, open);
        },
        () => this.forget(image.id),
      );
    }
    void this.#forgetOldest(image.id);
    return opening;
  }

  /** Made ready, unless it is so large that it would push others out. */
  prepare(project: string, image: ImageInfo, state: Partial<EditorState>): void {
    if (image.missing || image.width * image.height * 4 > this.#keptBytes / 4) return;
    this.open(project, image, state).catch(() => undefined);
  }

  forget(id: number): void {
    this.#opened.delete(id);
    this.#ready.delete(id);
  }

  get all(): readonly OpenImage[] {
    return [...this.#ready.values()];
  }

  /** Of all images together: one that failed is what there is to say. */
  get saveState(): SaveState {
    const states = this.all.map(({ editor }) => editor.history.saveState);
    const gestures = states.reduce((sum, state) => sum + (state.kind === 'saved' ? 0 : state.gestures), 0);
    const failed = states.find((state) => state.kind === 'failed');
    if (failed !== undefined) return { ...failed, gestures };
    return states.some(({ kind }) => kind === 'saving') ? { kind: 'saving', gestures } : { kind: 'saved' };
  }

  /** @throws the reason when something that was released could not be saved */
  async settle(): Promise<void> {
    for (const { editor } of this.all) {
      await editor.history.settled();
      const state = editor.history.saveState;
      if (state.kind === 'failed') throw state.error;
    }
  }

  /** Sends again what could not be saved. */
  async retry(): Promise<void> {
    for (const { editor } of this.all) {
      if (editor.history.saveState.kind === 'failed') await editor.history.retry();
    }
  }

  /** Stops what is still being loaded, and forgets all. */
  clear(): void {
    for (const opening of this.#opened.values()) {
      void opening.then(
        (open) => open.end(),
        () => undefined,
      );
    }
    this.#opened.clear();
    this.#ready.clear();
  }

  async #forgetOldest(shown: number): Promise<void> {
    let total = 0;
    for (const [id, opening] of [...this.#opened].reverse()) {
      const open = await opening.catch(() => undefined);
      if (open === undefined) continue;
      const { labels, image, history } = open.editor;
      total += labels.pixels.byteLength + image.data.byteLength;
      if (total <= this.#keptBytes || id === shown || history.saveState.kind !== 'saved') continue;
      open.end();
      this.forget(id);
    }
  }
}
