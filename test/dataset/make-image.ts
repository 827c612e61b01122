/**
 * Writes image files byte by byte, so that what a decoder gives is checked against values that no library made.
 * Not for pictures with compression worth the name. Convention: samples row-major, channels interleaved, as in the engine.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { afterAll } from 'vitest';

/** A folder that goes away after the file's tests. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mambrush-dataset-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}

export interface PngParts {
  readonly width: number;
  readonly height: number;
  readonly bits: 1 | 2 | 4 | 8 | 16;
  /** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha. */
  readonly colorType: 0 | 2 | 3 | 4 | 6;
  /** One number per sample. */
  readonly samples: ArrayLike<number>;
  readonly palette?: readonly number[];
  /** One filter per row, cycling; 0 everywhere when absent. */
  readonly filters?: readonly number[];
  readonly interlaced?: boolean;
  /** Chunks between header and palette. */
  readonly extra?: readonly (readonly [string, Uint8Array])[];
}

const CHANNELS = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

export function makePng(parts: PngParts): Buffer {
  const { width, height, bits, colorType } = parts;
  const channels = CHANNELS[colorType];
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bits, colorType, 0, 0, parts.interlaced ? 1 : 0], 8);
  const rows: Buffer[] = [];
  const step = Math.max(1, (bits * channels) / 8);
  for (const [fromX, fromY, stepX, stepY] of parts.interlaced ? ADAM7 : ([[0, 0, 1, 1]] as const)) {
    const columns = Math.ceil((width - fromX) / stepX);
    if (columns <= 0) continue;
    let above: Buffer = Buffer.alloc(Math.ceil((columns * channels * bits) / 8));
    for (let y = fromY, row = 0; y < height; y += stepY, row++) {
      const line = Buffer.alloc(above.length);
      for (let i = 0; i < columns * channels; i++) {
        const x = fromX + Math.floor(i / channels) * stepX;
        const value = parts.samples[(y * width + x) * channels + (i % channels)]!;
        if (bits === 16) line.writeUInt16BE(value, i * 2);
        else line[(i * bits) >> 3]! |= value << (8 - bits - ((i * bits) & 7));
      }
      const filter = parts.filters?.[row % parts.filters.length] ?? 0;
      const filtered = line.map((value, i) => {
        const left = line[i - step] ?? 0;
        const up = above[i]!;
        const corner = i >= step ? above[i - step]! : 0;
        const p = left + up - corner;
        const [a, b, c] = [Math.abs(p - left), Math.abs(p - up), Math.abs(p - corner)];
        const paeth = a <= b && a <= c ? left : b <= c ? up : corner;
        return value - [0, left, up, (left + up) >> 1, paeth][filter]!;
      });
      rows.push(Buffer.from([filter]), Buffer.from(filtered));
      above = line;
    }
  }
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...(parts.extra ?? []).map(([type, data]) => chunk(type, data)),
    ...(parts.palette ? [chunk('PLTE', Uint8Array.from(parts.palette))] : []),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

export interface TiffParts {
  readonly width: number;
  readonly height: number;
  readonly bits: 8 | 16 | 32;
  readonly channels: number;
  /** 0 white is zero, 1 grey, 2 RGB, 5 CMYK, 6 YCbCr. */
  readonly photometric: number;
  readonly samples: ArrayLike<number>;
  /** 1 unsigned, 2 signed, 3 floating point. */
  readonly sampleFormat?: number;
  readonly orientation?: number;
  readonly pages?: number;
}

/** Little-endian, uncompressed, one strip per page, every page the same. */
export function makeTiff(parts: TiffParts): Buffer {
  const { width, height, bits, channels } = parts;
  const data = Buffer.alloc((width * height * channels * bits) / 8);
  for (let i = 0; i < width * height * channels; i++) {
    if (bits === 8) data[i] = parts.samples[i]!;
    else if (bits === 16) data.writeUInt16LE(parts.samples[i]! & 0xffff, i * 2);
    else data.writeFloatLE(parts.samples[i]!, i * 4);
  }
  const shorts = (values: readonly number[]): Buffer => Buffer.from(Uint16Array.from(values).buffer);
  const head = Buffer.from('II*\0\0\0\0\0', 'latin1');
  const pieces: Buffer[] = [head, data];
  let size = 8 + data.length;
  let linkAt = 4;
  const links: [number, number][] = [];
  for (let page = 0; page < (parts.pages ?? 1); page++) {
    const bitsAt = size;
    const bitsList = shorts(Array.from({ length: Math.max(channels, 2) }, () => bits));
    const entries: [number, number, number, number][] = [
      [256, 4, 1, width],
      [257, 4, 1, height],
      [258, 3, channels, channels <= 2 ? (channels === 2 ? bits | (bits << 16) : bits) : bitsAt],
      [259, 3, 1, 1],
      [262, 3, 1, parts.photometric],
      [273, 4, 1, 8],
      [274, 3, 1, parts.orientation ?? 1],
      [277, 3, 1, channels],
      [278, 4, 1, height],
      [279, 4, 1, data.length],
      [284, 3, 1, 1],
      [339, 3, 1, parts.sampleFormat ?? 1],
    ];
    const directory = Buffer.alloc(2 + entries.length * 12 + 4);
    directory.writeUInt16LE(entries.length, 0);
    entries.forEach(([tag, type, count, value], i) => {
      directory.writeUInt16LE(tag, 2 + i * 12);
      directory.writeUInt16LE(type, 4 + i * 12);
      directory.writeUInt32LE(count, 6 + i * 12);
      directory.writeUInt32LE(value, 10 + i * 12);
    });
    links.push([linkAt, size + bitsList.length]);
    linkAt = size + bitsList.length + 2 + entries.length * 12;
    pieces.push(bitsList, directory);
    size += bitsList.length + directory.length;
  }
  const bytes = Buffer.concat(pieces);
  for (const [at, to] of links) bytes.writeUInt32LE(to, at);
  return bytes;
}

export interface BmpParts {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  /** The pixel data as it stands in the file. */
  readonly data: Uint8Array;
  /** red, green, blue, … */
  readonly palette?: readonly number[];
  readonly compression?: number;
  readonly topDown?: boolean;
  readonly fields?: readonly number[];
}

export function makeBmp(parts: BmpParts): Buffer {
  const colors = (parts.palette?.length ?? 0) / 3;
  const fields = parts.fields ?? [];
  const head = Buffer.alloc(54 + fields.length * 4 + colors * 4);
  head.write('BM', 'latin1');
  head.writeUInt32LE(head.length + parts.data.length, 2);
  head.writeUInt32LE(head.length, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(parts.width, 18);
  head.writeInt32LE(parts.topDown ? -parts.height : parts.height, 22);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(parts.bits, 28);
  head.writeUInt32LE(parts.compression ?? 0, 30);
  head.writeUInt32LE(parts.data.length, 34);
  head.writeUInt32LE(colors, 46);
  fields.forEach((field, i) => head.writeUInt32LE(field, 54 + i * 4));
  for (let i = 0; i < colors; i++) {
    for (let c = 0; c < 3; c++) head[54 + fields.length * 4 + i * 4 + 2 - c] = parts.palette![i * 3 + c]!;
  }
  return Buffer.concat([head, parts.data]);
}

/** A small generator for tests that try many random things; the same numbers every time. */
export function dice(seed: number): (sides: number) => number {
  let state = seed >>> 0 || 1;
  return (sides) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % sides;
  };
}
