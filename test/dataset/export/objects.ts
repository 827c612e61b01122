/**
 * Objects as files have them, painted back into label maps, by another way than they were traced. Not a test.
 * Convention: a pixel is inside when its middle is, by the even-odd rule.
 */

/** Label maps written as rows of characters: '.' background, '?' unlabelled, digits classes. */
export function picture(...rows: readonly string[]): {
  readonly labels: Uint8Array;
  readonly size: { readonly width: number; readonly height: number };
} {
  const values = Array.from(rows.join(''), (sign) => (sign === '.' ? 0 : sign === '?' ? 255 : Number(sign)));
  return { labels: Uint8Array.from(values), size: { width: rows[0]!.length, height: rows.length } };
}

/** Paints what the outlines enclose. */
export function fillOutlines(
  target: Uint8Array,
  width: number,
  outlines: readonly (readonly number[])[],
  value: number,
): void {
  for (let at = 0; at < target.length; at++) {
    const [x, y] = [(at % width) + 0.5, Math.floor(at / width) + 0.5];
    let crossings = 0;
    for (const outline of outlines) {
      for (let i = 0; i < outline.length; i += 2) {
        const [x1, y1, x2, y2] = [0, 1, 2, 3].map((k) => outline[(i + k) % outline.length]!) as [
          number,
          number,
          number,
          number,
        ];
        if (y1 > y !== y2 > y && x < x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)) crossings++;
      }
    }
    if (crossings % 2 === 1) target[at] = value;
  }
}

/** Paints run lengths that go column by column and begin outside. */
export function fillRunLengths(
  target: Uint8Array,
  { counts, size: [height, width] }: { readonly counts: readonly number[]; readonly size: readonly [number, number] },
  value: number,
): void {
  let at = 0;
  for (const [index, count] of counts.entries()) {
    for (let i = 0; i < count; i++, at++) {
      if (index % 2 === 1) target[(at % height) * width + Math.floor(at / height)] = value;
    }
  }
  if (at !== width * height) throw new Error(`${at} pixels for ${width}×${height}`);
}

/** A label map of blobs and holes that no person would draw: values 0, 1, 2 and 255. */
export function randomLabels(width: number, height: number, seed: number): Uint8Array {
  let state = seed + 1;
  const next = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 16;
  };
  const labels = Uint8Array.from({ length: width * height }, () => [0, 0, 1, 1, 1, 2, 255][next() % 7]!);
  // Half of the rows repeat the one above, so that objects grow.
  for (let y = 1; y < height; y++) {
    if (next() % 2 === 0) labels.copyWithin(y * width, (y - 1) * width, y * width);
  }
  return labels;
}
