/**
 * What Node and the page say to each other about a mounted canvas. Types only, without the DOM. Convention: they cross as
 * JSON.
 */
export interface MountOptions {
  readonly width: number;
  readonly height: number;
  /** The value of the image's left half and of its right half; absent: black. */
  readonly halves?: readonly [number, number];
}

export interface PageFrame {
  readonly milliseconds: number;
  /** From the event to the end of the drawing; null: no event came before this frame. */
  readonly waited: number | null;
}

export interface PageState {
  readonly frames: readonly PageFrame[];
  /** Pixels of class 1. */
  readonly painted: number;
  readonly scale: number;
  readonly cursor: string;
  readonly window: { readonly low: number; readonly high: number };
  readonly busy: boolean;
  readonly gestures: readonly string[];
}
