/**
 * The losses and the probabilities from logits. Sums over the plane in parts, joined by one workgroup a sample; gradients
 * and probabilities have a lane for each element or pixel. Convention: a target below 0 is unlabelled.
 */
import type { OperationKernels, TensorView } from '../kernel.ts';
import { addRowSum, partsOf } from './sum-over-rows.ts';

const labelledSum = (parts: number, terms: number, partial: TensorView): string => `
  for (var q = lane; q < ${terms}u; q += 128u) {
    var total = 0.0;
    for (var part = 0u; part < ${parts}u; part++) { total += ${partial.at(`part * ${terms}u + q`)}; }
    pool[q] = total;
  }
  workgroupBarrier();`;

export const bceDiceKernels: OperationKernels<'bce-dice'> = {
  forward: (e, { logits, target }, { loss, sums }) => {
    const parts = partsOf(logits.size, 2048, 64);
    const partial = e.temporary([parts, 5]);
    addRowSum(e, {
      name: '',
      rows: logits.size,
      parts,
      width: 1,
      terms: 5,
      body: `
        let q = ${target.at('row')};
        if (q >= 0.0) {
          let x = ${logits.at('row')}; let p = sigmoid(x);
          sum0 += p * q; sum1 += p; sum2 += q; sum3 += 1.0; sum4 += softplus(x) - q * x;
        }`,
      store: partial.store('part * 5u + term', 'total'),
    });
    const joined = `
    ${labelledSum(parts, 5, partial)}
    if (lane < 4u) { ${sums.store('lane', 'pool[lane]')} }
    if (lane == 0u) {
      let dice = (2.0 * pool[0] + 1.0) / (pool[1] + pool[2] + 1.0);
      ${loss.store('0u', 'select(0.0, pool[4] / max(pool[3], 1.0) + 1.0 - dice, pool[3] > 0.0)')}
    }`;
    e.add('joined', 1, joined, 5);
  },
  gradient: (e, { logits, target, sums, dLoss }, { dLogits }) => {
    if (dLogits === undefined) return;
    const body = `let q = ${target.at('i')};
    var d = 0.0;
    if (q >= 0.0) {
      let p = sigmoid(${logits.at('i')});
      let all = ${sums.at('1u')} + ${sums.at('2u')} + 1.0;
      let dice = (2.0 * ${sums.at('0u')} + 1.0) / all;
      d = ${dLoss.at('0u')} * ((p - q) / ${sums.at('3u')} - (2.0 * q - dice) / all * p * (1.0 - p));
    }
    ${dLogits.store('i', 'd')}`;
    e.addElements(logits, body);
  },
};

/** WGSL that declares `largest` and `whole`, so that class k has the share exp(logit - largest) / whole. */
function declareSoftmax(logits: TensorView, pixel: string): string {
  const K = logits.channels;
  return `
    var largest = 0.0;
    for (var k = 0u; k < ${K}u; k++) { largest = max(largest, ${logits.at(`${pixel} * ${K}u + k`)}); }
    var whole = exp(max(-largest, -87.0));
    for (var k = 0u; k < ${K}u; k++) { whole += exp(max(${logits.at(`${pixel} * ${K}u + k`)} - largest, -87.0)); }`;
}

const share = (logit: string): string => `(exp(max(${logit} - largest, -87.0)) / whole)`;

export const softmaxDiceKernels: OperationKernels<'softmax-dice'> = {
  forward: (e, { logits, target }, { loss, sums }) => {
    const K = logits.channels;
    const pixels = logits.size / K;
    const entropies = e.temporary([pixels]);
    e.addPixels(logits, `${declareSoftmax(logits, 'i')}\n${entropies.store('i', 'largest + log(whole)')}`, {
      name: 'entropies',
    });
    const parts = partsOf(pixels, 512, 64);
    const terms = 3 * (K + 1);
    const partial = e.temporary([parts, terms]);
    // A column for each class, and one for what counts once a pixel.
    addRowSum(e, {
      name: '',
      rows: pixels,
      parts,
      width: K + 1,
      terms: 3,
      body: `
        if (${target.at(`row * ${K}u`)} >= 0.0) {
          let entropy = ${entropies.at('row')};
          if (column < ${K}u) {
            let q = ${target.at(`row * ${K}u + column`)};
            let p = exp(max(${logits.at(`row * ${K}u + column`)} - entropy, -87.0));
            sum0 += p * q; sum1 += p; sum2 += q;
          } else {
            sum0 += 1.0;
            sum1 += entropy;
            for (var k = 0u; k < ${K}u; k++) { sum1 -= ${target.at(`row * ${K}u + k`)} * ${logits.at(`row * ${K}u + k`)}; }
          }
        }`,
      store: partial.store(`part * ${terms}u + column * 3u + term`, 'total'),
    });
    const joined = `
    ${labelledSum(parts, terms, partial)}
    for (var q = lane; q < ${3 * K}u; q += 128u) { ${sums.store('q', `pool[q % ${K}u * 3u + q / ${K}u]`)} }
    if (lane == 0u) {
      let labelled = pool[${3 * K}];
      var dice = 0.0;
      for (var k = 0u; k < ${K}u; k++) {
        dice += (2.0 * pool[3u * k] + 1.0) / (pool[3u * k + 1u] + pool[3u * k + 2u] + 1.0);
      }
      ${sums.store(`${3 * K}u`, 'labelled')}
      ${loss.store('0u', `select(0.0, pool[${3 * K + 1}] / max(labelled, 1.0) + 1.0 - dice / ${K}.0, labelled > 0.0)`)}
    }`;
    e.add('joined', 1, joined, terms);
  },
  gradient: (e, { logits, target, sums, dLoss }, { dLogits }) => {
    if (dLogits === undefined) return;
    const K = logits.channels;
    const at = `i * ${K}u + k`;
    const declareDice = `
      let q = ${target.at(at)};
      let p = ${share(logits.at(at))};
      let all = ${sums.at(`${K}u + k`)} + ${sums.at(`${2 * K}u + k`)} + 1.0;
      let dp = -(2.0 * q - (2.0 * ${sums.at('k')} + 1.0) / all) / all / ${K}.0;`;
    const body = `if (${target.at(`i * ${K}u`)} >= 0.0) {
      ${declareSoftmax(logits, 'i')}
      var along = 0.0;
      for (var k = 0u; k < ${K}u; k++) { ${declareDice} along += dp * p; }
      for (var k = 0u; k < ${K}u; k++) {
        ${declareDice}
        ${dLogits.store(at, `${dLoss.at('0u')} * ((p - q) / ${sums.at(`${3 * K}u`)} + p * (dp - along))`)}
      }
    } else {
      for (var k = 0u; k < ${K}u; k++) { ${dLogits.store(at, '0.0')} }
    }`;
    e.addPixels(logits, body);
  },
};

export const classProbabilitiesKernels: OperationKernels<'class-probabilities'> = {
  forward: (e, { logits }, { y }) => {
    if (e.attributes['softmax'] !== 1) {
      e.addElements(y, y.store('i', `sigmoid(${logits.at('i')})`));
      return;
    }
    const K = logits.channels;
    const body = `${declareSoftmax(logits, 'i')}
    for (var k = 0u; k < ${K}u; k++) { ${y.store(`i * ${K}u + k`, share(logits.at(`i * ${K}u + k`)))} }`;
    e.addPixels(y, body);
  },
};
