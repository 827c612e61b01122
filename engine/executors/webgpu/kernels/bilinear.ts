/**
 * WGSL of bilinear ×2 upsampling with align_corners, and its transpose as a gather. Not an operation.
 * Convention: as engine/program/operations/bilinear: output o of 2·n reads source o·(n-1)/(2·n-1).
 */

/** Declares `low`, `high` (u32) and `weight` of the upper source, with a suffix, for output `o` along an axis. */
export function bilinearTap(o: string, extent: number, suffix: string): string {
  // In whole numbers, so that a weight keeps its digits on large planes.
  return `
    let product${suffix} = ${o} * ${extent - 1}u;
    let low${suffix} = product${suffix} / ${2 * extent - 1}u;
    let high${suffix} = min(low${suffix} + 1u, ${extent - 1}u);
    let weight${suffix} = f32(product${suffix} % ${2 * extent - 1}u) / ${2 * extent - 1}.0;`;
}

/** Weighted sum of the four sources, from taps with the suffixes R and C. @param at value of a source pixel's element */
export function bilinearValue(width: number, at: (pixel: string) => string): string {
  const corner = (row: string, column: string): string => at(`(${row}R * ${width}u + ${column}C)`);
  return `((1.0 - weightR) * ((1.0 - weightC) * ${corner('low', 'low')} + weightC * ${corner('low', 'high')})
    + weightR * ((1.0 - weightC) * ${corner('high', 'low')} + weightC * ${corner('high', 'high')}))`;
}

/**
 * Declares `gathered`: the sum over all outputs that read the source (row, column) of weight · value.
 * @param at value of an output pixel
 */
export function bilinearGather(height: number, width: number, at: (pixel: string) => string): string {
  // Outputs o whose source position lies within 1 of s: s - 1 < o·(n-1)/(2n-1) < s + 1; the bounds are rounded outwards.
  const first = (s: string, n: number): string =>
    n > 1 ? `max(${s}, 1u) * ${2 * n - 1}u / ${n - 1}u - ${Math.floor((2 * n - 1) / (n - 1))}u` : '0u';
  const last = (s: string, n: number): string =>
    n > 1 ? `min((${s} + 1u) * ${2 * n - 1}u / ${n - 1}u, ${2 * n - 1}u)` : '1u';
  return `
    var gathered = 0.0;
    for (var oR = ${first('row', height)}; oR <= ${last('row', height)}; oR++) {
      ${bilinearTap('oR', height, 'R')}
      let shareR = select(0.0, 1.0 - weightR, lowR == row) + select(0.0, weightR, highR == row);
      if (shareR != 0.0) {
        for (var oC = ${first('column', width)}; oC <= ${last('column', width)}; oC++) {
          ${bilinearTap('oC', width, 'C')}
          let shareC = select(0.0, 1.0 - weightC, lowC == column) + select(0.0, weightC, highC == column);
          if (shareC != 0.0) { gathered += shareR * shareC * ${at(`(oR * ${2 * width}u + oC)`)}; }
        }
      }
    }`;
}
