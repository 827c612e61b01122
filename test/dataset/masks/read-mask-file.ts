import { decideMaskReading } from '../../../engine/dataset/masks/decide-mask-reading.ts';
import { loadMask } from '../../../engine/dataset/masks/load-mask.ts';
import type { MaskInterpretation } from '../../../engine/dataset/masks/mask-reading.ts';
import { labelsOfPlane } from '../../../engine/dataset/masks/read-mask.ts';
import type { LabelsOfMask, ImageToFit } from '../../../engine/dataset/masks/read-mask.ts';
import { surveyMask } from '../../../engine/dataset/masks/survey-mask.ts';

/** A mask that is understood by itself. */
export async function readMaskFile(
  path: string,
  options: ImageToFit & { readonly interpretation?: MaskInterpretation },
): Promise<LabelsOfMask> {
  const plane = await loadMask(path);
  const { reading } = decideMaskReading([await surveyMask(path, plane)], options);
  return labelsOfPlane(plane, reading, options, path);
}
