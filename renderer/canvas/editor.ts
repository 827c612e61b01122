/**
 * One open image under the hand: which tool gets the pointer, the wheel and the keys, and what they leave behind. No
 * DOM and no drawing; the view feeds it and shows it.
 * Convention: left button the chosen tool, middle button or held Space pan, right button contrast, two fingers pinch.
 * Everything readable here is a plain value or record that is replaced when it changes; `onChange` follows.
 */
import { Easel } from './easel.ts';
import type { EaselState } from './easel.ts';
import { Fingers } from './fingers.ts';
import type { Point } from './geometry.ts';
import type { History } from './history.ts';
import type { ImagePixels } from './image-pixels.ts';
import { background, unlabelled } from './label-image.ts';
import type { LabelImage } from './label-image.ts';
import type { Layer } from './layer.ts';
import { windowPace } from './sliced-work.ts';
import type { Pace } from './sliced-work.ts';
import { defaultDisplaySettings, defaultPaintSettings, steppedBrush } from './settings.ts';
import type { DisplaySettings, PaintSettings } from './settings.ts';
import { createTools } from './tools/all-tools.ts';
import type { Preview } from './tools/preview.ts';
import type { GestureKey, Modifiers, PointerInput, Tool, ToolName } from './tools/tool.ts';
import { actualSize, fit, pinch, resized, wheelFactor, zoomAt } from './viewport.ts';
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
  readonly tool: ToolName;
  readonly settings: PaintSettings;
  readonly display: DisplaySettings;
  /** Absent: the image fits the screen. */
  readonly viewport: Viewport | undefined;
  /** Absent: the whole range of values. */
  readonly window: ValueWindow | undefined;
}

export interface PointerPress {
  readonly id: number;
  readonly kind: 'mouse' | 'pen' | 'touch';
  /** MouseEvent.button: 0 left or contact, 1 middle, 2 right, 5 the pen's eraser. */
  readonly button: number;
}

export interface WheelInput extends Modifiers {
  readonly screen: Point;
  readonly deltaX: number;
  readonly deltaY: number;
  /** WheelEvent.deltaMode. */
  readonly deltaMode: number;
}

export class Editor implements EaselState {
  readonly labels: LabelImage;
  readonly image: ImagePixels;
  readonly history: History;
  onChange: () => void = () => undefined;
  screen: Screen = { width: 1, height: 1, pixelRatio: 1 };
  viewport: Viewport;
  window: ValueWindow;
  settings: PaintSettings;
  display: DisplaySettings;

  readonly #easel: Easel;
  readonly #tools: Readonly<Record<ToolName, Tool>>;
  #tool: ToolName;
  #layer: Layer | undefined;
  /** Who has the pointer, from press to release. */
  #grip: { readonly id: number; readonly kind: PointerPress['kind']; readonly tool: ToolName } | undefined;
  #hover: PointerInput | undefined;
  #panHeld = false;
  /** The image has not been moved since it was made to fit. */
  #fitted: boolean;
  readonly #fingers = new Fingers();
  /** What came while an undo, or the end of the gesture before, was under way. */
  readonly #waiting: (() => void)[] = [];

  constructor(document: CanvasDocument, state: Partial<EditorState> = {}, pace: Pace = windowPace) {
    this.labels = document.labels;
    this.image = document.image;
    this.history = document.history;
    this.settings = state.settings ?? defaultPaintSettings;
    this.display = state.display ?? defaultDisplaySettings;
    this.window = state.window ?? wholeWindow(document.image);
    this.viewport = state.viewport ?? fit(document.labels, this.screen);
    this.#fitted = state.viewport === undefined;
    this.#tool = state.tool ?? 'brush';
    this.#easel = new Easel(
      this,
      pace,
      (gesture) => {
        this.history.record(gesture);
      },
      () => this.#progressed(),
    );
    this.#tools = createTools(this.#easel);
    this.history.onChange = () => this.#progressed();
  }

  get state(): EditorState {
    const viewport = this.#fitted ? undefined : this.viewport;
    return { tool: this.#tool, settings: this.settings, display: this.display, viewport, window: this.window };
  }

  get tool(): ToolName {
    return this.#tool;
  }

  /** A polygon in the making is closed, not lost; any other gesture is taken back. */
  set tool(name: ToolName) {
    this.release();
    this.#tool = name;
    this.onChange();
  }

  /** A gesture is open, or goes on by itself; leaving the image has to wait or `release` it. */
  get busy(): boolean {
    return this.#grip !== undefined || this.#tools[this.#tool].busy || this.#easel.working;
  }

  /** Where the pointer is, in image coordinates; undefined outside the canvas. */
  get pointer(): Point | undefined {
    return this.#hover;
  }

  get preview(): Preview {
    return this.#tools[this.#toolFor(0)].preview(this.#hover);
  }

  /** Ends what is in hand, and what goes on by itself: before another tool, another image, or the end. */
  release(): void {
    const held = this.#grip?.tool;
    if (held === undefined) this.#easel.complete();
    this.#grip = undefined;
    if (held !== undefined && held !== this.#tool) this.#tools[held].cancel();
    this.#tools[this.#tool].key('enter');
    this.#tools[this.#tool].cancel();
    this.#easel.complete();
    this.onChange();
  }

  change(settings: Partial<PaintSettings>): void {
    this.settings = { ...this.settings, ...settings };
    this.onChange();
  }

  show(display: Partial<DisplaySettings>): void {
    this.display = { ...this.display, ...display };
    this.onChange();
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
    this.viewport = this.#fitted ? fit(this.labels, screen) : resized(this.viewport, this.labels, before, screen);
    this.onChange();
  }

  fit(): void {
    this.#look(fit(this.labels, this.screen), true);
  }

  actualSize(): void {
    this.#look(actualSize(this.viewport, this.labels, this.screen));
  }

  /** By keys and buttons: around the middle of the screen. */
  zoom(factor: number): void {
    const middle = { x: this.screen.width / 2, y: this.screen.height / 2 };
    this.#look(zoomAt(this.viewport, middle, factor, this.labels, this.screen));
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
      this.#easel.replaceClass('unlabelled-to-background', unlabelled, background, settle);
      this.onChange();
    });
  }

  /** While Space is held the left button pans. */
  holdPan(held: boolean): void {
    this.#panHeld = held;
    this.onChange();
  }

  /** True: the gesture used the key. */
  key(key: GestureKey): boolean {
    const used = this.#stops(key) || this.#tools[this.#grip?.tool ?? this.#tool].key(key);
    // What Escape ended must not go on with the next move.
    if (used && key === 'escape' && this.#grip !== undefined) this.#grip = undefined;
    if (used) this.onChange();
    return used;
  }

  pointerDown(press: PointerPress, input: PointerInput): void {
    this.#hover = input;
    if (press.kind === 'touch' && this.#fingerDown(press.id, input.screen)) return;
    if (this.#grip !== undefined) return;
    const tool = this.#toolFor(press.button);
    if (this.history.blocked || (this.#easel.working && !looking.has(tool))) {
      const again = (): void => {
        this.pointerDown(press, input);
      };
      if (!this.history.blocked || this.history.saveState.kind !== 'failed') this.#waiting.push(again);
      return;
    }
    // A polygon in the making stays in the making while the image is panned or its contrast set.
    this.#grip = { id: press.id, kind: press.kind, tool };
    this.#tools[tool].down(input);
    this.onChange();
  }

  pointerMove(id: number, input: PointerInput): void {
    if (this.#later(() => this.pointerMove(id, input))) return;
    const pinched = this.#fingers.move(id, input.screen);
    if (pinched !== undefined) {
      this.#look(pinch(this.viewport, pinched.before, pinched.after, this.labels, this.screen));
    }
    if (this.#fingers.pinching && this.#fingers.has(id)) return;
    if (this.#grip !== undefined && this.#grip.id !== id) return;
    this.#hover = input;
    const moved = this.#grip?.tool ?? this.#tool;
    const before = this.viewport;
    this.#tools[moved].move(input);
    if (this.viewport !== before) this.#fitted = false;
    this.onChange();
  }

  pointerUp(id: number, input: PointerInput): void {
    if (this.#later(() => this.pointerUp(id, input))) return;
    this.#fingers.up(id);
    if (this.#grip?.id !== id) return;
    const { tool } = this.#grip;
    this.#grip = undefined;
    this.#tools[tool].up(input);
    this.onChange();
  }

  /** The system took the pointer away. */
  pointerCancel(id: number): void {
    if (this.#later(() => this.pointerCancel(id))) return;
    this.#fingers.up(id);
    if (this.#grip?.id === id) this.#dropGrip();
    this.onChange();
  }

  pointerLeave(): void {
    this.#hover = undefined;
    this.onChange();
  }

  /** Zoom at the pointer; with Alt the brush's size, with Shift the opacity. */
  wheel({ screen, deltaX, deltaY, deltaMode, alt, shift, ctrl }: WheelInput): void {
    // With Shift some systems turn the wheel sideways.
    const delta = deltaY === 0 ? deltaX : deltaY;
    if (alt) this.resizeBrush(-Math.sign(delta));
    else if (shift) this.show({ opacity: nextOpacity(this.display.opacity, -Math.sign(delta)) });
    else {
      this.#look(
        zoomAt(this.viewport, screen, wheelFactor({ deltaY: delta, deltaMode, ctrl }), this.labels, this.screen),
      );
    }
  }

  /** History or easel got on; what waited for that goes on. */
  #progressed(): void {
    if (this.history.blocked && this.history.saveState.kind === 'failed') this.#waiting.length = 0;
    else if (!this.history.blocked && !this.#easel.working) for (const act of this.#waiting.splice(0)) act();
    this.onChange();
  }

  /** Ends what goes on by itself. False: there is a gesture in hand. */
  #settle(): boolean {
    if (this.#grip === undefined) this.#easel.complete();
    return !this.busy;
  }

  /** Escape ends what goes on by itself, with what waited for it. */
  #stops(key: GestureKey): boolean {
    if (key !== 'escape' || !this.#easel.working || this.#grip !== undefined) return false;
    this.#waiting.length = 0;
    this.#tools[this.#tool].cancel();
    this.#easel.abandon();
    return true;
  }

  #look(viewport: Viewport, fitted = false): void {
    this.viewport = viewport;
    this.#fitted = fitted;
    this.onChange();
  }

  #toolFor(button: number): ToolName {
    if (this.#grip !== undefined) return this.#grip.tool;
    if (button === 1 || (button === 0 && this.#panHeld)) return 'pan';
    if (button === 2) return 'contrast';
    return button === 5 ? 'eraser' : this.#tool;
  }

  /** While something waits, what follows has to wait too, or a release would overtake its press. */
  #later(act: () => void): boolean {
    if (this.#waiting.length === 0) return false;
    this.#waiting.push(act);
    return true;
  }

  #dropGrip(): void {
    if (this.#grip === undefined) return;
    this.#tools[this.#grip.tool].cancel();
    this.#grip = undefined;
  }

  /** True: the finger does not paint. */
  #fingerDown(id: number, at: Point): boolean {
    // A hand that rests on the screen while the pen draws.
    if (this.#grip !== undefined && this.#grip.kind !== 'touch') return true;
    this.#fingers.down(id, at);
    if (!this.#fingers.pinching) return false;
    this.#dropGrip();
    this.onChange();
    return true;
  }
}

/** What changes no pixel. */
const looking: ReadonlySet<ToolName> = new Set(['pan', 'contrast']);

/** In steps of a twentieth, from invisible to opaque. */
function nextOpacity(opacity: number, step: number): number {
  return Math.max(0, Math.min(1, (Math.round(opacity * 20) + step) / 20));
}
