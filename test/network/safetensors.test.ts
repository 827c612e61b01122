import { describe, expect, it } from 'vitest';
import { MambrushError } from '../../engine/contract/error.ts';
import { encodeSafetensors, parseSafetensors } from '../../engine/network/safetensors.ts';
import type { StoredTensor } from '../../engine/network/safetensors.ts';
import { Random } from '../../engine/random.ts';

/** A file with a header of any kind. */
function fileOf(header: unknown, data: Uint8Array = new Uint8Array(), length?: bigint): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(length ?? BigInt(json.length));
  return Buffer.concat([bytes, json, data]);
}

const entry = (
  begin: number,
  end: number,
  shape: readonly unknown[] = [(end - begin) / 4],
  dtype: unknown = 'F32',
) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

const tensors = new Map<string, StoredTensor>([
  ['a', { shape: [2, 3], data: Float32Array.of(1, -0, NaN, Infinity, -1e-45, 3.4028234663852886e38) }],
  ['a scalar', { shape: [], data: Float32Array.of(0.1) }],
  ['nothing', { shape: [0, 3], data: new Float32Array() }],
  ['Zellkern-Maß 細胞核 "quoted"', { shape: [1], data: Float32Array.of(7) }],
  ['__proto__', { shape: [1], data: Float32Array.of(8) }],
]);
const metadata = { format: 'pt', config: '{"widths":[8]}', Ä: 'ü\n' };

describe('a safetensors file', () => {
  it('gives back the bits, shapes, names, order and metadata that were written', () => {
    const found = parseSafetensors(encodeSafetensors(tensors, metadata), 'x');
    expect([...found.tensors.keys()]).toEqual([...tensors.keys()]);
    for (const [name, { shape, data }] of tensors) {
      expect(found.tensors.get(name)?.shape).toEqual(shape);
      expect(new Uint32Array(found.tensors.get(name)?.data.slice().buffer ?? new ArrayBuffer())).toEqual(
        new Uint32Array(data.buffer),
      );
    }
    expect(found.metadata).toEqual(metadata);
  });

  it('is laid out as the format says: length, header of a multiple of 8 bytes, tensors end to end', () => {
    const bytes = encodeSafetensors(tensors, metadata);
    const length = Number(bytes.readBigUInt64LE(0));
    expect(length % 8).toBe(0);
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, unknown>;
    expect(header['__metadata__']).toEqual(metadata);
    expect(header['a']).toEqual(entry(0, 24, [2, 3]));
    expect(header['a scalar']).toEqual(entry(24, 28, []));
    expect(bytes.length).toBe(8 + length + 36);
    expect(bytes.readFloatLE(8 + length + 24)).toBe(Math.fround(0.1));
  });

  it.each([
    ['F16', [0x3c00, 0xc000, 0x0001, 0x7bff, 0xfc00], [1, -2, 2 ** -24, 65504, -Infinity]],
    ['BF16', [0x3f80, 0xc000, 0x0080, 0x4049, 0xff80], [1, -2, 2 ** -126, 3.140625, -Infinity]],
  ])('may hold %s', (dtype, words, wanted) => {
    const file = fileOf(
      { t: entry(0, 2 * words.length, [words.length], dtype) },
      Buffer.from(Uint16Array.from(words).buffer),
    );
    expect([...(parseSafetensors(file, 'x').tensors.get('t')?.data ?? [])]).toEqual(wanted);
  });

  it('may hold F64, which is rounded', () => {
    const file = fileOf({ t: entry(0, 16, [2], 'F64') }, Buffer.from(Float64Array.of(0.1, -1e-300).buffer));
    expect(parseSafetensors(file, 'x').tensors.get('t')?.data).toEqual(Float32Array.of(0.1, -0));
  });

  it('may have its tensors in another order than their names, and no metadata', () => {
    const data = Buffer.from(Float32Array.of(1, 2).buffer);
    const found = parseSafetensors(fileOf({ second: entry(4, 8), first: entry(0, 4) }, data), 'x');
    expect(found.tensors.get('first')?.data).toEqual(Float32Array.of(1));
    expect(found.metadata).toEqual({});
  });
});

const eight = new Uint8Array(8);
const hostile: readonly (readonly [string, Buffer, string])[] = [
  ['an empty file', Buffer.alloc(0), 'shorter than its length field'],
  ['seven bytes', Buffer.alloc(7), 'shorter than its length field'],
  ['a header of no bytes', fileOf(''), 'not JSON'],
  ['a header that is longer than the file', fileOf({}, eight, 11n), 'header is too long'],
  ['a header of 2⁶⁴ - 1 bytes', fileOf({}, eight, 2n ** 64n - 1n), 'header is too long'],
  ['a header of 2⁶³ bytes', fileOf({}, eight, 2n ** 63n), 'header is too long'],
  ['a header of five million bytes', fileOf(' '.repeat(5_000_000)), 'header is too long'],
  ['a header that is cut off', fileOf('{"a":'), 'not JSON'],
  ['a header that is a list', fileOf([]), 'no object'],
  ['a header that is null', fileOf('null'), 'no object'],
  ['a header that is a number', fileOf('7'), 'no object'],
  ['metadata that is a list', fileOf({ __metadata__: [] }), 'metadata is no object'],
  ['metadata that is null', fileOf({ __metadata__: null }), 'metadata is no object'],
  ['metadata with a number', fileOf({ __metadata__: { a: 1 } }), 'metadata is not all text'],
  ['a tensor that is null', fileOf({ t: null }), "tensor 't' has the element type undefined"],
  ['a tensor that is text', fileOf({ t: 'F32' }), 'has the element type'],
  ['a tensor of integers', fileOf({ t: entry(0, 8, [2], 'I32') }, eight), "has the element type 'I32'"],
  ['a tensor of an unknown type', fileOf({ t: entry(0, 8, [2], 'F128') }, eight), "has the element type 'F128'"],
  ['a tensor of a type that is a list', fileOf({ t: entry(0, 8, [2], ['F32']) }, eight), 'the element type object'],
  ['a type that every object has', fileOf({ t: entry(0, 8, [2], 'constructor') }, eight), "type 'constructor'"],
  ['no shape', fileOf({ t: { dtype: 'F32', data_offsets: [0, 8] } }, eight), 'has no shape'],
  ['a shape below 0', fileOf({ t: entry(0, 8, [-2]) }, eight), 'has no shape'],
  ['a shape of fractions', fileOf({ t: entry(0, 8, [0.5, 4]) }, eight), 'has no shape'],
  ['a shape of text', fileOf({ t: entry(0, 8, ['2']) }, eight), 'has no shape'],
  ['a shape of nine axes', fileOf({ t: entry(0, 8, [2, 1, 1, 1, 1, 1, 1, 1, 1]) }, eight), 'has no shape'],
  ['a shape that is too large for its bytes', fileOf({ t: entry(0, 8, [3]) }, eight), 'another size than its shape'],
  ['a shape beyond all memory', fileOf({ t: entry(0, 8, [2 ** 50, 2 ** 50]) }, eight), 'another size than its shape'],
  ['a shape whose product is infinite', fileOf({ t: entry(0, 8, Array(8).fill(2 ** 52)) }, eight), 'another size'],
  [
    'a shape whose product is no number',
    fileOf({ t: entry(0, 8, [0, ...Array<number>(7).fill(2 ** 53 - 1)]) }, eight),
    'another size',
  ],
  ['no offsets', fileOf({ t: { dtype: 'F32', shape: [2] } }, eight), 'no place in the file'],
  ['offsets the wrong way round', fileOf({ t: entry(8, 0, [2]) }, eight), 'no place in the file'],
  ['offsets below 0', fileOf({ t: entry(-8, 0, [2]) }, eight), 'no place in the file'],
  ['offsets beyond the file', fileOf({ t: entry(0, 16, [4]) }, eight), 'its tensors take 16 bytes, it has 8'],
  ['offsets beyond all files', fileOf({ t: entry(0, 2 ** 52, [2 ** 50]) }, eight), 'its tensors take'],
  [
    'two tensors on the same bytes',
    fileOf({ a: entry(0, 8), b: entry(0, 8) }, eight),
    "tensor 'b' does not begin where",
  ],
  ['two tensors that overlap', fileOf({ a: entry(0, 8), b: entry(4, 12) }, new Uint8Array(12)), 'does not begin where'],
  [
    'a gap between two tensors',
    fileOf({ a: entry(0, 4), b: entry(8, 12) }, new Uint8Array(12)),
    'does not begin where',
  ],
  ['a gap before the first tensor', fileOf({ a: entry(4, 8) }, eight), 'does not begin where'],
  ['bytes behind the last tensor', fileOf({ a: entry(0, 4) }, eight), 'its tensors take 4 bytes, it has 8'],
  ['bytes and no tensor', fileOf({}, eight), 'its tensors take 0 bytes'],
  ['a name of a megabyte', fileOf({ ['x'.repeat(1e6)]: entry(0, 8, [3]) }, eight), 'xxx…'],
];

describe('a file that is none', () => {
  it.each(hostile)('%s: is refused with its name and the defect', (_name, bytes, defect) => {
    const path = '/some/folder/network.safetensors';
    const attempt = (): unknown => parseSafetensors(bytes, path);
    expect(attempt).toThrow(MambrushError);
    expect(attempt).toThrow(expect.objectContaining({ code: 'checkpoint-damaged', path }));
    expect(attempt).toThrow("'network.safetensors' is not a whole safetensors file:");
    expect(attempt).toThrow(defect);
    try {
      attempt();
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(400);
    }
  });

  const good = encodeSafetensors(tensors, metadata);
  const outcome = (bytes: Buffer): string => {
    try {
      parseSafetensors(bytes, 'x');
      return 'read';
    } catch (error) {
      return error instanceof MambrushError ? error.code : String(error);
    }
  };

  it('is every beginning of a good one', () => {
    const found = new Set(Array.from({ length: good.length }, (_, length) => outcome(good.subarray(0, length))));
    expect([...found]).toEqual(['checkpoint-damaged']);
  });

  it('after random damage is one error or a file, never anything else', () => {
    const counts = new Map<string, number>();
    const random = new Random(17);
    for (let i = 0; i < 5000; i++) {
      const bytes = Buffer.from(good);
      for (let left = 1 + random.integer(4); left > 0; left--) {
        // Most of the damage where the numbers are: the length and the header.
        const place = random.integer(random.integer(4) === 0 ? bytes.length : Math.min(600, bytes.length));
        bytes[place] = random.integer(3) === 0 ? random.integer(256) : (bytes[place] ?? 0) ^ (1 << random.integer(8));
      }
      const found = outcome(bytes);
      counts.set(found, (counts.get(found) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['checkpoint-damaged', 'read']);
    expect(counts.get('checkpoint-damaged')).toBeGreaterThan(1000);
  });

  it('after pieces were cut out, doubled or changed places is one error or a file, never anything else', () => {
    const random = new Random(18);
    for (let i = 0; i < 2000; i++) {
      const [from, to, at] = [0, 0, 0].map(() => random.integer(good.length)) as [number, number, number];
      const piece = good.subarray(Math.min(from, to), Math.max(from, to));
      const rest = random.integer(2) === 0 ? good : Buffer.concat([good.subarray(0, from), good.subarray(to)]);
      expect(outcome(Buffer.concat([rest.subarray(0, at), piece, rest.subarray(at)]))).toMatch(
        /^(checkpoint-damaged|read)$/,
      );
    }
  });
});
