/**
 * Curves over epochs as an SVG drawing, for a page that loads nothing. Convention: a series may have gaps; colors are
 * told apart by the color-blind, and every line carries its name at its end.
 */

export interface Series {
  /** English, Chinese. */
  readonly name: readonly [string, string];
  readonly color: string;
  readonly dashed?: boolean;
  /** One value per epoch from 1 on. */
  readonly values: readonly (number | undefined)[];
}

const width = 560;
const height = 240;
const margin = { left: 44, right: 104, top: 12, bottom: 30 };

/** @param highest of the vertical axis, at least; it begins at 0 */
export function drawCurves(series: readonly Series[], highest = 0): string {
  const values = series.flatMap((line) => line.values.filter((value) => value !== undefined));
  const step = stepFor(Math.max(highest, ...values));
  const count = Math.max(1, Math.ceil(Math.max(highest, ...values) / step - 1e-9));
  const high = count * step;
  const epochs = Math.max(2, ...series.map((line) => line.values.length));
  const plot = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
  const x = (epoch: number): number => margin.left + ((epoch - 1) / (epochs - 1)) * plot.width;
  const y = (value: number): number => margin.top + (1 - Math.min(high, Math.max(0, value)) / high) * plot.height;
  const rows = Array.from({ length: count + 1 }, (_, i) => i * step);
  const grid = rows.map(
    (value) =>
      `<line x1="${margin.left}" x2="${margin.left + plot.width}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}" class="grid"/>` +
      `<text x="${margin.left - 6}" y="${(y(value) + 4).toFixed(1)}" class="axis" text-anchor="end">${value.toFixed(2)}</text>`,
  );
  const ticks = [...new Set([1, Math.round((1 + epochs) / 2), epochs])].map(
    (epoch) => `<text x="${x(epoch).toFixed(1)}" y="${height - 10}" class="axis" text-anchor="middle">${epoch}</text>`,
  );
  const labels = spread(series.map((line) => y(line.values.findLast((value) => value !== undefined) ?? 0)));
  const lines = series.map((line, at) => {
    const points = line.values.flatMap((value, i) =>
      value === undefined ? [] : [`${x(i + 1).toFixed(1)},${y(value).toFixed(1)}`],
    );
    const dash = line.dashed === true ? ' stroke-dasharray="5 4"' : '';
    return (
      `<polyline points="${points.join(' ')}" fill="none" stroke="${line.color}" stroke-width="2"${dash}/>` +
      (['en', 'zh-CN'] as const)
        .map(
          (language, which) =>
            `<text lang="${language}" x="${margin.left + plot.width + 8}" y="${(labels[at]! + 4).toFixed(1)}" fill="${line.color}" class="name">${line.name[which]!}</text>`,
        )
        .join('')
    );
  });
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${series.map(({ name }) => name[0]).join(', ')}">${[...grid, ...ticks, ...lines].join('')}</svg>`;
}

/** Two to four steps of 1, 2, 2.5 or 5 and a power of ten, from 0 to above the highest value. */
function stepFor(highest: number): number {
  const least = Math.max(highest, 0.04) / 4;
  const unit = 10 ** Math.floor(Math.log10(least));
  return unit * ([1, 2, 2.5, 5].find((factor) => factor * unit >= least) ?? 10);
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
