/**
 * Rows as CSV for spreadsheets. Reads none. Convention: RFC 4180, UTF-8 with a byte order mark (without it, Excel spoils
 * names in Chinese), and no cell that a spreadsheet would take for a formula.
 */

export const csvBeginning = '\ufeff';

export function csvRow(cells: readonly (string | number)[]): string {
  return `${cells.map((cell) => cellOf(String(cell))).join(',')}\r\n`;
}

/** A name that begins like a formula is made text: a spreadsheet must not compute what a file is called. */
function cellOf(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?[\d.]+(e[+-]?\d+)?$/i.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
