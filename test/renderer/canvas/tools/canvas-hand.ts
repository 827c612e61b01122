/**
 * An editor over a small image and a hand that uses it: presses, drags, clicks. Not a test; the store behind the history
 * keeps entries in memory as the project's store keeps them on disk.
 * Convention: points are image coordinates; one CSS pixel is one image pixel unless the test zooms.
 */
import type { Gesture } from '../../../../renderer/canvas/tool-context.ts';
import { Editor } from '../../../../renderer/canvas/editor.ts';
import type { EditorState } from '../../../../renderer/canvas/editor.ts';
import { History } from '../../../../renderer/canvas/history.ts';
import type { HistoryStore } from '../../../../renderer/canvas/history.ts';
import { emptyImage } from '../../../../renderer/canvas/image-pixels.ts';
import type { ImagePixels } from '../../../../renderer/canvas/image-pixels.ts';
import { LabelImage } from '../../../../renderer/canvas/label-image.ts';
import type { TileContent } from '../../../../renderer/canvas/label-image.ts';
import type { Pace } from '../../../../renderer/canvas/sliced-work.ts';
import { imageToScreen } from '../../../../renderer/canvas/viewport.ts';
import type { Modifiers, PointerInput } from '../../../../renderer/canvas/tools/tool.ts';

/** One image's entries, applied to a map of its own: what the disk would hold. */
export class MemoryStore implements HistoryStore {
  readonly saved: LabelImage;
  readonly done: Gesture[] = [];
  readonly undone: Gesture[] = [];
  /** Set: the next calls fail with it. */
  failure: Error | undefined;
  /** Set: calls wait for it. */
  delay: Promise<void> | undefined;

  constructor(labels: LabelImage) {
    this.saved = new LabelImage(labels, labels.pixels);
  }

  async apply(gesture: Gesture): Promise<void> {
    await this.#answer();
    this.done.push(gesture);
    this.undone.length = 0;
    this.saved.put(gesture.tiles);
  }

  async undo(): Promise<readonly TileContent[] | undefined> {
    await this.#answer();
    const gesture = this.done.pop();
    if (gesture === undefined) return undefined;
    this.undone.push(gesture);
    const tiles = gesture.tiles.map((tile) => ({ ...tile, after: tile.before }));
    this.saved.put(tiles);
    return tiles;
  }

  async redo(): Promise<readonly TileContent[] | undefined> {
    await this.#answer();
    const gesture = this.undone.pop();
    if (gesture === undefined) return undefined;
    this.done.push(gesture);
    this.saved.put(gesture.tiles);
    return gesture.tiles;
  }

  async read(): Promise<Uint8Array> {
    await this.#answer();
    return this.saved.pixels.slice();
  }

  async #answer(): Promise<void> {
    await this.delay;
    if (this.failure !== undefined) throw this.failure;
  }
}

export interface Hand {
  readonly editor: Editor;
  readonly labels: LabelImage;
  readonly store: MemoryStore;
  press(x: number, y: number, how?: How): void;
  drag(x: number, y: number, how?: How): void;
  release(x: number, y: number, how?: How): void;
  click(x: number, y: number, how?: How): void;
  /** The names of the tools whose gestures are on the disk. */
  gestures(): Promise<readonly string[]>;
  count(value: number): number;
}

interface How extends Partial<Modifiers> {
  readonly id?: number;
  readonly kind?: 'mouse' | 'pen' | 'touch';
  readonly button?: number;
  readonly pressure?: number;
  /** Where it was on the way; the point itself is added. */
  readonly way?: readonly (readonly [number, number])[];
}

/** Every step is a slice, and the next comes when the test says so. */
export class SlowPace implements Pace {
  readonly slice = 0;
  readonly #later: (() => void)[] = [];

  now(): number {
    return 0;
  }

  later(act: () => void): void {
    this.#later.push(act);
  }

  /** False: there was none. */
  next(): boolean {
    const act = this.#later.shift();
    act?.();
    return act !== undefined;
  }

  /** @returns how many there were */
  all(): number {
    let slices = 0;
    while (this.next()) slices++;
    return slices;
  }
}

export function createHand(state: Partial<EditorState> = {}, image?: ImagePixels, side = 100, pace?: Pace): Hand {
  const size = image ?? { width: side, height: side };
  const labels = new LabelImage(size, new Uint8Array(size.width * size.height));
  const store = new MemoryStore(labels);
  const history = new History(labels, store, { undoable: 0, redoable: 0 });
  const shown = image ?? emptyImage(size, 1, 8);
  const editor = new Editor(
    { labels, image: shown, history },
    { viewport: { scale: 1, left: 0, top: 0 }, ...state },
    pace,
  );
  editor.screen = { width: size.width, height: size.height, pixelRatio: 1 };

  const input = (x: number, y: number, how: How): PointerInput => {
    const { pressure = 1, alt = false, shift = false, ctrl = false, way = [] } = how;
    const samples = [...way.map(([wayX, wayY]) => ({ x: wayX, y: wayY, pressure })), { x, y, pressure }];
    return { x, y, pressure, alt, shift, ctrl, samples, screen: imageToScreen(editor.viewport, { x, y }) };
  };
  const press = (x: number, y: number, how: How = {}): void => {
    editor.pointers.down({ id: how.id ?? 1, kind: how.kind ?? 'mouse', button: how.button ?? 0 }, input(x, y, how));
  };
  const drag = (x: number, y: number, how: How = {}): void => editor.pointers.move(how.id ?? 1, input(x, y, how));
  const release = (x: number, y: number, how: How = {}): void => editor.pointers.up(how.id ?? 1, input(x, y, how));
  return {
    editor,
    labels,
    store,
    press,
    drag,
    release,
    click: (x, y, how = {}) => {
      press(x, y, how);
      release(x, y, how);
    },
    gestures: async () => {
      await history.settled();
      return store.done.map(({ tool }) => tool);
    },
    count: (value) => labels.pixels.reduce((sum, pixel) => sum + (pixel === value ? 1 : 0), 0),
  };
}
