/**
 * Default colors of classes, told apart by the color-blind. Not a color library.
 * Convention: `#rrggbb`, lower case; the first seven are best, and the first free one is taken.
 */

/**
 * Okabe and Ito, 'Color Universal Design' (2008), without black, which is lost on dark images; then Paul Tol's
 * 'muted' scheme (SRON/EPS/TN/09-002), without those too near to one before.
 */
const palette: readonly string[] = [
  '#e69f00',
  '#56b4e9',
  '#009e73',
  '#f0e442',
  '#0072b2',
  '#d55e00',
  '#cc79a7',
  '#882255',
  '#999933',
  '#88ccee',
  '#332288',
  '#ddcc77',
  '#aa4499',
  '#117733',
];

/** The first color of the palette that is not in use; past its end, the one used longest ago again. */
export function nextColor(used: readonly string[]): string {
  const free = palette.find((color) => !used.includes(color));
  return free ?? palette[used.length % palette.length] ?? '#e69f00';
}
