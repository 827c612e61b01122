/**
 * The shape that pixels have in memory between decoding and preparing. Holds no file and no color management.
 * Convention: row-major (H, W, C), channels interleaved, the samples exactly as the file has them.
 */
export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Pixels extends Size {
  readonly channels: number;
  /** (height, width, channels); Uint16Array when the source has 16 bits per sample. */
  readonly data: Uint8Array | Uint16Array;
}

/** One more than this many pixels in a file is refused: nothing that is meant as one picture is larger. */
export const MAX_PIXELS = 1_000_000_000;
