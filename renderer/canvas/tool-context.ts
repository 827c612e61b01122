/**
 * What a tool works on: the labels, the image, the settings and the view, and the way from a raster function to changed
 * pixels. Not the choice of the tool.
 * Convention: the first `paint` of a gesture opens it; `finish` closes it as one change, `abandon` as none. What may take
 * long goes on in slices after the call (`working`); until it has ended nothing else may be painted.
 */
import { wholeArea } from './geometry.ts';
import type { Area } from './geometry.ts';
import type { ImagePixels } from './image-pixels.ts';
import type { LabelImage, TileChange } from './label-image.ts';
import type { Layer } from './layer.ts';
import { everywhere } from './raster/everywhere.ts';
import { fillHoles } from './raster/fill-holes.ts';
import { isClass, isInRange, isLabelled, where } from './raster/row-test.ts';
import type { RowTest } from './raster/row-test.ts';
import { SpanList } from './raster/span-list.ts';
import type { EmitSpan } from './raster/span.ts';
import type { PaintSettings } from './settings.ts';
import { SlicedWork } from './sliced-work.ts';
import type { Pace, Steps } from './sliced-work.ts';
import type { Screen, Viewport } from './viewport.ts';
import type { ValueWindow } from './window-level.ts';

/** One gesture, released: one entry of the history. */
export interface Gesture {
  /** What made it: a tool's name, or that of a command over the whole image. */
  readonly tool: string;
  readonly tiles: readonly TileChange[];
}

/** What covers pixels, as the files of raster/ do. */
export type Raster = (bounds: Area, emit: EmitSpan) => void;

/** What finds the pixels to paint, in steps; of the labels it sees those from before the gesture. */
export type Search = (emit: EmitSpan) => Steps;

export interface ToolSubject {
  readonly labels: LabelImage;
  /** May still be loading; then its pixels are black. */
  readonly image: ImagePixels;
  readonly screen: Screen;
  readonly layer: Layer | undefined;
  readonly settings: PaintSettings;
  viewport: Viewport;
  window: ValueWindow;
}

export class ToolContext {
  readonly editor: ToolSubject;
  readonly #onGesture: (gesture: Gesture) => void;
  readonly #work: SlicedWork;
  /** Built once a gesture: with it goes a buffer as wide as the image. */
  #constraints: readonly RowTest[] = [];

  /** @param onSlice something of what goes on in slices has been done */
  constructor(editor: ToolSubject, pace: Pace, onGesture: (gesture: Gesture) => void, onSlice: () => void) {
    this.editor = editor;
    this.#onGesture = onGesture;
    this.#work = new SlicedWork(pace, onSlice);
  }

  /** Something begun goes on by itself. */
  get working(): boolean {
    return this.#work.running;
  }

  /** (H, W), what a network proposes for this image; undefined: nothing. */
  get proposal(): Uint8Array | undefined {
    const { layer } = this.editor;
    return layer?.kind === 'proposal' ? layer.pixels : undefined;
  }

  /** Writes what `raster` emits, as far as 'paint only inside' lets it. */
  paint(value: number, raster: Raster): void {
    this.#begin();
    raster(wholeArea(this.editor.labels), this.#writer(value));
  }

  /** The same, with what stands there in another map, (H, W); its unlabelled pixels change nothing. */
  copy(source: Uint8Array, raster: Raster): void {
    this.#begin();
    const { labels } = this.editor;
    const write: EmitSpan = (y, left, right) => labels.copySpan(y, left, right, source);
    const tests = [...this.#constraints, isLabelled(source, labels.width)];
    raster(wholeArea(labels), where(tests, labels.width, write));
  }

  /** In slices: finds, takes back what the gesture painted before, and paints what was found. */
  select(value: number, search: Search, painted: () => void): void {
    this.#work.start(this.#selecting(value, search), painted);
  }

  /** A whole gesture: what `raster` covers, in the class that is set. */
  shape(tool: string, raster: Raster): void {
    const { value } = this.editor.settings;
    const bounds = wholeArea(this.editor.labels);
    this.select(
      value,
      // Finding the spans of a shape is one step; writing them is more.
      function* (emit) {
        raster(bounds, emit);
      },
      () => this.finish(tool, value),
    );
  }

  /**
   * A whole gesture: all pixels of one class get another, whatever 'paint only inside' says.
   * @param ended false: it was abandoned
   */
  replaceClass(name: string, from: number, to: number, ended: (done: boolean) => void): void {
    const { labels } = this.editor;
    labels.begin();
    this.#constraints = [];
    this.#work.start(
      this.#selecting(to, (emit) => everywhere(labels, isClass(labels, from), emit)),
      () => this.finish(name, undefined, ended),
      () => ended(false),
    );
  }

  /**
   * Closes the gesture, in slices. One that changed nothing is not reported.
   * @param holesOf the value whose holes are filled, if the person wants that; absent: none
   */
  finish(tool: string, holesOf?: number, ended: (done: boolean) => void = () => undefined): void {
    if (!this.editor.labels.open) return;
    this.#work.start(
      this.#finishing(this.editor.settings.fillHoles ? holesOf : undefined),
      (tiles) => {
        if (tiles.length > 0) this.#onGesture({ tool, tiles });
        ended(true);
      },
      () => ended(false),
    );
  }

  /** What goes on in slices is done at once. */
  complete(): void {
    this.#work.finish();
  }

  abandon(): void {
    this.#work.drop();
    this.editor.labels.cancel();
  }

  *#selecting(value: number, search: Search): Steps {
    this.#begin();
    const found = new SpanList();
    yield* search(found.add);
    yield* this.editor.labels.rewind();
    yield* found.emit(this.#writer(value));
  }

  *#finishing(holesOf: number | undefined): Steps<readonly TileChange[]> {
    const { touched } = this.editor.labels;
    if (holesOf !== undefined && touched !== undefined) {
      yield* fillHoles(this.editor.labels, holesOf, touched, this.#writer(holesOf));
    }
    return yield* this.editor.labels.commit();
  }

  #writer(value: number): EmitSpan {
    const { labels } = this.editor;
    return where(this.#constraints, labels.width, (y, left, right) => labels.fillSpan(y, left, right, value));
  }

  #begin(): void {
    const { labels, image, settings } = this.editor;
    if (labels.open) return;
    labels.begin();
    const { onlyInsideClass, onlyInsideRange: range } = settings;
    this.#constraints = [
      ...(onlyInsideClass === undefined ? [] : [isClass(labels, onlyInsideClass)]),
      ...(range === undefined ? [] : [isInRange(image, range.low, range.high)]),
    ];
  }
}
