/**
 * How large a picture is when it has to fit into a square. Convention: never enlarged, never without pixels.
 */
interface Size {
  readonly width: number;
  readonly height: number;
}

/** @param side of the square, in pixels */
export function fitInside({ width, height }: Size, side: number): Size {
  const scale = Math.min(1, side / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
