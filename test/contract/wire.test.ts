import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from '../../engine/contract/wire.ts';
import { Random } from '../../engine/random.ts';

describe('a frame', () => {
  it('brings a message back with its bytes where they were', () => {
    const message = {
      kind: 'request',
      id: 7,
      args: {
        name: '线粒体',
        tiles: [
          { tileX: 0, after: new Uint8Array([1, 2, 3]) },
          { tileX: 1, after: new Uint8Array() },
        ],
        nothing: null,
        data: new Uint8Array(100_000).fill(9),
      },
    };
    expect(decodeFrame(encodeFrame(message))).toEqual(message);
    const bare = new Uint8Array([5, 6]);
    expect(decodeFrame(encodeFrame(bare))).toEqual(bare);
  });

  it('brings numbers back as the type that they are, with every bit, from wherever they lie', () => {
    const special = [0.1, -0, NaN, Infinity, 1e-45, 3];
    const larger = Float64Array.from([9, ...special, 9]);
    const message = {
      odd: new Uint8Array([1, 2, 3]),
      inputs: [Float32Array.from(special), larger.subarray(1, 7), new Float32Array(), new Float64Array()],
    };
    const frame = encodeFrame(message);
    for (let shift = 0; shift < 9; shift++) {
      const buffer = new Uint8Array(frame.length + 9);
      buffer.set(frame, shift);
      const found = decodeFrame(buffer.subarray(shift, shift + frame.length)) as typeof message;
      expect(found).toEqual(message);
      expect(Object.is(found.inputs[0]?.[1], -0)).toBe(true);
    }
    expect(decodeFrame(encodeFrame(larger))).toEqual(larger);
  });

  it('with bytes alone is what it has always been', () => {
    const head = '{"message":{"a":null},"binary":[[["a"],2]]}';
    const old = new Uint8Array([head.length, 0, 0, 0, ...new TextEncoder().encode(head), 7, 8]);
    expect(encodeFrame({ a: new Uint8Array([7, 8]) })).toEqual(old);
    expect(decodeFrame(old)).toEqual({ a: new Uint8Array([7, 8]) });
  });

  it('is refused when its numbers are cut short or of a type that there is not', () => {
    const forged = (entry: string, bytes: number): Uint8Array => {
      const head = new TextEncoder().encode(`{"message":null,"binary":[${entry}]}`);
      const frame = new Uint8Array(4 + head.length + bytes);
      new DataView(frame.buffer).setUint32(0, head.length, true);
      frame.set(head, 4);
      return frame;
    };
    expect(decodeFrame(forged('[[],8,"f64"]', 8))).toEqual(new Float64Array(1));
    expect(() => decodeFrame(forged('[[],6,"f32"]', 6))).toThrow(/cut short/);
    expect(() => decodeFrame(forged('[[],12,"f64"]', 12))).toThrow(/cut short/);
    for (const type of ['"i32"', '"u8"', '0', 'null', '"f32",1']) {
      expect(() => decodeFrame(forged(`[[],8,${type}]`, 8)), type).toThrow(/no JSON of the right form/);
    }
  });

  it('leaves out what is undefined, and reads from the middle of a larger buffer', () => {
    const frame = encodeFrame({ a: undefined, b: new Uint8Array([1]) });
    const larger = new Uint8Array(frame.length + 20);
    larger.set(frame, 13);
    expect(decodeFrame(larger.subarray(13, 13 + frame.length))).toEqual({ b: new Uint8Array([1]) });
  });

  it('is refused, by name, whatever was done to it', () => {
    const frame = encodeFrame({
      a: [1, new Uint8Array(40)],
      b: 'text',
      c: new Float32Array(5),
      d: new Float64Array(2),
    });
    const random = new Random(3);
    const refused = (bytes: Uint8Array): void => {
      try {
        decodeFrame(bytes);
      } catch (error) {
        expect(error).toMatchObject({ name: 'MambrushError', code: 'frame-invalid' });
      }
    };
    for (let length = 0; length < frame.length; length++) {
      expect(() => decodeFrame(frame.subarray(0, length))).toThrow(/could not be read/);
    }
    for (let round = 0; round < 3000; round++) {
      const damaged = frame.slice();
      for (let i = 0; i < 3; i++) damaged[random.integer(damaged.length)] = random.integer(256);
      refused(damaged);
    }
  });

  it('puts bytes nowhere but where the message has a null for them', () => {
    const forged = (path: readonly (string | number)[], message = '{"a":1}'): Uint8Array => {
      const head = new TextEncoder().encode(`{"message":${message},"binary":[[${JSON.stringify(path)},1]]}`);
      const bytes = new Uint8Array(4 + head.length + 1);
      new DataView(bytes.buffer).setUint32(0, head.length, true);
      bytes.set(head, 4);
      return bytes;
    };
    for (const path of [['a'], ['__proto__', 'x'], ['constructor', 'prototype', 'x'], ['b'], ['a', 'b']]) {
      expect(() => decodeFrame(forged(path))).toThrow(/belong nowhere/);
    }
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    expect(decodeFrame(forged(['a'], '{"a":null}'))).toEqual({ a: new Uint8Array(1) });
  });
});
