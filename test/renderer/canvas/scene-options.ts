/**
 * What Node and the page say to each other about a scene that is drawn and compared. Types only, without the DOM.
 * Convention: they cross as JSON.
 */
export interface SceneOptions {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly bits: 8 | 16;
  readonly outlinesOnly: boolean;
  /** Absent: none. */
  readonly layer?: 'proposal' | 'confusion';
  readonly viewport: { readonly scale: number; readonly left: number; readonly top: number };
  readonly pixelRatio: number;
}

export interface Difference {
  readonly compared: number;
  readonly inside: number;
  /** Pixels further from the definition than rounding explains. */
  readonly wrong: number;
  readonly example: string;
}
