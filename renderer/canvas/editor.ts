/**
 * One open image and the tools that work on it: what is set, what is shown, undo, and the keys inside a gesture. No DOM
 * and no drawing; the view feeds it and shows it, and pointer-router.ts gives the pointer to the tools.
 * Convention: everything readable here is a plain value or record that is replaced when it changes; `onChange` follows.
 */
import type { Point } from './geometry.ts';
import type { History } from './history.ts';
import type { ImagePixels } from './image-pixels.ts';
import { background, unlabelled } from './label-image.ts';
import type { LabelImage } from './label-image.ts';
import type { Layer } from './layer.ts';
import { PointerRouter } from './pointer-router.ts';
import { windowPace } from './sliced-work.ts';
import type { Pace } from './sliced-work.ts';
import { defaultDisplaySettings, defaultPaintSettings, lockedBrush, steppedBrush } from './settings.ts';
import type { DisplaySettings, PaintSettings } from './settings.ts';
import { ToolContext } from './tool-context.ts';
import type { ToolSubject } from './tool-context.ts';
import type { Preview } from './tools/preview.ts';
import { createTools } from './tools/registry.ts';
import type { SelectableToolName, ToolName } from './tools/registry.ts';
import type { GestureKey, Modifiers, Tool } from './tools/tool.ts';
import { actualSize, fit, resized, wheelFactor, zoomAt } from './viewport.ts';
import type { Screen, Viewport } from './viewport.ts';
import { wholeWindow } from './window-level.ts';
import type { ValueWindow } from './window-level.ts';

export interface CanvasDocument {
  readonly labels: LabelImage;
  readonly image: ImagePixels;
  readonly history: History;
}

/** What goes on from image to image, and over a restart. */
export interface EditorState {
  readonly tool: SelectableToolName;
  readonly settings: PaintSettings;
  readonly display: DisplaySettings;
  /** Absent: the image fits the screen. */
  readonly viewport: Viewport | undefined;
  /** Absent: the whole range of values. */
  readonly window: ValueWindow | undefined;
}

export interface WheelInput extends Modifiers {
  readonly screen: Point;
  readonly deltaX: number;
  readonly deltaY: number;
  /** WheelEvent.deltaMode. */
  readonly deltaMode: number;
}

export class Editor implements ToolSubject {
  readonly labels: LabelImage;
  readonly image: ImagePixels;
  readonly history: History;
  onChange: () => void = () => undefined;
  screen: Screen = { width: 1, height: 1, pixelRatio: 1 };
  window: ValueWindow;
  settings: PaintSettings;
  display: DisplaySettings;

  readonly #context: ToolContext;
  readonly #tools: Readonly<Record<ToolName, Tool>>;
  readonly pointers: PointerRouter;
  #tool: SelectableToolName;
  #viewport: Viewport;
  #layer: Layer | undefined;
  /** The image has not been moved since it was made to fit. */
  #fitted: boolean;

  constructor(document: CanvasDocument, state: Partial<EditorState> = {}, pace: Pace = windowPace) {
    this.labels = document.labels;
    this.image = document.image;
    this.history = document.history;
    this.settings = state.settings ?? defaultPaintSettings;
    this.display = state.display ?? defaultDisplaySettings;
    this.window = state.window ?? wholeWindow(document.image);
    this.#viewport = state.viewport ?? fit(document.labels, this.screen);
    this.#fitted = state.viewport === undefined;
    this.#tool = state.tool ?? 'brush';
    this.#context = new ToolContext(
      this,
      pace,
      (gesture) => this.history.record(gesture),
      () => this.#progressed(),
    );
    this.#tools = createTools(this.#context);
    this.pointers = new PointerRouter(this, this.#tools, () => this.#context.working);
    this.history.onChange = () => this.#progressed();
  }

  get state(): EditorState {
    const viewport = this.#fitted ? undefined : this.viewport;
    return { tool: this.#tool, settings: this.settings, display: this.display, viewport, window: this.window };
  }

  get tool(): SelectableToolName {
    return this.#tool;
  }

  /** A polygon in the making is closed, not lost; any other gesture is taken back. */
  set tool(name: SelectableToolName) {
    this.release();
    this.#tool = name;
    this.onChange();
  }

  /** A gesture is open, or goes on by itself; leaving the image has to wait or `release` it. */
  get busy(): boolean {
    return this.pointers.held !== undefined || this.#tools[this.#tool].busy() || this.#context.working;
  }

  get viewport(): Viewport {
    return this.#viewport;
  }

  /** From here on the image stays where it is when the screen changes. */
  set viewport(viewport: Viewport) {
    this.#viewport = viewport;
    this.#fitted = false;
  }

  get preview(): Preview {
    return this.#tools[this.pointers.ready].preview(this.pointers.position);
  }

  /** Ends the open gesture, and what goes on by itself: before another tool, another image, or the end. */
  release(): void {
    const { held } = this.pointers;
    if (held === undefined) this.#context.complete();
    this.pointers.letGo();
    if (held !== undefined && held !== this.#tool) this.#tools[held].cancel();
    keyOf(this.#tools[this.#tool], 'enter');
    this.#tools[this.#tool].cancel();
    this.#context.complete();
    this.onChange();
  }

  change(settings: Partial<PaintSettings>): void {
    const { brushLocked = this.settings.brushLocked } = settings;
    this.settings = { ...lockedBrush(this.settings, brushLocked, this.#viewport), ...settings };
    this.onChange();
  }

  show(display: Partial<DisplaySettings>): void {
    this.display = { ...this.display, ...display };
    this.onChange();
  }

  /** In twentieths, from invisible to opaque. */
  changeOpacity(steps: number): void {
    this.show({ opacity: Math.max(0, Math.min(1, (Math.round(this.display.opacity * 20) + steps) / 20)) });
  }

  setWindow(window: ValueWindow): void {
    this.window = window;
    this.onChange();
  }

  /** Shown besides the labels; of a proposal takes the proposal brush. */
  get layer(): Layer | undefined {
    return this.#layer;
  }

  /** @throws RangeError when it is not of this image */
  setLayer(layer: Layer | undefined): void {
    const { width, height } = this.labels;
    if (layer !== undefined && layer.pixels.length !== width * height) {
      throw new RangeError(`a layer of ${layer.pixels.length} pixels over an image of ${width}×${height}`);
    }
    this.#layer = layer;
    this.onChange();
  }

  resize(screen: Screen): void {
    const before = this.screen;
    this.screen = screen;
    this.#viewport = this.#fitted ? fit(this.labels, screen) : resized(this.#viewport, this.labels, before, screen);
    this.onChange();
  }

  fit(): void {
    this.#viewport = fit(this.labels, this.screen);
    this.#fitted = true;
    this.onChange();
  }

  actualSize(): void {
    this.#moveTo(actualSize(this.#viewport, this.labels, this.screen));
  }

  /** By keys and buttons: around the middle of the screen. */
  zoom(factor: number): void {
    const middle = { x: this.screen.width / 2, y: this.screen.height / 2 };
    this.#moveTo(zoomAt(this.#viewport, middle, factor, this.labels, this.screen));
  }

  resizeBrush(steps: number): void {
    this.change(steppedBrush(this.settings, steps));
  }

  async undo(): Promise<void> {
    if (this.key('undo') || !this.#settle()) return;
    await this.history.undo();
  }

  async redo(): Promise<void> {
    if (this.#settle()) await this.history.redo();
  }

  /**
   * What nobody labelled becomes background, as one entry of the history. Until somebody says that an image is done, 255
   * stays 255, however much of it was painted, since nobody looked there; saying so is what this is for.
   * @returns when it is recorded; false: nothing was changed, since it was cancelled, the person was painting, or it is
   *   unclear what an undo did
   */
  async unlabelledToBackground(): Promise<boolean> {
    this.release();
    await this.history.settled();
    if (this.history.blocked || !this.#settle()) return false;
    return new Promise((settle) => {
      this.#context.replaceClass('unlabelled-to-background', unlabelled, background, settle);
      this.onChange();
    });
  }

  /** True: the gesture used the key. */
  key(key: GestureKey): boolean {
    const used = this.#stops(key) || keyOf(this.#tools[this.pointers.held ?? this.#tool], key);
    // What Escape ended must not go on with the next move.
    if (used && key === 'escape') this.pointers.letGo();
    if (used) this.onChange();
    return used;
  }

  /** Zoom at the pointer; with Alt the brush's size, with Shift the opacity. */
  wheel({ screen, deltaX, deltaY, deltaMode, alt, shift, ctrl }: WheelInput): void {
    // With Shift some systems turn the wheel sideways.
    const delta = deltaY === 0 ? deltaX : deltaY;
    if (alt) this.resizeBrush(-Math.sign(delta));
    else if (shift) this.changeOpacity(-Math.sign(delta));
    else {
      const factor = wheelFactor({ deltaY: delta, deltaMode, ctrl });
      this.#moveTo(zoomAt(this.#viewport, screen, factor, this.labels, this.screen));
    }
  }

  /** History or a gesture has gone on. */
  #progressed(): void {
    this.pointers.resume();
    this.onChange();
  }

  /** Ends what goes on by itself. False: a gesture is open. */
  #settle(): boolean {
    if (this.pointers.held === undefined) this.#context.complete();
    return !this.busy;
  }

  /** Escape ends what goes on by itself, with what waited for it. */
  #stops(key: GestureKey): boolean {
    if (key !== 'escape' || !this.#context.working || this.pointers.held !== undefined) return false;
    this.pointers.forgetWaiting();
    this.#tools[this.#tool].cancel();
    this.#context.abandon();
    return true;
  }

  #moveTo(viewport: Viewport): void {
    this.viewport = viewport;
    this.onChange();
  }
}

function keyOf(tool: Tool, key: GestureKey): boolean {
  if (tool.key !== undefined) return tool.key(key);
  if (key !== 'escape' || !tool.busy()) return false;
  tool.cancel();
  return true;
}
