// GroupNorm(4), what the three kernels that fuse it with a resize and a GELU share: statistics and gradients.
// The norm is an affine map per channel once its statistics are known, and that map commutes with interpolation, so each
// forward is one pass over x for the statistics and one for the rest. Gradients: one pass that leaves the gradient of the
// normalized plane and its sums, one that writes dx.
// Statistics: sums of (x - mean of the rows before) in float32 over 64 pixels, from there on in double. A mean far from
// zero costs no digits, and neither do flat pictures, where roundings all go the same way.
#pragma once

#include "operations.h"
#include "../vector.h"

namespace mambrush::MAMBRUSH_ISA {

constexpr int groups = 4;

// Per channel: x·scale + shift is the normalized value; (x - mean)·rstd its hat.
struct GroupMap {
  float* scale;
  float* shift;
  float* mean;
  float* rstd;
};

// Adds the sums of (x - origin) and of its squares over the pixels begin..end of channels c..c+W.
template <int W>
INLINE void addDeviations(const float* x, int C, int64_t begin, int64_t end, F<W> origin, double* sums,
                          double* squares) {
  constexpr int chains = 4, block = 16 * chains;
  for (int64_t first = begin; first < end; first += block) {
    const int64_t last = first + block < end ? first + block : end;
    F<W> sum[chains] = {}, square[chains] = {};
    int64_t p = first;
    for (; p + chains <= last; p += chains) {
      for (int k = 0; k < chains; k++) {
        const F<W> d = load<W>(x + (p + k) * C) - origin;
        sum[k] += d;
        square[k] += d * d;
      }
    }
    for (; p < last; p++) {
      const F<W> d = load<W>(x + p * C) - origin;
      sum[0] += d;
      square[0] += d * d;
    }
    const F<W> blockSum = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    const F<W> blockSquare = (square[0] + square[1]) + (square[2] + square[3]);
    for (int lane = 0; lane < W; lane++) {
      sums[lane] += blockSum[lane];
      squares[lane] += blockSquare[lane];
    }
  }
}

inline void groupStatistics(const Operand& x, float* statistics, Workspace& workspace) {
  const int C = x.channels();
  const int width = x.extent(1);
  const int64_t pixels = x.size() / C;
  workspace.reset(9 * static_cast<size_t>(C) + 512);
  float* origin = workspace.take(C);
  double* mean = reinterpret_cast<double*>(workspace.take(2 * C));
  double* deviation = reinterpret_cast<double*>(workspace.take(2 * C));
  double* sums = reinterpret_cast<double*>(workspace.take(2 * C));
  double* squares = reinterpret_cast<double*>(workspace.take(2 * C));
  for (int c = 0; c < C; c++) {
    mean[c] = deviation[c] = 0.0;
    origin[c] = x.f[static_cast<int64_t>(width / 2) * C + c];
  }
  for (int64_t begin = 0; begin < pixels; begin += width) {
    const int64_t end = begin + width;
    for (int c = 0; c < C; c++) sums[c] = squares[c] = 0.0;
    withDividingWidth(C, [&]<int W>(Constant<W>) {
      for (int c = 0; c < C; c += W) {
        addDeviations<W>(x.f + c, C, begin, end, load<W>(origin + c), sums + c, squares + c);
      }
    });
    // Two sets' means and squared deviations give those of both (Chan, Golub & LeVeque 1979).
    const double share = static_cast<double>(width) / end, perPixel = 1.0 / width;
    for (int c = 0; c < C; c++) {
      const double offset = sums[c] * perPixel;
      const double step = origin[c] + offset - mean[c];
      deviation[c] += squares[c] - sums[c] * offset + step * step * (begin * share);
      mean[c] += step * share;
      origin[c] = static_cast<float>(mean[c]);
    }
  }
  const int perGroup = C / groups;
  for (int g = 0; g < groups; g++) {
    double groupMean = 0.0;
    for (int c = g * perGroup; c < (g + 1) * perGroup; c++) groupMean += mean[c];
    groupMean /= perGroup;
    double variance = 0.0;
    for (int c = g * perGroup; c < (g + 1) * perGroup; c++) {
      const double fromGroup = mean[c] - groupMean;
      variance += deviation[c] / pixels + fromGroup * fromGroup;
    }
    variance = variance > 0.0 ? variance / perGroup : 0.0;
    statistics[g] = static_cast<float>(groupMean);
    statistics[groups + g] = static_cast<float>(1.0 / std::sqrt(variance + 1e-5));
  }
}

inline GroupMap groupMap(const auto& call, const float* statistics, int C) {
  GroupMap map{call.workspace.take(C), call.workspace.take(C), call.workspace.take(C), call.workspace.take(C)};
  for (int c = 0; c < C; c++) {
    const int g = c / (C / groups);
    map.mean[c] = statistics[g];
    map.rstd[c] = statistics[groups + g];
    map.scale[c] = map.rstd[c] * call.weight.f[c];
    map.shift[c] = call.bias.f[c] - map.mean[c] * map.scale[c];
  }
  return map;
}

// Room that groupMap takes.
constexpr size_t mapRoom(int C) { return 8 * (static_cast<size_t>(C) + 32); }

// What the gradient of a norm needs from a pass over the normalized plane's gradient.
struct NormSums {
  float* values;  // Σ dN per channel, which is the gradient of bias
  float* hats;    // Σ dN · hat per channel, which is the gradient of weight
};

// Writes the coefficients of dx = a·dN + b + c·x per channel, and adds the gradients of weight and bias.
struct NormGradient {
  float* a;
  float* b;
  float* c;
};

inline NormGradient normGradient(const auto& call, const GroupMap& map, const NormSums& sums, int C, int64_t pixels) {
  NormGradient result{call.workspace.take(C), call.workspace.take(C), call.workspace.take(C)};
  const float* weight = call.weight.f;
  const int perGroup = C / groups;
  const double count = static_cast<double>(pixels) * perGroup;
  for (int g = 0; g < groups; g++) {
    double total = 0.0, totalHat = 0.0;
    for (int c = g * perGroup; c < (g + 1) * perGroup; c++) {
      total += static_cast<double>(weight[c]) * sums.values[c];
      totalHat += static_cast<double>(weight[c]) * sums.hats[c];
    }
    for (int c = g * perGroup; c < (g + 1) * perGroup; c++) {
      const double rstd = map.rstd[c];
      result.a[c] = static_cast<float>(rstd * weight[c]);
      result.c[c] = static_cast<float>(-rstd * rstd * totalHat / count);
      result.b[c] = static_cast<float>(-rstd * total / count + rstd * rstd * totalHat / count * map.mean[c]);
    }
  }
  addValues(call.dWeight, sums.hats, C);
  addValues(call.dBias, sums.values, C);
  return result;
}

// dx (+)= a·dN + b + c·x over a whole plane.
inline void writeNormGradient(const auto& call, const NormGradient& g, const float* dNormalized, int C, int64_t pixels) {
  const float* x = call.x.f;
  float* dx = call.dx.f;
  const bool add = call.dx.adds;
  withDividingWidth(C, [&]<int W>(Constant<W>) {
    for (int64_t p = 0; p < pixels; p++) {
      for (int c = 0; c < C; c += W) {
        const int64_t i = p * C + c;
        const F<W> value =
            load<W>(g.a + c) * load<W>(dNormalized + i) + load<W>(g.b + c) + load<W>(g.c + c) * load<W>(x + i);
        put<W>(dx + i, value, add);
      }
    }
  });
}

// Sums over a plane of dN, for norms whose gradient is not summed on the way; rows of `width` pixels first.
inline void sumPlane(const float* x, const float* dNormalized, const GroupMap& map, const NormSums& sums, int C,
                     int64_t pixels, int width) {
  for (int c = 0; c < C; c++) sums.values[c] = sums.hats[c] = 0.0f;
  withDividingWidth(C, [&]<int W>(Constant<W>) {
    for (int64_t begin = 0; begin < pixels; begin += width) {
      const int64_t end = begin + width < pixels ? begin + width : pixels;
      for (int c = 0; c < C; c += W) {
        F<W> values{}, hats{};
        const F<W> mean = load<W>(map.mean + c);
        for (int64_t p = begin; p < end; p++) {
          const F<W> d = load<W>(dNormalized + p * C + c);
          values += d;
          hats += d * (load<W>(x + p * C + c) - mean);
        }
        put<W>(sums.values + c, values, true);
        put<W>(sums.hats + c, hats * load<W>(map.rstd + c), true);
      }
    }
  });
}

}  // namespace mambrush::MAMBRUSH_ISA
