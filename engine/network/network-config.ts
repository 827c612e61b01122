/**
 * The settings that make one UltraLight VM-UNet out of its family (arXiv 2403.20035). Not how it is trained.
 * Convention: what the shapes of a checkpoint say is never stored a second time as truth; `inferConfig` reads it off.
 */
import { z } from 'zod';
import { MambrushError } from '../contract/error.ts';
import { mostSide, networkDefaults, networkShape, sizeMultiple } from '../contract/network-settings.ts';

const { inputChannels: channelCount, ...otherShape } = networkShape;
const width = z.number();

/** For settings that come from elsewhere; the bounds of numbers are for `checkConfig` to hold. */
export const networkSchema = z
  .strictObject({
    /** 1 (grey) or 3 (RGB). */
    inputChannels: channelCount,
    /** K, without the background. */
    classes: z.number().int(),
    ...otherShape,
    /** c0..c5, each a multiple of 4. */
    widths: z.tuple([width, width, width, width, width, width]).readonly(),
  })
  .readonly();

/**
 * `attention`: heads of the bridge's channel attention: Linear or Conv1d of width 1. `head`: 'sigmoid' for K independent
 * classes, 'softmax' for at most one class per pixel, background logit fixed at 0.
 */
export type NetworkConfig = z.output<typeof networkSchema>;
export type Widths = NetworkConfig['widths'];

const { inputChannels, ...others } = networkDefaults;
export const defaultConfig: NetworkConfig = { inputChannels, classes: 1, ...others };

/** States per channel of every Mamba. */
export const stateCount = 16;

/** @throws MambrushError 'network-config' naming the setting */
export function checkConfig(config: NetworkConfig): void {
  const wrong = (what: string): never => {
    throw new MambrushError('network-config', `This network cannot be built: ${what}.`);
  };
  // Settings also come from files, where the types promise nothing.
  const widths: readonly number[] = config.widths;
  const channels: number = config.inputChannels;
  if (channels !== 1 && channels !== 3) wrong(`it takes 1 or 3 input channels, got ${String(channels)}`);
  if (widths.length !== 6) wrong(`it needs six widths, got ${String(widths.length)}`);
  for (const width of widths) {
    if (!Number.isInteger(width) || width < 4 || width > 1024 || width % 4 !== 0) {
      wrong(`every width must be a multiple of 4 between 4 and 1024, got ${String(width)}`);
    }
  }
  if (!Number.isInteger(config.classes) || config.classes < 1 || config.classes > 254) {
    wrong(`it takes 1 to 254 classes, got ${String(config.classes)}`);
  }
}

/** @throws MambrushError 'network-size' unless both sides are multiples of 32 */
export function checkSize(width: number, height: number): void {
  for (const side of [width, height]) {
    if (Number.isInteger(side) && side >= sizeMultiple && side <= mostSide && side % sizeMultiple === 0) continue;
    throw new MambrushError(
      'network-size',
      `The network takes sides of 32 to 4096 pixels that are multiples of 32, not ${String(width)}×${String(height)}. ` +
        'Choose for example 256.',
    );
  }
}

/**
 * Reads the settings off parameter shapes. `head` does not follow from shapes: one class is 'softmax' (the same as sigmoid),
 * several are 'softmax' unless metadata says otherwise.
 * @throws MambrushError 'checkpoint-foreign' when the shapes are of another network
 */
export function inferConfig(shapes: ReadonlyMap<string, readonly number[]>): NetworkConfig {
  const shapeOf = (name: string): readonly number[] => {
    const shape = shapes.get(name);
    if (shape !== undefined) return shape;
    throw new MambrushError(
      'checkpoint-foreign',
      `This checkpoint is not an UltraLight VM-UNet: it has no '${name}'. Choose a checkpoint of this network.`,
    );
  };
  const outputsOf = (name: string): number => shapeOf(name)[0] ?? 0;
  const inputChannels = shapeOf('encoder1.0.weight')[1];
  if (inputChannels !== 1 && inputChannels !== 3) {
    throw new MambrushError(
      'checkpoint-foreign',
      `This checkpoint's network takes ${String(inputChannels)} input channels; only 1 and 3 are supported.`,
    );
  }
  const widths: Widths = [
    outputsOf('encoder1.0.weight'),
    outputsOf('encoder2.0.weight'),
    outputsOf('encoder3.0.weight'),
    outputsOf('encoder4.0.proj.weight'),
    outputsOf('encoder5.0.proj.weight'),
    outputsOf('encoder6.0.proj.weight'),
  ];
  const bridge = shapes.has('scab.catt.att1.weight');
  const config: NetworkConfig = {
    inputChannels,
    classes: outputsOf('final.weight'),
    widths,
    bridge,
    attention: bridge && shapeOf('scab.catt.att1.weight').length === 3 ? 'conv' : 'fc',
    head: 'softmax',
  };
  try {
    checkConfig(config);
  } catch (cause) {
    if (!(cause instanceof MambrushError)) throw cause;
    const message = `This checkpoint is of another network. ${cause.message} Choose a checkpoint of this network.`;
    throw new MambrushError('checkpoint-foreign', message, { cause });
  }
  return config;
}
