// The bridge's channel attention: a convolution along all scales' means, then one sigmoid head per scale.
#pragma once

#include "operations.h"
#include "../vector.h"

namespace mambrush::MAMBRUSH_ISA {

inline float sigmoidOne(float x) { return sigmoid<1>(fill<1>(x))[0]; }

inline void concatenate(const OperandList& means, float* target) {
  for (int scale = 0; scale < means.count; target += means[scale].size(), scale++) {
    std::memcpy(target, means[scale].f, sizeof(float) * means[scale].size());
  }
}

inline void channelAttentionForward(const ChannelAttentionForward& call) {
  const int scales = call.means.count;
  const Operand& mixed = call.mixed;
  const int total = static_cast<int>(mixed.size());
  call.workspace.reset(total + 64);
  float* means = call.workspace.take(total);
  concatenate(call.means, means);
  const float* taps = call.taps.f;
  // One product a loop: which of two would become part of a fused multiply-add is the compiler's choice.
  mixed.f[0] = 0.0f;
  for (int i = 1; i < total; i++) mixed.f[i] = taps[0] * means[i - 1];
  for (int i = 0; i < total; i++) mixed.f[i] += taps[1] * means[i];
  for (int i = 0; i + 1 < total; i++) mixed.f[i] += taps[2] * means[i + 1];
  for (int scale = 0; scale < scales; scale++) {
    const float *weight = call.weights[scale].f, *bias = call.biases[scale].f;
    for (int c = 0; c < call.gates[scale].size(); c++) {
      float sum = bias[c];
      overElements(total, [&]<int W>(int64_t i, Constant<W>) {
        sum += sumLanes<W>(load<W>(weight + static_cast<int64_t>(c) * total + i) * load<W>(mixed.f + i));
      });
      call.gates[scale].f[c] = sigmoidOne(sum);
    }
  }
}

inline void channelAttentionGradient(const ChannelAttentionGradient& call) {
  const int scales = call.means.count;
  const Operand& mixed = call.mixed;
  const int total = static_cast<int>(mixed.size());
  call.workspace.reset(3 * static_cast<size_t>(total) + 192);
  float* means = call.workspace.take(total);
  float* dMixed = call.workspace.take(total);
  float* dMeans = call.workspace.take(total);
  concatenate(call.means, means);
  for (int i = 0; i < total; i++) dMixed[i] = dMeans[i] = 0.0f;
  for (int scale = 0; scale < scales; scale++) {
    const float *gate = call.gates[scale].f, *dGate = call.dGates[scale].f;
    const float* weight = call.weights[scale].f;
    const Operand &dWeight = call.dWeights[scale], &dBias = call.dBiases[scale];
    for (int c = 0; c < call.gates[scale].size(); c++) {
      const float dLogit = dGate[c] * gate[c] * (1.0f - gate[c]);
      if (dBias) dBias.f[c] += dLogit;
      overElements(total, [&]<int W>(int64_t i, Constant<W>) {
        const int64_t at = static_cast<int64_t>(c) * total + i;
        if (dWeight) put<W>(dWeight.f + at, dLogit * load<W>(mixed.f + i), true);
        put<W>(dMixed + i, dLogit * load<W>(weight + at), true);
      });
    }
  }
  const float* taps = call.taps.f;
  for (int i = 0; i < total; i++) {
    for (int tap = 0; tap < 3; tap++) {
      const int source = i + tap - 1;
      if (source < 0 || source >= total) continue;
      if (call.dTaps) call.dTaps.f[tap] += dMixed[i] * means[source];
      dMeans[source] += dMixed[i] * taps[tap];
    }
  }
  int offset = 0;
  for (int scale = 0; scale < scales; scale++) {
    const int width = static_cast<int>(call.means[scale].size());
    if (call.dMeans[scale]) {
      for (int c = 0; c < width; c++) {
        float& target = call.dMeans[scale].f[c];
        target = call.dMeans[scale].adds ? target + dMeans[offset + c] : dMeans[offset + c];
      }
    }
    offset += width;
  }
}

}  // namespace mambrush::MAMBRUSH_ISA
