/**
 * Which tool gets the pointer, from press to release, and what has to wait until an undo or the gesture before has ended.
 * Not what the tool does with it.
 * Convention: left button the chosen tool, middle button or held Space pan, right button contrast, two fingers pinch.
 */
import { Fingers } from './fingers.ts';
import type { Point } from './geometry.ts';
import type { History } from './history.ts';
import type { ToolSubject } from './tool-context.ts';
import { tools as records } from './tools/registry.ts';
import type { ToolName } from './tools/registry.ts';
import type { PointerInput, Tool } from './tools/tool.ts';
import { pinch } from './viewport.ts';

export interface PointerPress {
  readonly id: number;
  readonly kind: 'mouse' | 'pen' | 'touch';
  /** MouseEvent.button: 0 left or contact, 1 middle, 2 right, 5 the pen's eraser. */
  readonly button: number;
}

/** What the router works for: the editor. */
export interface RoutedEditor extends Pick<ToolSubject, 'labels' | 'screen' | 'viewport'> {
  readonly tool: ToolName;
  readonly history: History;
  readonly onChange: () => void;
}

export class PointerRouter {
  readonly #editor: RoutedEditor;
  readonly #tools: Readonly<Record<ToolName, Tool>>;
  /** A gesture goes on by itself. */
  readonly #isWorking: () => boolean;
  /** That has the pointer, until it is released. */
  #gesture: { readonly id: number; readonly kind: PointerPress['kind']; readonly tool: ToolName } | undefined;
  #hover: PointerInput | undefined;
  #panHeld = false;
  readonly #fingers = new Fingers();
  readonly #waiting: (() => void)[] = [];

  constructor(editor: RoutedEditor, tools: Readonly<Record<ToolName, Tool>>, isWorking: () => boolean) {
    this.#editor = editor;
    this.#tools = tools;
    this.#isWorking = isWorking;
  }

  /** Where the pointer is; undefined outside the canvas. */
  get position(): PointerInput | undefined {
    return this.#hover;
  }

  /** The tool of the open gesture. */
  get held(): ToolName | undefined {
    return this.#gesture?.tool;
  }

  /** The tool that the left button has, or would have. */
  get ready(): ToolName {
    return this.#toolFor(0);
  }

  /** The open gesture gets no more of the pointer. */
  letGo(): void {
    this.#gesture = undefined;
  }

  /** What waits for the end of an undo or a gesture is done, once that has ended; nothing of it after a failure. */
  resume(): void {
    const { history } = this.#editor;
    if (history.blocked && history.saveState.kind === 'failed') this.forgetWaiting();
    else if (!history.blocked && !this.#isWorking()) for (const act of this.#waiting.splice(0)) act();
  }

  forgetWaiting(): void {
    this.#waiting.length = 0;
  }

  /** While Space is held the left button pans. */
  holdPan(held: boolean): void {
    this.#panHeld = held;
    this.#editor.onChange();
  }

  down(press: PointerPress, input: PointerInput): void {
    this.#hover = input;
    if (press.kind === 'touch' && this.#fingerDown(press.id, input.screen)) return;
    if (this.#gesture !== undefined) return;
    const tool = this.#toolFor(press.button);
    const { history } = this.#editor;
    if (history.blocked || (this.#isWorking() && records[tool].viewOnly !== true)) {
      const isLost = history.blocked && history.saveState.kind === 'failed';
      if (!isLost) this.#waiting.push(() => this.down(press, input));
      return;
    }
    // A polygon in the making stays in the making while the image is panned or its contrast set.
    this.#gesture = { id: press.id, kind: press.kind, tool };
    this.#tools[tool].down(input);
    this.#editor.onChange();
  }

  move(id: number, input: PointerInput): void {
    if (this.#later(() => this.move(id, input))) return;
    const pinched = this.#fingers.move(id, input.screen);
    if (pinched !== undefined) {
      const { viewport, labels, screen } = this.#editor;
      this.#editor.viewport = pinch(viewport, pinched.before, pinched.after, labels, screen);
      this.#editor.onChange();
    }
    if (this.#fingers.pinching && this.#fingers.has(id)) return;
    if (this.#gesture !== undefined && this.#gesture.id !== id) return;
    this.#hover = input;
    this.#tools[this.held ?? this.#editor.tool].move(input);
    this.#editor.onChange();
  }

  up(id: number, input: PointerInput): void {
    if (this.#later(() => this.up(id, input))) return;
    this.#fingers.up(id);
    if (this.#gesture?.id !== id) return;
    const { tool } = this.#gesture;
    this.#gesture = undefined;
    this.#tools[tool].up(input);
    this.#editor.onChange();
  }

  /** The system took the pointer away. */
  cancel(id: number): void {
    if (this.#later(() => this.cancel(id))) return;
    this.#fingers.up(id);
    if (this.#gesture?.id === id) this.#cancelGesture();
    this.#editor.onChange();
  }

  leave(): void {
    this.#hover = undefined;
    this.#editor.onChange();
  }

  #toolFor(button: number): ToolName {
    if (this.#gesture !== undefined) return this.#gesture.tool;
    if (button === 1 || (button === 0 && this.#panHeld)) return 'pan';
    if (button === 2) return 'contrast';
    return button === 5 ? 'eraser' : this.#editor.tool;
  }

  /** While something waits, what follows has to wait too, or a release would overtake its press. */
  #later(act: () => void): boolean {
    if (this.#waiting.length === 0) return false;
    this.#waiting.push(act);
    return true;
  }

  #cancelGesture(): void {
    if (this.held !== undefined) this.#tools[this.held].cancel();
    this.#gesture = undefined;
  }

  /** True: the finger does not paint. */
  #fingerDown(id: number, at: Point): boolean {
    // A hand that rests on the screen while the pen draws.
    if (this.#gesture !== undefined && this.#gesture.kind !== 'touch') return true;
    this.#fingers.down(id, at);
    if (!this.#fingers.pinching) return false;
    this.#cancelGesture();
    this.#editor.onChange();
    return true;
  }
}
