import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from '../../engine/contract/wire.ts';
import { Random } from '../../engine/random.ts';

describe('a frame', () => {
  it('brings a message back with its bytes in their places', () => {
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

  it('leaves out what is undefined, and reads from the middle of a larger buffer', () => {
    const frame = encodeFrame({ a: undefined, b: new Uint8Array([1]) });
    const larger = new Uint8Array(frame.length + 20);
    larger.set(frame, 13);
    expect(decodeFrame(larger.subarray(13, 13 + frame.length))).toEqual({ b: new Uint8Array([1]) });
  });

  it('is refused, by name, whatever was done to it', () => {
    const frame = encodeFrame({ a: [1, new Uint8Array(40)], b: 'text' });
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

  it('puts bytes nowhere but where the message left a place for them', () => {
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
