/**
 * What a tool works on: the labels, the image, the settings and the view, and the way from a raster function to changed
 * pixels. Not the choice of the tool.
 * Convention: the first `paint` of a gesture opens it; `finish` closes it as one change, `abandon` as none.
 */
import { wholeArea } from './geometry.ts';
import type { Area, Size } from './geometry.ts';
import { greatestValue } from './image-pixels.ts';
import type { ImagePixels } from './image-pixels.ts';
import type { LabelImage, TileChange } from './label-image.ts';
import type { Layer } from './layer.ts';
import { fillHoles } from './raster/fill-holes.ts';
import { isClass, isInRange, isLabelled, where } from './raster/row-test.ts';
import type { RowTest } from './raster/row-test.ts';
import type { EmitSpan } from './raster/span.ts';
import type { PaintSettings } from './settings.ts';
import type { ToolName } from './tools/tool.ts';
import type { Screen, Viewport } from './viewport.ts';
import type { ValueWindow } from './window-level.ts';

/** One gesture, released: one entry of the history. */
export interface Gesture {
  readonly tool: ToolName;
  readonly tiles: readonly TileChange[];
}

/** What covers pixels, as the files of raster/ do. */
export type Raster = (bounds: Area, emit: EmitSpan) => void;

export interface EaselState {
  readonly labels: LabelImage;
  /** May still be loading; then its pixels are black. */
  readonly image: ImagePixels;
  readonly screen: Screen;
  readonly layer: Layer | undefined;
  settings: PaintSettings;
  viewport: Viewport;
  window: ValueWindow;
}

export class Easel {
  readonly #state: EaselState;
  readonly #onGesture: (gesture: Gesture) => void;
  /** Built once a gesture: with it goes a buffer as wide as the image. */
  #constraints: readonly RowTest[] = [];

  constructor(state: EaselState, onGesture: (gesture: Gesture) => void) {
    this.#state = state;
    this.#onGesture = onGesture;
  }

  get labels(): LabelImage {
    return this.#state.labels;
  }

  get image(): ImagePixels {
    return this.#state.image;
  }

  /** (H, W), what a network proposes for this image; undefined: nothing. */
  get proposal(): Uint8Array | undefined {
    const { layer } = this.#state;
    return layer?.kind === 'proposal' ? layer.pixels : undefined;
  }

  get settings(): PaintSettings {
    return this.#state.settings;
  }

  set settings(settings: PaintSettings) {
    this.#state.settings = settings;
  }

  get screen(): Screen {
    return this.#state.screen;
  }

  get viewport(): Viewport {
    return this.#state.viewport;
  }

  set viewport(viewport: Viewport) {
    this.#state.viewport = viewport;
  }

  get window(): ValueWindow {
    return this.#state.window;
  }

  set window(window: ValueWindow) {
    this.#state.window = window;
  }

  get size(): Size {
    return this.labels;
  }

  get greatestValue(): number {
    return greatestValue(this.image);
  }

  /** Writes what `raster` emits, as far as 'paint only inside' lets it. */
  paint(value: number, raster: Raster): void {
    this.#begin();
    const { labels } = this;
    const write: EmitSpan = (y, left, right) => {
      labels.fillSpan(y, left, right, value);
    };
    raster(wholeArea(labels), where(this.#constraints, labels.width, write));
  }

  /** The same, with what stands there in another map, (H, W); its unlabelled pixels change nothing. */
  copy(source: Uint8Array, raster: Raster): void {
    this.#begin();
    const { labels } = this;
    const write: EmitSpan = (y, left, right) => {
      labels.copySpan(y, left, right, source);
    };
    const tests = [...this.#constraints, isLabelled(source, labels.width)];
    raster(wholeArea(labels), where(tests, labels.width, write));
  }

  /** Takes back what the gesture painted so far; it stays open. */
  repaint(): void {
    if (this.labels.open) this.labels.rewind();
  }

  /**
   * Closes the gesture. Nobody hears of one that changed nothing.
   * @param holesOf the value whose holes are filled, if the person wants that; absent: none
   */
  finish(tool: ToolName, holesOf?: number): void {
    const { labels } = this;
    if (!labels.open) return;
    const { touched } = labels;
    if (holesOf !== undefined && touched !== undefined && this.settings.fillHoles) {
      this.paint(holesOf, (_bounds, emit) => {
        fillHoles(labels, holesOf, touched, emit);
      });
    }
    const tiles = labels.commit();
    if (tiles.length > 0) this.#onGesture({ tool, tiles });
  }

  abandon(): void {
    this.labels.cancel();
  }

  #begin(): void {
    if (this.labels.open) return;
    this.labels.begin();
    this.#constraints = this.#constraintsOf(this.settings);
  }

  #constraintsOf({ onlyInsideClass, onlyInsideRange }: PaintSettings): readonly RowTest[] {
    const tests: RowTest[] = [];
    if (onlyInsideClass !== undefined) tests.push(isClass(this.labels, onlyInsideClass));
    if (onlyInsideRange !== undefined) tests.push(isInRange(this.image, onlyInsideRange.low, onlyInsideRange.high));
    return tests;
  }
}
