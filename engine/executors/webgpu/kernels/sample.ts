/**
 * The program's first operations: uint8 pixels and labels to network input and target, moved and turned. A lane for each
 * pixel. Convention: as engine/program/operations/sample-placement, in float32.
 */
import { planeOf } from '../../../program/operation.ts';
import type { Emitter, OperationKernels, TensorTarget, TensorView } from '../kernel.ts';

/** WGSL that declares `inside` and `source`, the pixel that output pixel `i` comes from. */
function declareSource(placement: TensorView, height: number, width: number): string {
  const at = (n: number): string => placement.at(`${n}u`);
  return `
    let column = f32(i % ${width}u); let row = f32(i / ${width}u);
    let x = ${at(0)} * column + ${at(1)} * row + ${at(2)};
    let y = ${at(3)} * column + ${at(4)} * row + ${at(5)};
    let inside = x >= -1e-3 && y >= -1e-3 && x <= ${width - 1}.0 + 1e-3 && y <= ${height - 1}.0 + 1e-3;
    let source = u32(clamp(floor(y + 0.5), 0.0, ${height - 1}.0)) * ${width}u + u32(clamp(floor(x + 0.5), 0.0, ${width - 1}.0));`;
}

interface Sample {
  readonly bytes: TensorView;
  readonly placement: TensorView;
  readonly y: TensorTarget;
  /** WGSL of an output's value, from that of a byte. */
  readonly value: (byte: string) => string;
  /** Once per pixel, before the values. */
  readonly prepare?: string;
}

function addSample(e: Emitter, { bytes, placement, y, value, prepare = '' }: Sample): void {
  const [height, width, channels] = planeOf(bytes.shape);
  const body = `${declareSource(placement, height, width)}
  ${prepare}
  for (var c = 0u; c < ${channels}u; c++) {
    ${y.store(`i * ${channels}u + c`, value(bytes.at(`source * ${channels}u + c`)))}
  }`;
  e.addTokens('', height * width, 1, body, true);
}

export const sampleImageKernels: OperationKernels<'sample-image'> = {
  forward: (e, { samples, placement }, { y }) => {
    addSample(e, {
      bytes: samples,
      placement,
      y,
      value: (byte) => `select(0.0, (${byte} - low) * scale, inside)`,
      prepare: `let low = ${placement.at('6u')}; let range = ${placement.at('7u')} - low;
      let scale = select(0.0, 255.0 / max(range, 1e-6), range > 0.0);`,
    });
  },
};

export const sampleLabelsKernels: OperationKernels<'sample-labels'> = {
  forward: (e, { labels, placement }, { y }) => {
    const value = (byte: string): string =>
      `select(select(0.0, ${byte}, inside) / 254.0, -1.0, inside && ${byte} == 255.0)`;
    addSample(e, { bytes: labels, placement, y, value });
  },
};
