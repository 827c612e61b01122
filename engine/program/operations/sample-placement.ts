/**
 * Where an output pixel of an augmented sample comes from. Shared by the image's and the labels' first operation.
 * Convention: a placement is (8): a, b, c, d, e, f, min, max. Output (column, row) reads the source pixel nearest to
 * (a·column + b·row + c, d·column + e·row + f); a source outside the plane by more than 1e-3 is filled with 0.
 */
export const placementSize = 8;

const slack = 1e-3;

/** @returns index of the source pixel in a plane of height × width, or -1 for fill */
export function sourcePixel(
  placement: Float64Array,
  row: number,
  column: number,
  height: number,
  width: number,
): number {
  const x = placement[0]! * column + placement[1]! * row + placement[2]!;
  const y = placement[3]! * column + placement[4]! * row + placement[5]!;
  if (!(x >= -slack && y >= -slack && x <= width - 1 + slack && y <= height - 1 + slack)) return -1;
  const sourceColumn = Math.min(Math.max(Math.floor(x + 0.5), 0), width - 1);
  const sourceRow = Math.min(Math.max(Math.floor(y + 0.5), 0), height - 1);
  return sourceRow * width + sourceColumn;
}
