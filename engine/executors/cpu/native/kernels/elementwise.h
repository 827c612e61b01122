// Operations that look at one element at a time: sum, scaled sum, GELU, class probabilities.
// Memory-bound; native vectors, then single values.
#pragma once

#include "../kernel.h"
#include "../vector.h"

namespace mambrush::MAMBRUSH_ISA {

inline void sumForward(const Call& call) {
  const float *a = call.in[0].f, *b = call.in[1].f;
  float* y = call.out[0].f;
  overElements(call.out[0].size(), [&](int64_t i, auto width) {
    constexpr int W = decltype(width)::value;
    store<W>(y + i, load<W>(a + i) + load<W>(b + i));
  });
}

inline void sumGradient(const Call& call) {
  const float* dy = call.outputGradient(0).f;
  for (int position = 0; position < 2; position++) {
    if (!call.out[position]) continue;
    float* target = call.out[position].f;
    overElements(call.out[position].size(), [&](int64_t i, auto width) {
      constexpr int W = decltype(width)::value;
      put<W>(target + i, load<W>(dy + i), call.adds(position));
    });
  }
}

inline void scaledSumForward(const Call& call) {
  const float *a = call.in[0].f, *b = call.in[1].f;
  const float scale = call.in[2].f[0];
  float* y = call.out[0].f;
  overElements(call.out[0].size(), [&](int64_t i, auto width) {
    constexpr int W = decltype(width)::value;
    store<W>(y + i, load<W>(a + i) + scale * load<W>(b + i));
  });
}

inline void scaledSumGradient(const Call& call) {
  const float *b = call.in[1].f, *dy = call.outputGradient(0).f;
  const float scale = call.in[2].f[0];
  const int64_t count = call.outputGradient(0).size();
  if (call.out[0]) {
    overElements(count, [&](int64_t i, auto width) {
      constexpr int W = decltype(width)::value;
      put<W>(call.out[0].f + i, load<W>(dy + i), call.adds(0));
    });
  }
  if (call.out[1]) {
    overElements(count, [&](int64_t i, auto width) {
      constexpr int W = decltype(width)::value;
      put<W>(call.out[1].f + i, scale * load<W>(dy + i), call.adds(1));
    });
  }
  if (call.out[2]) {
    double total = 0.0;
    overElements(count, [&](int64_t i, auto width) {
      constexpr int W = decltype(width)::value;
      total += sumLanes<W>(load<W>(dy + i) * load<W>(b + i));
    });
    call.out[2].f[0] += static_cast<float>(total);
  }
}

inline void geluForward(const Call& call) {
  const float* x = call.in[0].f;
  float* y = call.out[0].f;
  overElements(call.out[0].size(), [&](int64_t i, auto width) {
    constexpr int W = decltype(width)::value;
    store<W>(y + i, gelu<W>(load<W>(x + i)));
  });
}

inline void geluGradient(const Call& call) {
  const float *x = call.in[0].f, *dy = call.outputGradient(0).f;
  float* dx = call.out[0].f;
  overElements(call.out[0].size(), [&](int64_t i, auto width) {
    constexpr int W = decltype(width)::value;
    put<W>(dx + i, load<W>(dy + i) * geluDerivative<W>(load<W>(x + i)), call.adds(0));
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

inline void classProbabilitiesForward(const Call& call) {
  const float* logits = call.in[0].f;
  float* y = call.out[0].f;
  const int64_t count = call.out[0].size();
  if (call.attributes[0] == 1.0) {
    const int K = call.in[0].channels();
    for (int64_t i = 0; i < count; i += K) softmaxWithBackground(logits + i, K, y + i);
    return;
  }
  overElements(count, [&](int64_t i, auto width) {
    constexpr int W = decltype(width)::value;
    store<W>(y + i, sigmoid<W>(load<W>(logits + i)));
  });
}

}  // namespace mambrush::MAMBRUSH_ISA
