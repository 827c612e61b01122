// Depthwise causal convolution of width 4 over time, then SiLU, and its gradient: vectors along the channels of all
// sequences, time in the inner loop with the last inputs and the next gradients in registers.
#pragma once

#include "operations.h"
#include "../vector.h"

namespace mambrush::MAMBRUSH_ISA {

// Taps and bias of E channels, repeated for all sequences: 5 rows of C.
inline const float* repeatTaps(const auto& call, int C) {
  const float *weight = call.weight.f, *bias = call.bias.f;
  const int E = call.weight.extent(0);
  float* taps = call.workspace.take(5 * static_cast<size_t>(C));
  for (int c = 0; c < C; c++) {
    for (int k = 0; k < 4; k++) taps[k * C + c] = weight[(c % E) * 4 + k];
    taps[4 * C + c] = bias[c % E];
  }
  return taps;
}

inline void causalConv1dSiluForward(const CausalConv1dSiluForward& call) {
  const Operand& x = call.x;
  const int C = x.channels();
  const int64_t tokens = x.size() / C;
  call.workspace.reset(5 * static_cast<size_t>(C) + 64);
  const float* taps = repeatTaps(call, C);
  float* y = call.y.f;
  withDividingWidth(C, [&]<int W>(Constant<W>) {
    for (int c = 0; c < C; c += W) {
      const F<W> w0 = load<W>(taps + c), w1 = load<W>(taps + C + c), w2 = load<W>(taps + 2 * C + c);
      const F<W> w3 = load<W>(taps + 3 * C + c), bias = load<W>(taps + 4 * C + c);
      F<W> x0{}, x1{}, x2{};
      for (int64_t t = 0; t < tokens; t++) {
        const F<W> x3 = load<W>(x.f + t * C + c);
        const F<W> value = bias + w0 * x0 + w1 * x1 + w2 * x2 + w3 * x3;
        store<W>(y + t * C + c, value * sigmoid<W>(value));
        x0 = x1;
        x1 = x2;
        x2 = x3;
      }
    }
  });
}

inline void causalConv1dSiluGradient(const CausalConv1dSiluGradient& call) {
  const Operand& x = call.x;
  const float* dy = call.dy.f;
  const int C = x.channels();
  const int E = call.weight.extent(0);
  const int64_t tokens = x.size() / C;
  call.workspace.reset(10 * static_cast<size_t>(C) + 192);
  const float* taps = repeatTaps(call, C);
  float* sums = call.workspace.take(5 * static_cast<size_t>(C));
  withDividingWidth(C, [&]<int W>(Constant<W>) {
    for (int c = 0; c < C; c += W) {
      const F<W> w0 = load<W>(taps + c), w1 = load<W>(taps + C + c), w2 = load<W>(taps + 2 * C + c);
      const F<W> w3 = load<W>(taps + 3 * C + c), bias = load<W>(taps + 4 * C + c);
      const auto at = [&](int64_t t) { return t < 0 ? F<W>{} : load<W>(x.f + t * C + c); };
      F<W> d1{}, d2{}, d3{};
      F<W> sum0{}, sum1{}, sum2{}, sum3{}, sumBias{};
      F<W> x3 = at(tokens - 1), x2 = at(tokens - 2), x1 = at(tokens - 3);
      for (int64_t t = tokens - 1; t >= 0; t--) {
        const F<W> x0 = at(t - 3);
        const F<W> value = bias + w0 * x0 + w1 * x1 + w2 * x2 + w3 * x3;
        const F<W> d = load<W>(dy + t * C + c) * siluDerivative<W>(value, sigmoid<W>(value));
        sum0 += d * x0;
        sum1 += d * x1;
        sum2 += d * x2;
        sum3 += d * x3;
        sumBias += d;
        if (call.dx) {
          put<W>(call.dx.f + t * C + c, w3 * d + w2 * d1 + w1 * d2 + w0 * d3, call.dx.adds);
        }
        d3 = d2;
        d2 = d1;
        d1 = d;
        x3 = x2;
        x2 = x1;
        x1 = x0;
      }
      store<W>(sums + c, sum0);
      store<W>(sums + C + c, sum1);
      store<W>(sums + 2 * C + c, sum2);
      store<W>(sums + 3 * C + c, sum3);
      store<W>(sums + 4 * C + c, sumBias);
    }
  });
  for (int c = 0; c < C; c++) {
    if (call.dWeight) {
      for (int k = 0; k < 4; k++) call.dWeight.f[(c % E) * 4 + k] += sums[k * C + c];
    }
    if (call.dBias) call.dBias.f[c % E] += sums[4 * C + c];
  }
}

}  // namespace mambrush::MAMBRUSH_ISA
