/**
 * The bridge's channel attention: all of it in one workgroup a sample, vectors of Σ channels in workgroup memory. Few
 * numbers (16,384 weights for 128 channels), so that one kernel is worth more than many lanes.
 */
import type { Emitter, OperationKernels, TensorView } from '../kernel.ts';

interface Scales {
  /** Widths and where each starts in the concatenation. */
  readonly parts: readonly { readonly width: number; readonly offset: number }[];
  readonly total: number;
}

function scalesOf(e: Emitter, means: readonly TensorView[]): Scales {
  let total = 0;
  const parts = means.map(({ size: width }) => {
    total += width;
    return { width, offset: total - width };
  });
  if (total > 1024) e.refuse(`its scales have ${total} channels together, and the kernel takes 1024`);
  return { parts, total };
}

const each = (count: number, body: string): string => `for (var i = lane; i < ${count}u; i += 128u) { ${body} }`;

export const channelAttentionKernels: OperationKernels<'channel-attention'> = {
  forward: (e, { means, taps, weights, biases }, { gates, mixed }) => {
    const { parts, total } = scalesOf(e, means);
    const loads = parts.map(({ width, offset }, scale) =>
      each(width, `pool[${offset}u + i] = ${means[scale]!.at('i')};`),
    );
    const heads = parts.map(({ width }, scale) => {
      const [weight, bias] = [weights[scale]!, biases[scale]!];
      return each(
        width,
        `var sum = ${bias.at('i')};
        for (var k = 0u; k < ${total}u; k++) { sum += ${weight.at(`i * ${total}u + k`)} * pool[${total}u + k]; }
        ${gates[scale]!.store('i', 'sigmoid(sum)')}`,
      );
    });
    const body = `
    ${loads.join('\n')}
    workgroupBarrier();
    ${each(
      total,
      `var value = ${taps.at('1u')} * pool[i];
      if (i > 0u) { value += ${taps.at('0u')} * pool[i - 1u]; }
      if (i + 1u < ${total}u) { value += ${taps.at('2u')} * pool[i + 1u]; }
      pool[${total}u + i] = value;
      ${mixed.store('i', 'value')}`,
    )}
    workgroupBarrier();
    ${heads.join('\n')}`;
    e.add('', 1, body, 2 * total);
  },
  gradient: (e, { means, taps, weights, gates, mixed, dGates }, { dMeans, dTaps, dWeights, dBiases }) => {
    const { parts, total } = scalesOf(e, means);
    // In workgroup memory: dLogit, mixed, means, dMixed.
    const [logits, mixes, loaded, dMixes] = [0, total, 2 * total, 3 * total];
    const load = parts.map(({ width, offset }, scale) => {
      const gate = gates[scale]!.at('i');
      return each(
        width,
        `pool[${logits + offset}u + i] = ${dGates[scale]!.at('i')} * ${gate} * (1.0 - ${gate});
        pool[${loaded + offset}u + i] = ${means[scale]!.at('i')};`,
      );
    });
    const weightSums = parts.map(
      ({ width, offset }, scale) => `for (var c = 0u; c < ${width}u; c++) {
        sum += pool[${logits + offset}u + c] * ${weights[scale]!.at(`c * ${total}u + i`)};
      }`,
    );
    const heads = parts.map(({ width, offset }, scale) => {
      const dWeight = dWeights[scale];
      const dBias = dBiases[scale];
      const weightStores =
        dWeight &&
        each(
          width * total,
          dWeight.store('i', `pool[${logits + offset}u + i / ${total}u] * pool[${mixes}u + i % ${total}u]`),
        );
      const biasStores = dBias && each(width, dBias.store('i', `pool[${logits + offset}u + i]`));
      return `${weightStores ?? ''}\n${biasStores ?? ''}`;
    });
    const tapSums =
      dTaps &&
      `if (lane < 3u) {
        var sum = 0.0;
        for (var k = 0u; k < ${total}u; k++) {
          if (k + lane >= 1u && k + lane <= ${total}u) { sum += pool[${dMixes}u + k] * pool[${loaded}u + k + lane - 1u]; }
        }
        ${dTaps.store('lane', 'sum')}
      }`;
    const meanStores = parts.map(({ width, offset }, scale) => {
      const target = dMeans[scale];
      return target === undefined
        ? ''
        : each(
            width,
            `let k = ${offset}u + i;
            var sum = ${taps.at('1u')} * pool[${dMixes}u + k];
            if (k + 1u < ${total}u) { sum += ${taps.at('0u')} * pool[${dMixes}u + k + 1u]; }
            if (k > 0u) { sum += ${taps.at('2u')} * pool[${dMixes}u + k - 1u]; }
            ${target.store('i', 'sum')}`,
          );
    });
    const body = `
    ${load.join('\n')}
    ${each(total, `pool[${mixes}u + i] = ${mixed.at('i')};`)}
    workgroupBarrier();
    ${heads.join('\n')}
    ${each(total, `var sum = 0.0; ${weightSums.join('\n')} pool[${dMixes}u + i] = sum;`)}
    workgroupBarrier();
    ${tapSums ?? ''}
    ${meanStores.join('\n')}`;
    e.add('', 1, body, 4 * total);
  },
};
