import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { formatNpyHeader, NpyError } from '../../../../engine/dataset/images/npy/npy-header.ts';
import type { NpyType } from '../../../../engine/dataset/images/npy/npy-header.ts';
import { openNpy, readNpy, writeNpy, writeNpyInPieces } from '../../../../engine/dataset/images/npy/npy.ts';
import { dice, scratchFolder } from '../../make-image.ts';

const folder = scratchFolder();
const path = join(folder, 'array.npy');

/** What NumPy 2.4 writes, deflated, as base64. `a` is numpy.arange(24).reshape(2, 3, 4). */
const NUMPY: Readonly<Record<string, string>> = {
  'a as float64':
    'eNqb7BfqGxDJyFDGUK2eklqcXKRupaBuk2ahrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOgrGOgommjoKtQrkAS4GFPDBHspwgFAcUFoASotAaQkoLQOlFaC0EpRWgdJqUFoDSmtBaR0orQelDaC0IZQ2gtLGUNoESptCaTMobe4AAIX2JXM=',
  'a as float64, Fortran order':
    'eNqb7BfqGxDJyFDGUK2eklqcXKRupaBuk2ahrqOgnpZfVFKUmBefX5SSChIPKSpNBQoXZyQWpAK5GkY6CsY6CiaaOgq1CmQCLgYUoOEAoQWgtAGUVoDSJlD6gz2E1oLyRaC0IZRWgtKmUJoBSutAaQkobQSlVaC0GZTmgNJ6UFoGShtDaTUobe4AAHLNJUg=',
  'a − 5 as big-endian int16':
    'eNqb7BfqGxDJyFDGUK2eklqcXKRupaBul2mkrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOgrGOgommjoKtQrkAa7/v///+f/3/7///xkYGBgZmBiYGVgYWBnYGNgZOBg4GbgYuBl4GHgZ+Bj4GQQYBBmEAEEWJiY=',
  'a % 3 = 0 as bool':
    'eNqb7BfqGxDJyFDGUK2eklqcXKRupaBek2SorqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOgrGOgommjoKtQrkAS5GBgasCAAPwRvN',
  'a ÷ 8 − 1 as float16':
    'eNqb7BfqGxDJyFDGUK2eklqcXKRupaBuk2akrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOgrGOgommjoKtQrkAS6GPQy7GXYx7GTYwbCNYQvDBgYGBgMGEwYzBgsGSwYrBmsGmwYbBtsGWwa7BjsG+wZ7AK13JrI=',
  'a − 7 as int64, version 2':
    'eNqdyLsOAUEAheGx7uv6CNMNyVQoRNQ6olGoZGJHSMTKzHbiKTyt61rxN1p/8+Wcy2wxnS8DkQghTiqyfu3USKrxbqi0VJvYJc4cVrGL7OefmL232e+35miz3elp2ddy0NXyLP8pvKbfbnjHBz7xlf4mKIcB5rGARSxhGStYxRBrWMcGNrGFbXwDkPlTjQ==',
  'a as uint8, version 3':
    'eNqb7BfqGxDJzFDCwMBQrZ6SWpxcpG6loF5Taqiuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CsY6CiaaOgq1CuQALgZGJmYWVjZ2Dk4ubh5ePn4BQSFhEVExcQDpeBys',
  'a as big-endian float32, Fortran order':
    'eNqb7BfqGxDJyFDGUK2eklqcXKRupaBul2airqOgnpZfVFKUmBefX5SSChIPKSpNBQoXZyQWpAK5GkY6CsY6CiaaOgq1CmQCLgYgcHRgYHBoANIgDOIvYGCwB7EDgOJAtmMHEAsA8QogHySfAKQPAOkJQKwAxBuAfKCEYwGQfgCkZwCxARDvYGAAAGsDK1I=',
};
const OTHERS = {
  scalar: 'eNqb7BfqGxDJyFDGUK2eklqcXKRupaBuk2ahrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RqaOgq1ChQBLgYwkHMAACfSG50=',
  'three uint32':
    'eNqb7BfqGxDJyFDGUK2eklqcXKRupaBuU2qirqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RrGOpo6CrUKFAAuBiBgBGImIAYAohkbbA==',
  'shape (0, 4)':
    'eNqb7BfqGxDJyFDGUK2eklqcXKRupaBuk2ahrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RoGOgommjoKtQpkAy4AV88bbw==',
};
const REFUSED = {
  objects:
    'eNqb7BfqGxDJyFDGUK2eklqcXKRupaBe46+uo6Cell9UUpSYF59flJIKEnZLzClOBYoXZyQWpAL5GkY6mjoKtQqUAK4Glql9DBDQI5ZXmltQqRefnF+UqpdbmlOSmVhUlFg5pYcnvig1OT+vuKSoNLlkyuQpPaxglVN62PNSIEomT/FmaJ3izJg0pX1K0BQNb0ZvptYpGcw9rCkllQWpIC1M/hZTOjsgssw9jDVT/Pz8vP4DAZjwti+ZktQZO0Wjdoo3YyqQrQcAGgJZxw==',
  records:
    'eNqb7BfqGxDJyFDGUK2eklqcXKRupRCtoZ6orqOgXlNqqK6po6ChngTi2aSZqGvGAhlp+UUlRYl58flFKakg5W6JOcWpQPHijMSCVCBfw0gHqKtWgRjAxQAHAJSQHYY=',
  'complex numbers':
    'eNqb7BfqGxDJyFDGUK2eklqcXKRupaBuk2yhrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOpo6CrUKFAAuBjQAAAi5G1o=',
};

function place(packed: string): void {
  writeFileSync(path, inflateSync(Buffer.from(packed, 'base64')));
}

const a = Array.from({ length: 24 }, (_, i) => i);
const VALUES: Readonly<Record<string, readonly number[]>> = {
  'a − 5 as big-endian int16': a.map((value) => value - 5),
  'a % 3 = 0 as bool': a.map((value) => Number(value % 3 === 0)),
  'a ÷ 8 − 1 as float16': a.map((value) => value / 8 - 1),
  'a − 7 as int64, version 2': a.map((value) => value - 7),
};

describe('arrays that NumPy wrote', () => {
  it.each(Object.keys(NUMPY))('%s: all at once and slice by slice', async (name) => {
    place(NUMPY[name]!);
    const want = VALUES[name] ?? a;
    expect([...(await readNpy(path)).values]).toEqual(want);
    const array = await openNpy(path);
    expect(array).toMatchObject({ shape: [2, 3, 4], sliceSize: 12 });
    expect([...(await array.slices(1))]).toEqual(want.slice(12));
    expect([...(await array.slices(0))]).toEqual(want.slice(0, 12));
    expect(await array.slices(2, 0)).toHaveLength(0);
    await expect(array.slices(1, 2)).rejects.toThrow(RangeError);
    await array.close();
  });

  it('of no, of one and of empty dimensions', async () => {
    place(OTHERS.scalar);
    expect(await readNpy(path)).toMatchObject({ shape: [], values: Float64Array.of(7.5) });
    place(OTHERS['three uint32']);
    expect(await readNpy(path)).toMatchObject({ shape: [3], values: Uint32Array.of(0, 1, 2) });
    place(OTHERS['shape (0, 4)']);
    expect(await readNpy(path)).toMatchObject({ shape: [0, 4], values: new Float64Array(0) });
  });

  it.each(Object.entries(REFUSED))('with %s are refused by name, and nothing is unpickled', async (_, packed) => {
    place(packed);
    await expect(readNpy(path)).rejects.toMatchObject({ code: 'npy-not-supported' });
  });
});

describe('arrays that we write', () => {
  it.each(['b1', 'u1', 'u2', 'u4', 'u8', 'i1', 'i2', 'i4', 'i8', 'f2', 'f4', 'f8'] as const)(
    '%s reads back',
    async (type) => {
      const values = [0, 1, 1, 0, 1, 0].map((value) =>
        type.startsWith('b') || type.startsWith('u') ? value : -value * 2,
      );
      await writeNpy(path, type, [2, 3], values);
      const back = await readNpy(path);
      expect(back).toMatchObject({ type, shape: [2, 3] });
      expect([...back.values].map((value) => value + 0)).toEqual(values.map((value) => value + 0));
    },
  );

  it('begin as NumPy begins them', () => {
    const header = inflateSync(Buffer.from(NUMPY['a as float64']!, 'base64')).subarray(0, 128);
    expect(formatNpyHeader('f8', [2, 3, 4]).equals(header)).toBe(true);
    expect(
      formatNpyHeader('u4', [3]).equals(inflateSync(Buffer.from(OTHERS['three uint32'], 'base64')).subarray(0, 128)),
    ).toBe(true);
  });

  it('round to float16 as NumPy does', async () => {
    const values = [0, 1, -2, 65504, 1e-7, 6e-8, 3e-5, 1 / 3, 1e6, 2049, 2051, 5.960464477539063e-8 / 2];
    await writeNpy(path, 'f2', [12], values);
    const words = new Uint16Array(new Uint8Array(readFileSync(path).subarray(128)).buffer);
    expect([...words]).toEqual([0, 15360, 49152, 31743, 2, 1, 503, 13653, 31744, 26624, 26626, 0]);
  });

  it('grow piece by piece, and have no name before they are whole', async () => {
    const target = join(folder, 'pieces.npy');
    const short = writeNpyInPieces(target, { type: 'f8', shape: [3, 2] }, (append) => append([1, 2, 3, 4]));
    await expect(short).rejects.toThrow('4 values for shape (3, 2)');
    await expect(openNpy(target)).rejects.toMatchObject({ code: 'npy-missing' });
    await writeNpyInPieces(target, { type: 'f8', shape: [3, 2] }, async (append) => {
      for (const i of [0, 2, 4]) await append([i, i + 1]);
    });
    expect([...(await readNpy(target)).values]).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe('files that are no good', () => {
  const damage = async (change: (bytes: Buffer) => Buffer): Promise<NpyError> => {
    writeFileSync(path, change(Buffer.concat([formatNpyHeader('f8', [2, 3]), Buffer.alloc(48)])));
    const error: unknown = await readNpy(path).catch((thrown: unknown) => thrown);
    if (error instanceof NpyError) return error;
    throw new Error('it was read');
  };

  it('are named: cut short, empty, something else, a future version, a header out of bounds', async () => {
    expect((await damage((bytes) => bytes.subarray(0, -1))).code).toBe('npy-truncated');
    expect((await damage((bytes) => bytes.subarray(0, 30))).code).toBe('npy-truncated');
    expect((await damage(() => Buffer.alloc(0))).code).toBe('npy-not-readable');
    expect((await damage(() => Buffer.from('PK\x03\x04 and so on'))).code).toBe('npy-not-readable');
    expect((await damage((bytes) => (bytes.set([9], 6), bytes))).code).toBe('npy-not-supported');
    expect((await damage((bytes) => (bytes.set([2, 0, 255, 255, 255, 127], 6), bytes))).code).toBe('npy-not-readable');
    await expect(openNpy(folder)).rejects.toMatchObject({ code: 'npy-not-readable' });
  });

  it('with a shape that the file does not back are refused before anything is allocated', async () => {
    const huge = await damage(() => formatNpyHeader('f8', [1_000_000, 1_000_000]));
    expect(huge.code).toBe('npy-truncated');
    expect((await damage(() => formatNpyHeader('f8', [2 ** 52, 2 ** 52]))).code).toBe('npy-not-readable');
  });

  it('with random damage are read or refused by name', async () => {
    const roll = dice(5);
    const types: NpyType[] = ['u1', 'f8', 'i2', 'f2'];
    for (let round = 0; round < 400; round++) {
      const bytes = Buffer.concat([formatNpyHeader(types[round % 4]!, [2, 3]), Buffer.alloc(48)]);
      for (let hits = roll(4); hits >= 0; hits--) bytes[roll(128)] = roll(256);
      writeFileSync(path, roll(3) === 0 ? bytes.subarray(0, roll(bytes.length)) : bytes);
      try {
        expect((await readNpy(path)).values.length).toBeLessThanOrEqual(48 + 128);
      } catch (error) {
        expect(error).toBeInstanceOf(NpyError);
      }
    }
  });
});
