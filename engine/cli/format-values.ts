/**
 * Numbers, durations and tables as people read them in a terminal. Convention: what is not defined is a dash, never NaN.
 */

export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${String(whole)} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${String(minutes)} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${String(Math.floor(minutes / 60))} h ${String(minutes % 60).padStart(2, '0')} min`;
}

export function formatBytes(bytes: number): string {
  if (bytes >= 2 ** 30) return `${(bytes / 2 ** 30).toFixed(1)} GB`;
  return bytes >= 2 ** 20 ? `${(bytes / 2 ** 20).toFixed(0)} MB` : `${(bytes / 2 ** 10).toFixed(0)} KB`;
}

export function formatMeasure(value: number | null | undefined, digits = 4): string {
  return value === null || value === undefined || !Number.isFinite(value) ? '–' : value.toFixed(digits);
}

export function formatError(value: number | null): string {
  return value === null ? 'not a number' : value.toExponential(1);
}

/** A word of a command as it can be pasted into a shell. */
export function shellWord(text: string): string {
  return /^[\w./\\:~@%+=,-]+$/.test(text) ? text : `"${text.replaceAll('"', '\\"')}"`;
}

/** "1 image", "2 images". */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${String(count)} ${count === 1 ? one : many}`;
}

/** Columns set under each other, two spaces apart; the first is flush left, numbers are flush right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  const isNumber = (cell: string): boolean => /^[-–+\d.,e% ]*$/.test(cell);
  const flushRight = widths.map((_, i) => i > 0 && rows.slice(1).every((row) => isNumber(row[i] ?? '')));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (flushRight[i] === true ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A titled list below an empty line: the first `most`, then how many more; nothing where it is empty. */
export function formatList(
  title: string,
  entries: readonly (string | { readonly message: string })[],
  most = 10,
  hint = ' (see --json)',
): string[] {
  if (entries.length === 0) return [];
  const shown = entries.slice(0, most).map((entry) => `  ${typeof entry === 'string' ? entry : entry.message}`);
  const more = entries.length - most;
  return ['', title, ...shown, ...(more > 0 ? [`  … and ${more} more${hint}`] : [])];
}
