/**
 * The bridge's operations on planes: channel-mean-max, attended-mean, attended-skip. A lane for each pixel or element;
 * sums over the plane have a lane for each channel over stripes of pixels. Convention: as the operations have it.
 */
import type { OperationKernels } from '../kernel.ts';
import { addRowSum } from './sum-over-rows.ts';

export const channelMeanMaxKernels: OperationKernels<'channel-mean-max'> = {
  forward: (e, { x }, { y }) => {
    const { channels } = x;
    const body = `var total = 0.0; var largest = ${x.at(`i * ${channels}u`)};
    for (var c = 0u; c < ${channels}u; c++) {
      let value = ${x.at(`i * ${channels}u + c`)};
      total += value; largest = max(largest, value);
    }
    ${y.store('2u * i', `total / ${channels}.0`)} ${y.store('2u * i + 1u', 'largest')}`;
    e.addPixels(x, body);
  },
  gradient: (e, { x, dy }, { dx }) => {
    if (dx === undefined) return;
    const { channels } = x;
    const body = `var winner = 0u; var largest = ${x.at(`i * ${channels}u`)};
    for (var c = 1u; c < ${channels}u; c++) {
      let value = ${x.at(`i * ${channels}u + c`)};
      if (value > largest) { largest = value; winner = c; }
    }
    let share = ${dy.at('2u * i')} / ${channels}.0; let most = ${dy.at('2u * i + 1u')};
    for (var c = 0u; c < ${channels}u; c++) {
      ${dx.store(`i * ${channels}u + c`, 'share + select(0.0, most, c == winner)')}
    }`;
    e.addPixels(x, body);
  },
};

export const attendedMeanKernels: OperationKernels<'attended-mean'> = {
  forward: (e, { t, s }, { y }) => {
    const { channels } = t;
    const pixels = t.size / channels;
    // Parts would need a second kernel to join them: one workgroup for every four channels is enough to be busy.
    const [width, blocks] = channels % 4 === 0 ? [4, channels / 4] : [1, channels];
    const body = `
    let c = group * ${width}u + lane % ${width}u;
    var total = 0.0;
    for (var pixel = lane / ${width}u; pixel < ${pixels}u; pixel += ${128 / width}u) {
      total += (1.0 + ${s.at('pixel')}) * ${t.at(`pixel * ${channels}u + c`)};
    }
    pool[lane] = total;
    workgroupBarrier();
    for (var step = 64u; step >= ${width}u; step >>= 1u) {
      if (lane < step) { pool[lane] += pool[lane + step]; }
      workgroupBarrier();
    }
    if (lane < ${width}u) { ${y.store('c', `pool[lane] / ${pixels}.0`)} }`;
    e.add('', blocks, body, 128);
  },
  gradient: (e, { t, s, dy }, { dt, ds }) => {
    const { channels } = t;
    const pixels = t.size / channels;
    const body = `let gate = 1.0 + ${s.at('i')};
    var total = 0.0;
    for (var c = 0u; c < ${channels}u; c++) {
      let share = ${dy.at('c')} / ${pixels}.0;
      total += share * ${t.at(`i * ${channels}u + c`)};
      ${dt?.store(`i * ${channels}u + c`, 'share * gate') ?? ''}
    }
    ${ds?.store('i', 'total') ?? ''}`;
    e.addPixels(t, body);
  },
};

export const attendedSkipKernels: OperationKernels<'attended-skip'> = {
  forward: (e, { t, s, h }, { y }) => {
    const body = `let gate = ${s.at(`i / ${t.channels}u`)};
    ${y.store('i', `${t.at('i')} * (${h.at(`i % ${t.channels}u`)} * (1.0 + gate) + gate)`)}`;
    e.addElements(y, body);
  },
  gradient: (e, { t, s, h, dy }, { dt, ds, dh }) => {
    const { channels } = t;
    const pixels = t.size / channels;
    const body = `let gate = ${s.at('i')};
    var total = 0.0;
    for (var c = 0u; c < ${channels}u; c++) {
      let d = ${dy.at(`i * ${channels}u + c`)}; let head = ${h.at('c')};
      total += d * ${t.at(`i * ${channels}u + c`)} * (head + 1.0);
      ${dt?.store(`i * ${channels}u + c`, 'd * (head * (1.0 + gate) + gate)') ?? ''}
    }
    ${ds?.store('i', 'total') ?? ''}`;
    e.addPixels(t, body);
    if (dh === undefined) return;
    addRowSum(e, {
      name: 'head',
      rows: pixels,
      parts: 1,
      width: channels,
      columnsTogether: 2,
      terms: 1,
      body: `sum0 += ${dy.at(`row * ${channels}u + column`)} * ${t.at(`row * ${channels}u + column`)} * (1.0 + ${s.at('row')});`,
      store: dh.store('column', 'total'),
    });
  },
};
