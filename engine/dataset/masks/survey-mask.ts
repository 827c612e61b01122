/**
 * Counts the values of one mask, so that the masks of a folder can be understood together (`decide-mask-reading.ts`).
 * Convention: a value is a grey, a palette index, or a color as red·65536 + green·256 + blue.
 */
import { inBands } from '../../in-bands.ts';
import type { MaskPlane } from './load-mask.ts';

export interface MaskSurvey {
  readonly path: string;
  readonly kind: MaskPlane['kind'];
  readonly max: number;
  readonly lossy: boolean;
  readonly fromAlpha: boolean;
  /** (n, 3); empty unless kind is 'palette'. */
  readonly palette: Uint8Array;
  /** Pixels by value; of more than `MOST_COLORS` different colors only so many are kept. */
  readonly counts: ReadonlyMap<number, number>;
  readonly tooMany: boolean;
  readonly pixels: number;
}

/** More different colors than classes can exist are no classes. */
const MOST_COLORS = 1024;

export async function surveyMask(path: string, plane: MaskPlane): Promise<MaskSurvey> {
  const pixels = plane.width * plane.height;
  const survey = {
    path,
    kind: plane.kind,
    max: plane.kind === 'grey' ? plane.max : 255,
    lossy: plane.lossy,
    fromAlpha: plane.kind === 'grey' && plane.fromAlpha,
    palette: plane.kind === 'palette' ? plane.palette : new Uint8Array(0),
    pixels,
  };
  const { data } = plane;
  if (plane.kind !== 'color') {
    const histogram = new Float64Array(survey.max + 1);
    await inBands(pixels, (from, to) => {
      for (let i = from; i < to; i++) histogram[data[i]!]!++;
    });
    const counts = new Map([...histogram.entries()].filter(([, count]) => count > 0));
    return { ...survey, counts, tooMany: false };
  }
  const counts = new Map<number, number>();
  let tooMany = false;
  await inBands(pixels, (from, to) => {
    let last = -1;
    let run = 0;
    const flush = (): void => {
      if (run === 0) return;
      if (counts.has(last) || counts.size < MOST_COLORS) counts.set(last, (counts.get(last) ?? 0) + run);
      else tooMany = true;
    };
    for (let i = from; i < to; i++) {
      const color = (data[i * 3]! << 16) | (data[i * 3 + 1]! << 8) | data[i * 3 + 2]!;
      if (color !== last) {
        flush();
        last = color;
        run = 0;
      }
      run++;
    }
    flush();
  });
  return { ...survey, counts, tooMany };
}
