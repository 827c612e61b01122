// What kernels share that keep outputs in columns padded to whole vectors. Not a kernel.
#pragma once

#include "operations.h"
#include "../vector.h"

namespace mambrush::MAMBRUSH_ISA {

// The vector width for a channel count: the widest that divides it, else one that wastes least.
template <class Work>
INLINE void withPaddedWidth(int outputs, Work work) {
  if constexpr (lanes >= 16) {
    if (outputs % 16 == 0 || outputs > 24) return work(Constant<16>());
  }
  if constexpr (lanes >= 8) {
    if (outputs % 8 == 0 || outputs > 4) return work(Constant<8>());
  }
  work(Constant<4>());
}

constexpr int padded(int extent, int width) { return (extent + width - 1) / width * width; }

// target[c] += the column sums of a (pixels, C) plane. Rows of 256 are summed first, which keeps float32 honest.
inline void addColumnSums(const float* values, int64_t pixels, int channels, float* target, Workspace& workspace) {
  workspace.reset(2 * static_cast<size_t>(channels) + 64);
  float* total = workspace.take(channels);
  float* part = workspace.take(channels);
  std::memset(total, 0, sizeof(float) * channels);
  for (int64_t begin = 0; begin < pixels; begin += 256) {
    const int64_t end = begin + 256 < pixels ? begin + 256 : pixels;
    std::memset(part, 0, sizeof(float) * channels);
    withDividingWidth(channels, [&]<int W>(Constant<W>) {
      for (int c = 0; c < channels; c += W) {
        F<W> sum{};
        for (int64_t p = begin; p < end; p++) sum += load<W>(values + p * channels + c);
        store<W>(part + c, sum);
      }
    });
    for (int c = 0; c < channels; c++) total[c] += part[c];
  }
  for (int c = 0; c < channels; c++) target[c] += total[c];
}

}  // namespace mambrush::MAMBRUSH_ISA
