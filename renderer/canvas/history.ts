/**
 * Undo, redo and saving of one image's labels. The store keeps the entries, unlimited and over restarts; here is only
 * the order in which it is told and asked.
 * Convention: one gesture, one entry; strictly one after the other. `saveState` says 'saved' only when the store has
 * confirmed every gesture.
 */
import type { Gesture } from './tool-context.ts';
import type { LabelImage, TileContent } from './label-image.ts';

/** The store of one image, as whoever opens the image provides it. */
export interface HistoryStore {
  /** Resolves when the gesture is on the disk. Told again after a failure, it must not make a second entry. */
  apply(gesture: Gesture): Promise<void>;
  /** What the tiles hold that changed; undefined when there was nothing to undo. */
  undo(): Promise<readonly TileContent[] | undefined>;
  redo(): Promise<readonly TileContent[] | undefined>;
  /** All labels, (H, W); undefined: wholly unlabelled. Asked when it is unclear what an undo did. */
  read(): Promise<Uint8Array | undefined>;
}

export interface EntryCounts {
  readonly undoable: number;
  readonly redoable: number;
}

export type SaveState =
  | { readonly kind: 'saved' }
  | { readonly kind: 'saving'; readonly gestures: number }
  /** `retry` goes on where it stopped. */
  | { readonly kind: 'failed'; readonly gestures: number; readonly error: unknown };

export class History {
  readonly #labels: LabelImage;
  readonly #store: HistoryStore;
  readonly #pending: Gesture[] = [];
  #counts: EntryCounts;
  #error: { readonly cause: unknown } | undefined;
  /** The labels here may not be those of the store. */
  #stale = false;
  #moving = false;
  #running: Promise<void> | undefined;
  /** After every change of what can be read here, and of the labels by undo and redo. */
  onChange: () => void = () => undefined;

  constructor(labels: LabelImage, store: HistoryStore, counts: EntryCounts) {
    this.#labels = labels;
    this.#store = store;
    this.#counts = counts;
  }

  get saveState(): SaveState {
    const gestures = this.#pending.length;
    if (this.#error !== undefined) return { kind: 'failed', gestures, error: this.#error.cause };
    return gestures > 0 || this.#stale ? { kind: 'saving', gestures } : { kind: 'saved' };
  }

  get canUndo(): boolean {
    return this.#counts.undoable > 0 && !this.blocked;
  }

  get canRedo(): boolean {
    return this.#counts.redoable > 0 && !this.blocked;
  }

  /** An undo or redo is under way, or its outcome unknown: nothing may be painted, since it would be painted over. */
  get blocked(): boolean {
    return this.#moving || this.#stale;
  }

  record(gesture: Gesture): void {
    this.#pending.push(gesture);
    this.#counts = { undoable: this.#counts.undoable + 1, redoable: 0 };
    void this.#save();
    this.onChange();
  }

  /** False: there was nothing, or it cannot be done now. Not while a gesture is open. */
  async undo(): Promise<boolean> {
    return this.canUndo && this.#move(() => this.#store.undo(), 1);
  }

  async redo(): Promise<boolean> {
    return this.canRedo && this.#move(() => this.#store.redo(), -1);
  }

  /** After a failure: tells the store what it has not confirmed. */
  async retry(): Promise<void> {
    if (this.#error === undefined) return;
    this.#error = undefined;
    this.onChange();
    await this.#save();
    await this.#reread();
  }

  /** Resolves when nothing is under way any more; `saveState` says how it ended. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  #save(): Promise<void> {
    return this.#run(async () => {
      for (let next = this.#pending[0]; next !== undefined && this.#error === undefined; next = this.#pending[0]) {
        await this.#store.apply(next);
        this.#pending.shift();
        this.onChange();
      }
    });
  }

  async #move(ask: () => Promise<readonly TileContent[] | undefined>, direction: 1 | -1): Promise<boolean> {
    this.#moving = true;
    this.onChange();
    let moved = false;
    try {
      await this.#save();
      if (this.#error !== undefined) return false;
      this.#stale = true;
      await this.#run(async () => {
        const tiles = await ask();
        this.#stale = false;
        if (tiles !== undefined) this.#labels.put(tiles);
        moved = tiles !== undefined;
        const { undoable, redoable } = this.#counts;
        if (moved) this.#counts = { undoable: undoable - direction, redoable: redoable + direction };
        else this.#counts = direction === 1 ? { undoable: 0, redoable } : { undoable, redoable: 0 };
      });
      return moved;
    } finally {
      this.#moving = false;
      this.onChange();
    }
  }

  async #reread(): Promise<void> {
    if (!this.#stale || this.#error !== undefined) return;
    await this.#run(async () => {
      this.#labels.load(await this.#store.read());
      this.#stale = false;
    });
    this.onChange();
  }

  /** One piece of work after the other; an error ends it and is kept for `saveState`. */
  #run(work: () => Promise<void>): Promise<void> {
    const before = this.#running ?? Promise.resolve();
    const running = before.then(work).catch((cause: unknown) => {
      this.#error ??= { cause };
      this.onChange();
    });
    const ended = running.then(() => {
      if (this.#running === ended) this.#running = undefined;
    });
    this.#running = ended;
    return ended;
  }
}
