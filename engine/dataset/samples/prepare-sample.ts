/**
 * Makes one prepared sample from one image file and its label map: what the network is fed with, before normalization.
 * Neither stores nor schedules. Convention: 8-bit images keep their values; 16-bit images are resized in 16 bits and then
 * stretched from minimum to maximum over all channels, because their useful range is rarely the whole one.
 */
import { decodeResized } from '../images/decode-resized.ts';
import type { Pixels, Size } from '../images/pixels.ts';
import { probeImage } from '../images/probe-image.ts';
import type { ImageProbe } from '../images/probe-image.ts';
import { SampleError } from './sample-error.ts';
import type { SampleSpec } from './sample-pack.ts';
import { softenLabels } from './soften-labels.ts';

/** Its width and height are those of the upright image, as the project knows it and as its label map has it. */
export interface SampleJob extends Size, SampleSpec {
  readonly path: string;
  /** (height, width); undefined when nothing is labelled. */
  readonly labels: Uint8Array | undefined;
}

export interface PreparedSample {
  /** (H, W, C). */
  readonly pixels: Uint8Array;
  /** (H, W, K): shares 0..254, 255 unlabelled. */
  readonly labels: Uint8Array;
  /** Over all channels of `pixels`; equal for a constant image. */
  readonly min: number;
  readonly max: number;
}

function rangeOf(values: Uint8Array | Uint16Array): { min: number; max: number } {
  const most = values instanceof Uint8Array ? 255 : 65535;
  let min = Infinity;
  let max = -Infinity;
  // By index, which is ten times as fast as iterating over an array that may be of two kinds.
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (value < min) min = value;
    if (value > max) max = value;
    if (min === 0 && max === most) break;
  }
  return { min, max };
}

/** Grey becomes three equal channels; color becomes grey by PIL's weights (ITU-R BT.601 in 16-bit fixed point). */
function withChannels({ width, height, channels, data }: Pixels, wanted: 1 | 3): Uint8Array | Uint16Array {
  if (channels === wanted) return data;
  const pixels = width * height;
  const result = data instanceof Uint16Array ? new Uint16Array(pixels * wanted) : new Uint8Array(pixels * wanted);
  for (let at = 0; at < pixels; at++) {
    if (wanted === 3) {
      result.fill(data[at]!, 3 * at, 3 * at + 3);
    } else {
      const weighted = 19595 * data[3 * at]! + 38470 * data[3 * at + 1]! + 7471 * data[3 * at + 2]!;
      result[at] = Math.floor((weighted + 0x8000) / 0x10000);
    }
  }
  return result;
}

/** @returns `pixels` u8 (H, W, C) with its range */
function samplePixels(resized: Pixels, channels: 1 | 3): Omit<PreparedSample, 'labels'> {
  const values = withChannels(resized, channels);
  const { min, max } = rangeOf(values);
  if (values instanceof Uint8Array) return { pixels: values, min, max };
  const scale = max > min ? 255 / (max - min) : 0;
  const pixels = Uint8Array.from(values, (value) => Math.round((value - min) * scale));
  return { pixels, min: 0, max: max > min ? 255 : 0 };
}

/**
 * An image as the network is to see it.
 * @param probe what its header says, where that has been read already
 * @returns `pixels` u8 (H, W, C) with its range
 * @throws ImageError as `decodeResized`
 */
export async function prepareInput(
  path: string,
  size: Size,
  channels: 1 | 3,
  probe?: ImageProbe,
): Promise<Omit<PreparedSample, 'labels'>> {
  return samplePixels(await decodeResized(path, size.width, size.height, { probe }), channels);
}

/** @throws ImageError as `decodeResized`; SampleError image-size-changed, label-size-wrong, label-value-unknown */
export async function prepareSample(job: SampleJob): Promise<PreparedSample> {
  const probe = await probeImage(job.path);
  if (probe.width !== job.width || probe.height !== job.height) {
    const message =
      `${job.path} has ${probe.width}×${probe.height} pixels, but had ${job.width}×${job.height} when it was imported. ` +
      'Put the old file back, or import the new one under another name.';
    throw new SampleError('image-size-changed', message, { path: job.path });
  }
  if (job.labels !== undefined && job.labels.length !== job.width * job.height) {
    const message =
      `The labels of ${job.path} have ${job.labels.length} pixels, the image has ${job.width}×${job.height}. ` +
      'Import or paint them again.';
    throw new SampleError('label-size-wrong', message, { path: job.path });
  }
  const sample = await prepareInput(job.path, job.size, job.channels, probe);
  const labels =
    job.labels === undefined
      ? new Uint8Array(job.size.width * job.size.height * job.classes).fill(255)
      : softenLabels(job.labels, job, job.size, job.classes, job.path);
  return { ...sample, labels };
}
