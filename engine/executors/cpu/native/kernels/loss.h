// The losses, per sample, from logits, and their gradients. Vectors along elements for sigmoids; softmax over few classes
// goes pixel by pixel. Sums are kept in float32 for 1,024 elements and in double beyond.
#pragma once

#include "operations.h"
#include "../vector.h"
#include "elementwise.h"

namespace mambrush::MAMBRUSH_ISA {

constexpr int bceTermCount = 5;

// Cross-entropy, p·q, p, q and 1 of every element; all 0 where it is unlabelled.
template <int W>
INLINE void bceTerms(const float* logits, const float* target, F<W>* terms) {
  const F<W> x = load<W>(logits), raw = load<W>(target);
  const F<W> labelled = raw < 0.0f ? F<W>{} : fill<W>(1.0f);
  const F<W> q = maximum<W>(raw, F<W>{});
  const F<W> e = expOf<W>(-magnitude<W>(x));
  const F<W> r = 1.0f / (1.0f + e);
  const F<W> p = (x < 0.0f ? e * r : r) * labelled;
  terms[0] = (maximum<W>(x, F<W>{}) + log1pUnit<W>(e) - q * x) * labelled;
  terms[1] = p * q;
  terms[2] = p;
  terms[3] = q;
  terms[4] = labelled;
}

inline void bceDiceForward(const BceDiceForward& call) {
  const float *logits = call.logits.f, *target = call.target.f;
  const int64_t size = call.logits.size();
  double sums[bceTermCount] = {};
  for (int64_t begin = 0; begin < size; begin += 1024) {
    const int64_t end = begin + 1024 < size ? begin + 1024 : size;
    F<lanes> total[bceTermCount] = {}, terms[bceTermCount];
    int64_t i = begin;
    for (; i + lanes <= end; i += lanes) {
      bceTerms<lanes>(logits + i, target + i, terms);
      for (int k = 0; k < bceTermCount; k++) total[k] += terms[k];
    }
    for (int k = 0; k < bceTermCount; k++) sums[k] += sumLanes<lanes>(total[k]);
    for (; i < end; i++) {
      F<1> single[bceTermCount];
      bceTerms<1>(logits + i, target + i, single);
      for (int k = 0; k < bceTermCount; k++) sums[k] += single[k][0];
    }
  }
  const double dice = (2.0 * sums[1] + 1.0) / (sums[2] + sums[3] + 1.0);
  call.loss.f[0] = sums[4] == 0.0 ? 0.0f : static_cast<float>(sums[0] / sums[4] + 1.0 - dice);
  for (int k = 0; k < 4; k++) call.sums.f[k] = static_cast<float>(sums[k + 1]);
}

inline void bceDiceGradient(const BceDiceGradient& call) {
  const float *logits = call.logits.f, *target = call.target.f, *sums = call.sums.f;
  float* dx = call.dLogits.f;
  const float seed = call.dLoss.f[0];
  const float perPixel = sums[3] > 0.0f ? seed / sums[3] : 0.0f;
  const float perUnion = seed / (sums[1] + sums[2] + 1.0f);
  const float dice = (2.0f * sums[0] + 1.0f) / (sums[1] + sums[2] + 1.0f);
  overElements(call.dLogits.size(), [&]<int W>(int64_t i, Constant<W>) {
    const F<W> q = load<W>(target + i), p = sigmoid<W>(load<W>(logits + i));
    const F<W> d = perPixel * (p - q) - perUnion * (2.0f * q - dice) * p * (1.0f - p);
    put<W>(dx + i, q < 0.0f ? F<W>{} : d, call.dLogits.adds);
  });
}

// More classes than this do not fit the format of label maps.
constexpr int classLimit = 254;

inline void softmaxDiceForward(const SoftmaxDiceForward& call) {
  const float *logits = call.logits.f, *target = call.target.f;
  const int K = call.logits.channels();
  float p[classLimit];
  double sums[3 * classLimit + 1] = {}, entropy = 0.0;
  for (int64_t i = 0; i < call.logits.size(); i += K) {
    if (target[i] < 0.0f) continue;
    entropy += softmaxWithBackground(logits + i, K, p);
    for (int k = 0; k < K; k++) {
      const float q = target[i + k];
      entropy -= q * logits[i + k];
      sums[k] += p[k] * q;
      sums[K + k] += p[k];
      sums[2 * K + k] += q;
    }
    sums[3 * K] += 1.0;
  }
  double dice = 0.0;
  for (int k = 0; k < K; k++) dice += (2.0 * sums[k] + 1.0) / (sums[K + k] + sums[2 * K + k] + 1.0) / K;
  call.loss.f[0] = sums[3 * K] == 0.0 ? 0.0f : static_cast<float>(entropy / sums[3 * K] + 1.0 - dice);
  for (int k = 0; k <= 3 * K; k++) call.sums.f[k] = static_cast<float>(sums[k]);
}

inline void softmaxDiceGradient(const SoftmaxDiceGradient& call) {
  const float *logits = call.logits.f, *target = call.target.f, *sums = call.sums.f;
  const float seed = call.dLoss.f[0];
  const int K = call.logits.channels();
  float* dx = call.dLogits.f;
  float p[classLimit], dp[classLimit];
  for (int64_t i = 0; i < call.logits.size(); i += K) {
    const bool labelled = target[i] >= 0.0f;
    float along = 0.0f;
    if (labelled) {
      softmaxWithBackground(logits + i, K, p);
      for (int k = 0; k < K; k++) {
        const float all = sums[K + k] + sums[2 * K + k] + 1.0f;
        dp[k] = -(2.0f * target[i + k] - (2.0f * sums[k] + 1.0f) / all) / all / K;
        along += dp[k] * p[k];
      }
    }
    for (int k = 0; k < K; k++) {
      const float d =
          labelled ? seed * ((p[k] - target[i + k]) / sums[3 * K] + p[k] * (dp[k] - along)) : 0.0f;
      dx[i + k] = call.dLogits.adds ? dx[i + k] + d : d;
    }
  }
}

}  // namespace mambrush::MAMBRUSH_ISA
