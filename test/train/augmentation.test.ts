/**
 * The expected checksums are CRC-32 of what numpy 2.4 and scipy 1.17 make of the pattern below: np.flip(np.rot90(x, k),
 * axis), then scipy.ndimage.rotate(degrees, order=0, reshape=False), as bytes.
 */
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { referenceExecutor } from '../../engine/executors/reference/reference-executor.ts';
import { ProgramBuilder } from '../../engine/program/program-builder.ts';
import { sampleImage } from '../../engine/program/operations/sample-image.ts';
import { Random } from '../../engine/random.ts';
import { augmentationMap, drawAugmentation, unmoved } from '../../engine/train/augmentation.ts';
import type { Augmentation } from '../../engine/train/augmentation.ts';
import { parseTrainingSettings } from '../../engine/train/training-settings.ts';

type Case = readonly [quarters: 0 | 1 | 2 | 3 | undefined, flipAxis: 0 | 1, degrees: number, expected: number];

/* prettier-ignore */
const square: readonly Case[] = [
  [undefined, 0, 0, 321514261], [undefined, 0, 20, 2718693509], [undefined, 0, 33, 479617551],
  [undefined, 0, 79, 3508634472], [0, 0, 0, 1610436622], [0, 0, 20, 4119912199],
  [0, 0, 33, 3258289746], [0, 0, 79, 1009007542], [0, 1, 0, 477248441],
  [0, 1, 20, 3643110403], [0, 1, 33, 1072165509], [0, 1, 79, 3771119417],
  [1, 0, 0, 3379889296], [1, 0, 20, 3660794711], [1, 0, 33, 3129485905],
  [1, 0, 79, 2669271199], [1, 1, 0, 2780902722], [1, 1, 20, 2920818941],
  [1, 1, 33, 657212593], [1, 1, 79, 3041488002], [2, 0, 0, 477248441],
  [2, 0, 20, 3643110403], [2, 0, 33, 1072165509], [2, 0, 79, 3771119417],
  [2, 1, 0, 1610436622], [2, 1, 20, 4119912199], [2, 1, 33, 3258289746],
  [2, 1, 79, 1009007542], [3, 0, 0, 2780902722], [3, 0, 20, 2920818941],
  [3, 0, 33, 657212593], [3, 0, 79, 3041488002], [3, 1, 0, 3379889296],
  [3, 1, 20, 3660794711], [3, 1, 33, 3129485905], [3, 1, 79, 2669271199],
];

/* prettier-ignore */
const oblong: readonly Case[] = [
  [0, 0, 0, 2447871962], [0, 0, 20, 123468560], [0, 0, 33, 1340669453],
  [0, 0, 60, 1440850029], [0, 0, 79, 582280519], [0, 1, 0, 2216378399],
  [0, 1, 20, 3421689547], [0, 1, 33, 246969175], [0, 1, 60, 893837859],
  [0, 1, 79, 2113391806], [2, 0, 0, 2216378399], [2, 0, 20, 3421689547],
  [2, 0, 33, 246969175], [2, 0, 60, 893837859], [2, 0, 79, 2113391806],
  [2, 1, 0, 2447871962], [2, 1, 20, 123468560], [2, 1, 33, 1340669453],
  [2, 1, 60, 1440850029], [2, 1, 79, 582280519],
];

/** What the program's first operation makes of the pattern: (height, width), values 1..251, 0 where filled. */
async function augmented(augmentation: Augmentation, width: number, height: number, batch = 1): Promise<Uint8Array> {
  const builder = new ProgramBuilder();
  const samples = builder.input('samples', [height, width, 1], 'u8');
  const placement = builder.input('placement', [8]);
  builder.output(builder.apply1(sampleImage, { samples, placement }), 'image');
  const session = await referenceExecutor.open(builder.build(batch));
  const pattern = Uint8Array.from({ length: width * height }, (_, pixel) => {
    const row = Math.floor(pixel / width);
    const column = pixel % width;
    return ((row * 7 + column * 13 + ((row * column) % 5)) % 251) + 1;
  });
  const map = augmentationMap(augmentation, width, height);
  const inputs = { samples: pattern, placement: Float32Array.from([...map, 0, 255]) };
  const outputs = await session.run({ phase: 'forward', count: 1, inputs });
  return Uint8Array.from(outputs['image']!);
}

function augmentationOf([quarters, flipAxis, degrees]: Case): Augmentation {
  return { turn: quarters === undefined ? undefined : { quarters, flipAxis }, degrees };
}

describe('augmentationMap', () => {
  it.each(square)('moves a square sample as numpy and scipy do: k = %s, axis %d, %d degrees', async (...given) => {
    expect(crc32(await augmented(augmentationOf(given), 32, 32))).toBe(given[3]);
  });

  it.each(oblong)('moves a sample of 64×32 as numpy and scipy do: k = %s, axis %d, %d degrees', async (...given) => {
    expect(crc32(await augmented(augmentationOf(given), 64, 32))).toBe(given[3]);
  });

  it('refuses a quarter turn of a sample that is not square', () => {
    expect(() => augmentationMap({ turn: { quarters: 1, flipAxis: 0 }, degrees: 0 }, 64, 32)).toThrow(RangeError);
  });
});

describe('drawAugmentation', () => {
  const settings = parseTrainingSettings().augmentation;
  const random = new Random(7);
  const draw = (square: boolean, count = 4000): Augmentation[] =>
    Array.from({ length: count }, () => drawAugmentation(random, settings, square));

  it('turns about half of the samples and rotates about half, independently', () => {
    const drawn = draw(true);
    const share = (test: (augmentation: Augmentation) => boolean): number => drawn.filter(test).length / drawn.length;
    expect(share(({ turn }) => turn !== undefined)).toBeCloseTo(0.5, 1);
    expect(share(({ degrees }) => degrees !== 0)).toBeCloseTo(0.5, 1);
    expect(share(({ turn, degrees }) => turn !== undefined && degrees !== 0)).toBeCloseTo(0.25, 1);
  });

  it('reaches every quarter, both axes and every degree from 20 to 79', () => {
    const drawn = draw(true);
    expect(new Set(drawn.flatMap(({ turn }) => turn?.quarters ?? []))).toEqual(new Set([0, 1, 2, 3]));
    expect(new Set(drawn.flatMap(({ turn }) => turn?.flipAxis ?? []))).toEqual(new Set([0, 1]));
    const degrees = new Set(drawn.map((augmentation) => augmentation.degrees).filter((value) => value !== 0));
    expect([Math.min(...degrees), Math.max(...degrees), degrees.size]).toEqual([20, 79, 60]);
  });

  it('draws only half turns for a sample that is not square', () => {
    expect(new Set(draw(false).flatMap(({ turn }) => turn?.quarters ?? []))).toEqual(new Set([0, 2]));
  });

  it('moves nothing when switched off', () => {
    const off = { ...settings, enabled: false };
    expect(drawAugmentation(random, off, true)).toEqual(unmoved);
    expect(augmentationMap(unmoved, 32, 32)).toEqual([1, 0, 0, 0, 1, 0]);
  });
});
