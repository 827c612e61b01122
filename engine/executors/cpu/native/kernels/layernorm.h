// LayerNorm over channels, per token, and its gradient. Few channels (24 to 96): vectors along them, sums over lanes.
#pragma once

#include "operations.h"
#include "../vector.h"

namespace mambrush::MAMBRUSH_ISA {

inline void layernormForward(const LayernormForward& call) {
  const Operand& x = call.x;
  const float *weight = call.weight.f, *bias = call.bias.f;
  const int C = x.channels();
  float *y = call.y.f, *statistics = call.statistics.f;
  withDividingWidth(C, [&]<int W>(Constant<W>) {
    for (int64_t token = 0; token < x.size() / C; token++) {
      const float* row = x.f + token * C;
      F<W> total{};
      for (int c = 0; c < C; c += W) total += load<W>(row + c);
      const float mean = sumLanes<W>(total) / C;
      F<W> square{};
      for (int c = 0; c < C; c += W) {
        const F<W> d = load<W>(row + c) - mean;
        square += d * d;
      }
      const float rstd = 1.0f / std::sqrt(sumLanes<W>(square) / C + 1e-5f);
      statistics[2 * token] = mean;
      statistics[2 * token + 1] = rstd;
      for (int c = 0; c < C; c += W) {
        const F<W> hat = (load<W>(row + c) - mean) * rstd;
        store<W>(y + token * C + c, hat * load<W>(weight + c) + load<W>(bias + c));
      }
    }
  });
}

inline void layernormGradient(const LayernormGradient& call) {
  const Operand& x = call.x;
  const float *weight = call.weight.f, *statistics = call.statistics.f, *dy = call.dy.f;
  const int C = x.channels();
  call.workspace.reset(2 * static_cast<size_t>(C) + 128);
  float* values = call.workspace.take(C);
  float* hats = call.workspace.take(C);
  for (int c = 0; c < C; c++) values[c] = hats[c] = 0.0f;
  float* dx = call.dx ? call.dx.f : nullptr;
  withDividingWidth(C, [&]<int W>(Constant<W>) {
    for (int64_t token = 0; token < x.size() / C; token++) {
      const float mean = statistics[2 * token], rstd = statistics[2 * token + 1];
      const int64_t i = token * C;
      F<W> total{}, totalHat{};
      for (int c = 0; c < C; c += W) {
        const F<W> d = load<W>(dy + i + c);
        const F<W> hat = (load<W>(x.f + i + c) - mean) * rstd;
        const F<W> weighted = d * load<W>(weight + c);
        total += weighted;
        totalHat += weighted * hat;
        put<W>(values + c, d, true);
        put<W>(hats + c, d * hat, true);
      }
      if (dx == nullptr) continue;
      const float mean1 = sumLanes<W>(total) / C, mean2 = sumLanes<W>(totalHat) / C;
      for (int c = 0; c < C; c += W) {
        const F<W> hat = (load<W>(x.f + i + c) - mean) * rstd;
        const F<W> weighted = load<W>(dy + i + c) * load<W>(weight + c);
        put<W>(dx + i + c, rstd * (weighted - mean1 - hat * mean2), call.dx.adds);
      }
    }
  });
  addValues(call.dWeight, hats, C);
  addValues(call.dBias, values, C);
}

}  // namespace mambrush::MAMBRUSH_ISA
