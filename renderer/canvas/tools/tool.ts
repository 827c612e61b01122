/**
 * What a tool is: a state machine that turns a gesture into one change of the labels, or of the view. The editor feeds
 * it, the view draws its preview. No DOM here.
 * Convention: points are image coordinates; a gesture runs from `down` to `up` or `cancel`, and cancel leaves no trace.
 */
import type { Point } from '../geometry.ts';
import type { ToolContext } from '../tool-context.ts';
import type { Preview } from './preview.ts';
import type { ToolOption } from './tool-options.ts';

/** A tool as the registry lists it. */
export interface ToolRecord {
  /** It changes no pixel, so it can be used while something else is still at work. */
  readonly viewOnly?: true;
  readonly create: (context: ToolContext) => Tool;
}

/** One that a person chooses. Its icon is the window's. */
export interface SelectableToolRecord extends ToolRecord {
  /** The text of the command is the tool's name; people's key settings hold the command. */
  readonly command: `tool.${string}`;
  /** The command's usual key, written as in the catalogue of commands. */
  readonly key: string;
  /** In the order of `toolOptions`. */
  readonly options: readonly ToolOption[];
  readonly needsProposal?: true;
}

export interface Modifiers {
  readonly alt: boolean;
  readonly shift: boolean;
  readonly ctrl: boolean;
}

export interface PointerSample extends Point {
  /** 0..1; 1 from what has no pressure. */
  readonly pressure: number;
}

export interface PointerInput extends PointerSample, Modifiers {
  /** CSS pixels from the canvas's left upper corner. */
  readonly screen: Point;
  /** Everywhere the pointer was since the last event, oldest first, this point last. */
  readonly samples: readonly PointerSample[];
}

/** Keys that mean something inside a gesture. `undo` is whatever key undoes. */
export type GestureKey = 'escape' | 'enter' | 'backspace' | 'delete' | 'undo';

export interface Tool {
  /** Something was begun that `cancel` would take back. */
  busy(): boolean;
  down(input: PointerInput): void;
  /** With no button down too: hovering. */
  move(input: PointerInput): void;
  up(input: PointerInput): void;
  cancel(): void;
  /** True: it meant something, and nobody else should act on it. Absent: Escape cancels. */
  key?(key: GestureKey): boolean;
  preview(hover: PointerInput | undefined): Preview;
}
