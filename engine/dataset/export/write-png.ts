/**
 * Writes PNG files piece by piece: grey of 8 or 16 bits, or indices with a palette. By hand because sharp chooses indices
 * itself, while a mask's numbers must stay the class numbers. No color, no interlacing, no reading.
 * Convention: PNG specification, third edition; filter 'Up' throughout, since rows of masks repeat; no ancillary chunks.
 */
import { once } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import { crc32, createDeflate } from 'node:zlib';
import { writeAtomically, writeFully } from '../../write-atomically.ts';

export interface PngLayout {
  readonly width: number;
  readonly height: number;
  readonly kind: 'grey8' | 'grey16' | 'palette';
  /** Red, green, blue per index, 1 to 256 of them; for 'palette' only. */
  readonly palette?: readonly (readonly [number, number, number])[] | undefined;
}

/** Takes the next values, any number of them, from left to right and top to bottom. */
export type AppendPixels = (values: Uint8Array | Uint16Array) => Promise<void>;

const signature = Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const colorType = { grey8: 0, grey16: 0, palette: 3 } as const;
const filterUp = 2;
/** What is filtered and compressed in one go: a few milliseconds. */
const pieceValues = 1 << 19;

function chunk(type: 'IHDR' | 'PLTE' | 'IDAT' | 'IEND', data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}

function header({ width, height, kind }: PngLayout): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data[8] = kind === 'grey16' ? 16 : 8;
  data[9] = colorType[kind];
  return chunk('IHDR', data);
}

/** Turns values into filtered rows, whatever pieces they come in. */
class RowFilter {
  readonly #bytesPerValue: 1 | 2;
  readonly #rowBytes: number;
  readonly #row: Buffer;
  readonly #above: Buffer;
  #filled = 0;
  rows = 0;

  get isWithinRow(): boolean {
    return this.#filled > 0;
  }

  constructor({ width, kind }: PngLayout) {
    this.#bytesPerValue = kind === 'grey16' ? 2 : 1;
    this.#rowBytes = width * this.#bytesPerValue;
    this.#row = Buffer.alloc(this.#rowBytes);
    this.#above = Buffer.alloc(this.#rowBytes);
  }

  /** @returns the rows that these values complete, each with its filter byte */
  push(values: Uint8Array | Uint16Array): Buffer {
    const deep = this.#bytesPerValue === 2;
    const complete = Math.floor((this.#filled + values.length * this.#bytesPerValue) / this.#rowBytes);
    const result = Buffer.alloc(complete * (1 + this.#rowBytes));
    let out = 0;
    for (let from = 0; from < values.length;) {
      const wanted = (this.#rowBytes - this.#filled) / this.#bytesPerValue;
      const until = Math.min(values.length, from + wanted);
      if (deep) {
        for (let at = from, to = this.#filled; at < until; at++) {
          this.#row[to++] = values[at]! >> 8;
          this.#row[to++] = values[at]! & 255;
        }
        this.#filled += 2 * (until - from);
      } else {
        this.#row.set(values.subarray(from, until), this.#filled);
        this.#filled += until - from;
      }
      from = until;
      if (this.#filled < this.#rowBytes) continue;
      result[out++] = filterUp;
      const [row, above] = [this.#row, this.#above];
      for (let at = 0; at < row.length; at++) result[out++] = row[at]! - above[at]!;
      row.copy(above);
      this.#filled = 0;
      this.rows++;
    }
    return result;
  }
}

async function writePixels(
  file: FileHandle,
  layout: PngLayout,
  fill: (append: AppendPixels) => Promise<void>,
): Promise<void> {
  const deflate = createDeflate({ level: 6, chunkSize: 1 << 17 });
  const filter = new RowFilter(layout);
  const stored = (async () => {
    for await (const part of deflate) await writeFully(file, chunk('IDAT', part as Buffer));
  })();
  // Reported below; until then a full disk must not count as an unhandled error.
  stored.catch(() => undefined);
  try {
    await fill(async (values) => {
      for (let from = 0; from < values.length; from += pieceValues) {
        const rows = filter.push(values.subarray(from, from + pieceValues));
        if (rows.length > 0 && !deflate.write(rows)) await Promise.race([once(deflate, 'drain'), stored]);
      }
    });
    if (filter.rows !== layout.height || filter.isWithinRow) {
      throw new Error(`${filter.rows} rows of ${layout.height} were handed over, or part of one more`);
    }
    deflate.end();
    await stored;
  } catch (error) {
    deflate.destroy();
    throw error;
  }
}

/**
 * Writes a PNG; the file has its name only when it is whole.
 * @param fill hands over all width · height values through `append`
 * @throws the file system's errors, or Error when the values are too few or too many
 */
export async function writePng(
  path: string,
  layout: PngLayout,
  fill: (append: AppendPixels) => Promise<void>,
): Promise<void> {
  await writeAtomically(path, async (file) => {
    await writeFully(file, Buffer.concat([signature, header(layout)]));
    if (layout.kind === 'palette') {
      await writeFully(file, chunk('PLTE', Uint8Array.from((layout.palette ?? []).flat())));
    }
    await writePixels(file, layout, fill);
    await writeFully(file, chunk('IEND', Buffer.alloc(0)));
  });
}
