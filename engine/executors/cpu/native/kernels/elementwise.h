// Operations on one element at a time: sum, scaled sum, GELU, class probabilities.
// Memory-bound; native vectors, then single values.
#pragma once

#include "operations.h"
#include "../vector.h"

namespace mambrush::MAMBRUSH_ISA {

inline void sumForward(const SumForward& call) {
  const float *a = call.a.f, *b = call.b.f;
  float* y = call.y.f;
  overElements(call.y.size(), [&]<int W>(int64_t i, Constant<W>) {
    store<W>(y + i, load<W>(a + i) + load<W>(b + i));
  });
}

inline void sumGradient(const SumGradient& call) {
  passGradient(call.da, call.dy.f);
  passGradient(call.db, call.dy.f);
}

inline void scaledSumForward(const ScaledSumForward& call) {
  const float *a = call.a.f, *b = call.b.f;
  const float scale = call.scale.f[0];
  float* y = call.y.f;
  overElements(call.y.size(), [&]<int W>(int64_t i, Constant<W>) {
    store<W>(y + i, load<W>(a + i) + scale * load<W>(b + i));
  });
}

inline void scaledSumGradient(const ScaledSumGradient& call) {
  const float *b = call.b.f, *dy = call.dy.f;
  const float scale = call.scale.f[0];
  const int64_t count = call.dy.size();
  passGradient(call.da, dy);
  if (call.db) {
    overElements(count, [&]<int W>(int64_t i, Constant<W>) {
      put<W>(call.db.f + i, scale * load<W>(dy + i), call.db.adds);
    });
  }
  if (call.dScale) {
    double total = 0.0;
    overElements(count, [&]<int W>(int64_t i, Constant<W>) {
      total += sumLanes<W>(load<W>(dy + i) * load<W>(b + i));
    });
    call.dScale.f[0] += static_cast<float>(total);
  }
}

inline void geluForward(const GeluForward& call) {
  const float* x = call.x.f;
  float* y = call.y.f;
  overElements(call.y.size(), [&]<int W>(int64_t i, Constant<W>) {
    store<W>(y + i, gelu<W>(load<W>(x + i)));
  });
}

inline void geluGradient(const GeluGradient& call) {
  const float *x = call.x.f, *dy = call.dy.f;
  float* dx = call.dx.f;
  overElements(call.dx.size(), [&]<int W>(int64_t i, Constant<W>) {
    put<W>(dx + i, load<W>(dy + i) * geluDerivative<W>(load<W>(x + i)), call.dx.adds);
  });
}

// Softmax over K logits and an implicit background logit of 0; returns ln Σ e^logit.
inline float softmaxWithBackground(const float* logits, int K, float* p) {
  float largest = 0.0f;
  for (int k = 0; k < K; k++) largest = logits[k] > largest ? logits[k] : largest;
  float total = std::exp(-largest);
  for (int k = 0; k < K; k++) {
    p[k] = std::exp(logits[k] - largest);
    total += p[k];
  }
  for (int k = 0; k < K; k++) p[k] /= total;
  return largest + std::log(total);
}

inline void classProbabilitiesForward(const ClassProbabilitiesForward& call) {
  const float* logits = call.logits.f;
  float* y = call.y.f;
  const int64_t count = call.y.size();
  if (call.softmax == 1.0) {
    const int K = call.logits.channels();
    for (int64_t i = 0; i < count; i += K) softmaxWithBackground(logits + i, K, y + i);
    return;
  }
  overElements(count, [&]<int W>(int64_t i, Constant<W>) {
    store<W>(y + i, sigmoid<W>(load<W>(logits + i)));
  });
}

}  // namespace mambrush::MAMBRUSH_ISA
