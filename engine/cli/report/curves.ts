/**
 * Curves over epochs as an SVG drawing, for a page that loads nothing. Convention: a series may have gaps; colours are
 * told apart by the colour-blind, and every line carries its name at its end.
 */

export interface Series {
  readonly name: string;
  readonly color: string;
  readonly dashed?: boolean;
  /** One value per epoch from 1 on. */
  readonly values: readonly (number | undefined)[];
}

const width = 560;
const height = 240;
const margin = { left: 44, right: 104, top: 12, bottom: 30 };

/** @param range of the vertical axis; from the values where it is not given */
export function drawCurves(series: readonly Series[], range?: readonly [number, number]): string {
  const values = series.flatMap((line) => line.values.filter((value) => value !== undefined));
  const [low, high] = range ?? niceRange(values);
  const epochs = Math.max(2, ...series.map((line) => line.values.length));
  const plot = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
  const x = (epoch: number): number => margin.left + ((epoch - 1) / (epochs - 1)) * plot.width;
  const y = (value: number): number =>
    margin.top + (1 - (Math.min(high, Math.max(low, value)) - low) / Math.max(1e-12, high - low)) * plot.height;
  const rows = Array.from({ length: 5 }, (_, i) => low + ((high - low) * i) / 4);
  const grid = rows.map(
    (value) =>
      `<line x1="${margin.left}" x2="${margin.left + plot.width}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}" class="grid"/>` +
      `<text x="${margin.left - 6}" y="${(y(value) + 4).toFixed(1)}" class="axis" text-anchor="end">${value.toFixed(2)}</text>`,
  );
  const ticks = [1, Math.round((1 + epochs) / 2), epochs].map(
    (epoch) => `<text x="${x(epoch).toFixed(1)}" y="${height - 10}" class="axis" text-anchor="middle">${epoch}</text>`,
  );
  const labels = spread(series.map((line) => y(line.values.findLast((value) => value !== undefined) ?? low)));
  const lines = series.map((line, at) => {
    const points = line.values.flatMap((value, i) =>
      value === undefined ? [] : [`${x(i + 1).toFixed(1)},${y(value).toFixed(1)}`],
    );
    const dash = line.dashed === true ? ' stroke-dasharray="5 4"' : '';
    return (
      `<polyline points="${points.join(' ')}" fill="none" stroke="${line.color}" stroke-width="2"${dash}/>` +
      `<text x="${margin.left + plot.width + 8}" y="${(labels[at]! + 4).toFixed(1)}" fill="${line.color}" class="name">${line.name}</text>`
    );
  });
  return `<svg viewBox="0 0 ${width} ${height}" role="img">${[...grid, ...ticks, ...lines].join('')}</svg>`;
}

function niceRange(values: readonly number[]): readonly [number, number] {
  const high = Math.max(...values, 0.1);
  const step = 10 ** Math.floor(Math.log10(high)) / 2;
  return [0, Math.ceil(high / step) * step];
}

/** Moves labels apart that would lie over each other. */
function spread(positions: readonly number[]): number[] {
  const order = positions.map((position, at) => ({ position, at })).sort((a, b) => a.position - b.position);
  let last = -Infinity;
  for (const entry of order) {
    entry.position = Math.max(entry.position, last + 15);
    last = entry.position;
  }
  const result: number[] = [];
  for (const { position, at } of order) result[at] = position;
  return result;
}
