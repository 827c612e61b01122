// The attention bridge: channel mean and maximum, the dilated 7×7 gate, attended mean, channel heads, attended skip.
// The gate's two input channels are taken apart into padded planes, so that its 98 taps run along columns in vectors;
// the other operations are memory-bound and vectorised along channels.
#pragma once

#include "../kernel.h"
#include "../vector.h"

namespace mambrush::MAMBRUSH_ISA {

inline void channelMeanMaxForward(const Call& call) {
  const Operand& x = call.in[0];
  const int C = x.channels();
  float* y = call.out[0].f;
  withDividingWidth(C, [&](auto vector) {
    constexpr int W = decltype(vector)::value;
    for (int64_t p = 0; p < x.size() / C; p++) {
      const float* pixel = x.f + p * C;
      F<W> total = load<W>(pixel), largest = total;
      for (int c = W; c < C; c += W) {
        const F<W> v = load<W>(pixel + c);
        total += v;
        largest = maximum<W>(largest, v);
      }
      y[2 * p] = sumLanes<W>(total) / C;
      y[2 * p + 1] = maxLanes<W>(largest);
    }
  });
}

inline void channelMeanMaxGradient(const Call& call) {
  const Operand& x = call.in[0];
  const int C = x.channels();
  const float* dy = call.outputGradient(0).f;
  float* dx = call.out[0].f;
  withDividingWidth(C, [&](auto vector) {
    constexpr int W = decltype(vector)::value;
    for (int64_t p = 0; p < x.size() / C; p++) {
      const float* pixel = x.f + p * C;
      float* target = dx + p * C;
      const float share = dy[2 * p] / C;
      F<W> largest = load<W>(pixel);
      for (int c = W; c < C; c += W) largest = maximum<W>(largest, load<W>(pixel + c));
      const float wanted = maxLanes<W>(largest);
      for (int c = 0; c < C; c += W) put<W>(target + c, fill<W>(share), call.adds(0));
      int winner = 0;
      while (winner < C - 1 && pixel[winner] != wanted) winner++;
      target[winner] += dy[2 * p + 1];
    }
  });
}

constexpr int gateKernel = 7;
constexpr int gateReach = 9;  // dilation 3 times 3 taps to each side

// A plane (H, W) inside zeros of `gateReach` on every side; rows have `pitch` floats.
struct PaddedPlane {
  float* values;
  int64_t pitch;
  float* row(int r) const { return values + (r + gateReach) * pitch + gateReach; }
};

inline size_t paddedSize(int height, int width) {
  return static_cast<size_t>(height + 2 * gateReach) * (width + 2 * gateReach) + 64;
}

inline PaddedPlane paddedPlane(Workspace& workspace, int height, int width) {
  const int64_t pitch = width + 2 * gateReach;
  PaddedPlane plane{workspace.take(paddedSize(height, width)), pitch};
  std::memset(plane.values, 0, sizeof(float) * (height + 2 * gateReach) * pitch);
  return plane;
}

// One channel of x (H, W, step) into a padded plane.
inline void spread(const PaddedPlane& plane, const float* x, int height, int width, int step) {
  for (int row = 0; row < height; row++) {
    float* target = plane.row(row);
    for (int column = 0; column < width; column++) target[column] = x[(static_cast<int64_t>(row) * width + column) * step];
  }
}

inline void spatialAttentionForward(const Call& call) {
  const Operand& x = call.in[0];
  const int height = x.extent(0), width = x.extent(1);
  const float *weight = call.in[1].f, bias = call.in[2].f[0];
  float* y = call.out[0].f;
  call.workspace.reset(2 * paddedSize(height, width) + 128);
  const PaddedPlane planes[2] = {paddedPlane(call.workspace, height, width), paddedPlane(call.workspace, height, width)};
  for (int i = 0; i < 2; i++) spread(planes[i], x.f + i, height, width, 2);
  for (int row = 0; row < height; row++) {
    overElements(width, [&](int64_t column, auto vector) {
      constexpr int W = decltype(vector)::value;
      F<W> total = fill<W>(bias), second{};
      for (int ky = 0; ky < gateKernel; ky++) {
        const int64_t at = (row + 3 * ky) * planes[0].pitch + column;
        for (int kx = 0; kx < gateKernel; kx++) {
          total += weight[ky * gateKernel + kx] * load<W>(planes[0].values + at + 3 * kx);
          second += weight[49 + ky * gateKernel + kx] * load<W>(planes[1].values + at + 3 * kx);
        }
      }
      store<W>(y + static_cast<int64_t>(row) * width + column, sigmoid<W>(total + second));
    });
  }
}

inline void spatialAttentionGradient(const Call& call) {
  const Operand& x = call.in[0];
  const int height = x.extent(0), width = x.extent(1);
  const float *weight = call.in[1].f, *y = call.output(0).f, *dy = call.outputGradient(0).f;
  const int64_t pixels = static_cast<int64_t>(height) * width;
  call.workspace.reset(3 * paddedSize(height, width) + pixels + 256);
  const PaddedPlane planes[2] = {paddedPlane(call.workspace, height, width), paddedPlane(call.workspace, height, width)};
  const PaddedPlane gradient = paddedPlane(call.workspace, height, width);
  float* dLogit = call.workspace.take(pixels);
  overElements(pixels, [&](int64_t i, auto vector) {
    constexpr int W = decltype(vector)::value;
    const F<W> s = load<W>(y + i);
    store<W>(dLogit + i, load<W>(dy + i) * s * (1.0f - s));
  });
  for (int i = 0; i < 2; i++) spread(planes[i], x.f + i, height, width, 2);
  spread(gradient, dLogit, height, width, 1);
  if (call.out[0]) {
    float* dx = call.out[0].f;
    for (int row = 0; row < height; row++) {
      overElements(width, [&](int64_t column, auto vector) {
        constexpr int W = decltype(vector)::value;
        F<W> first{}, second{};
        for (int ky = 0; ky < gateKernel; ky++) {
          // The output at row + 9 - 3·ky saw this input with tap ky.
          const int64_t at = (row + 2 * gateReach - 3 * ky) * gradient.pitch + column + 2 * gateReach;
          for (int kx = 0; kx < gateKernel; kx++) {
            const F<W> d = load<W>(gradient.values + at - 3 * kx);
            first += weight[ky * gateKernel + kx] * d;
            second += weight[49 + ky * gateKernel + kx] * d;
          }
        }
        for (int lane = 0; lane < W; lane++) {
          float* target = dx + (static_cast<int64_t>(row) * width + column + lane) * 2;
          target[0] = call.adds(0) ? target[0] + first[lane] : first[lane];
          target[1] = call.adds(0) ? target[1] + second[lane] : second[lane];
        }
      });
    }
  }
  if (call.out[1]) {
    // Seven taps of a kernel row at a time, over the whole plane; a row's sum is short, rows are added in order.
    for (int i = 0; i < 2; i++) {
      for (int ky = 0; ky < gateKernel; ky++) {
        float total[gateKernel] = {};
        for (int row = 0; row < height; row++) {
          const float* d = dLogit + static_cast<int64_t>(row) * width;
          const float* source = planes[i].values + (row + 3 * ky) * planes[i].pitch;
          F<lanes> sums[gateKernel] = {};
          int column = 0;
          for (; column + lanes <= width; column += lanes) {
            const F<lanes> value = load<lanes>(d + column);
            for (int kx = 0; kx < gateKernel; kx++) sums[kx] += value * load<lanes>(source + column + 3 * kx);
          }
          for (int kx = 0; kx < gateKernel; kx++) {
            total[kx] += sumLanes<lanes>(sums[kx]);
            for (int c = column; c < width; c++) total[kx] += d[c] * source[c + 3 * kx];
          }
        }
        for (int kx = 0; kx < gateKernel; kx++) call.out[1].f[i * 49 + ky * gateKernel + kx] += total[kx];
      }
    }
  }
  if (call.out[2]) {
    double total = 0.0;
    for (int64_t i = 0; i < pixels; i++) total += dLogit[i];
    call.out[2].f[0] += static_cast<float>(total);
  }
}

inline void attendedMeanForward(const Call& call) {
  const Operand &t = call.in[0], &s = call.in[1];
  const int C = t.channels(), width = t.extent(1);
  float* y = call.out[0].f;
  for (int c = 0; c < C; c++) y[c] = 0.0f;
  withDividingWidth(C, [&](auto vector) {
    constexpr int W = decltype(vector)::value;
    for (int64_t begin = 0; begin < s.size(); begin += width) {
      for (int c = 0; c < C; c += W) {
        F<W> total{};
        for (int64_t p = begin; p < begin + width; p++) total += (1.0f + s.f[p]) * load<W>(t.f + p * C + c);
        put<W>(y + c, total, true);
      }
    }
  });
  for (int c = 0; c < C; c++) y[c] /= static_cast<float>(s.size());
}

inline void attendedMeanGradient(const Call& call) {
  const Operand &t = call.in[0], &s = call.in[1];
  const int C = t.channels();
  const float* dy = call.outputGradient(0).f;
  const float share = 1.0f / static_cast<float>(s.size());
  withDividingWidth(C, [&](auto vector) {
    constexpr int W = decltype(vector)::value;
    for (int64_t p = 0; p < s.size(); p++) {
      F<W> total{};
      for (int c = 0; c < C; c += W) {
        const F<W> d = load<W>(dy + c) * share;
        if (call.out[0]) put<W>(call.out[0].f + p * C + c, d * (1.0f + s.f[p]), call.adds(0));
        total += d * load<W>(t.f + p * C + c);
      }
      if (call.out[1]) call.out[1].f[p] = sumLanes<W>(total) + (call.adds(1) ? call.out[1].f[p] : 0.0f);
    }
  });
}

inline float sigmoidOne(float x) { return sigmoid<1>(fill<1>(x))[0]; }

inline void channelAttentionForward(const Call& call) {
  const int scales = (call.inCount - 1) / 3;
  const Operand& mixed = call.out[scales];
  const int total = static_cast<int>(mixed.size());
  call.workspace.reset(total + 64);
  float* means = call.workspace.take(total);
  for (int i = 0, offset = 0; i < scales; offset += static_cast<int>(call.in[i].size()), i++) {
    std::memcpy(means + offset, call.in[i].f, sizeof(float) * call.in[i].size());
  }
  const float* taps = call.in[scales].f;
  for (int i = 0; i < total; i++) {
    mixed.f[i] = (i > 0 ? taps[0] * means[i - 1] : 0.0f) + taps[1] * means[i] +
                 (i + 1 < total ? taps[2] * means[i + 1] : 0.0f);
  }
  for (int scale = 0; scale < scales; scale++) {
    const float *weight = call.in[scales + 1 + 2 * scale].f, *bias = call.in[scales + 2 + 2 * scale].f;
    for (int c = 0; c < call.out[scale].size(); c++) {
      float sum = bias[c];
      overElements(total, [&](int64_t i, auto vector) {
        constexpr int W = decltype(vector)::value;
        sum += sumLanes<W>(load<W>(weight + static_cast<int64_t>(c) * total + i) * load<W>(mixed.f + i));
      });
      call.out[scale].f[c] = sigmoidOne(sum);
    }
  }
}

inline void channelAttentionGradient(const Call& call) {
  const int scales = (call.outCount - 1) / 3;
  const Operand& mixed = call.output(scales);
  const int total = static_cast<int>(mixed.size());
  call.workspace.reset(3 * static_cast<size_t>(total) + 192);
  float* means = call.workspace.take(total);
  float* dMixed = call.workspace.take(total);
  float* dMeans = call.workspace.take(total);
  for (int i = 0, offset = 0; i < scales; offset += static_cast<int>(call.in[i].size()), i++) {
    std::memcpy(means + offset, call.in[i].f, sizeof(float) * call.in[i].size());
  }
  for (int i = 0; i < total; i++) dMixed[i] = dMeans[i] = 0.0f;
  for (int scale = 0; scale < scales; scale++) {
    const float *gate = call.output(scale).f, *dGate = call.outputGradient(scale).f;
    const float* weight = call.in[scales + 1 + 2 * scale].f;
    const Operand &dWeight = call.out[scales + 1 + 2 * scale], &dBias = call.out[scales + 2 + 2 * scale];
    for (int c = 0; c < call.output(scale).size(); c++) {
      const float dLogit = dGate[c] * gate[c] * (1.0f - gate[c]);
      if (dBias) dBias.f[c] += dLogit;
      overElements(total, [&](int64_t i, auto vector) {
        constexpr int W = decltype(vector)::value;
        const int64_t at = static_cast<int64_t>(c) * total + i;
        if (dWeight) put<W>(dWeight.f + at, dLogit * load<W>(mixed.f + i), true);
        put<W>(dMixed + i, dLogit * load<W>(weight + at), true);
      });
    }
  }
  const float* taps = call.in[scales].f;
  for (int i = 0; i < total; i++) {
    for (int tap = 0; tap < 3; tap++) {
      const int source = i + tap - 1;
      if (source < 0 || source >= total) continue;
      if (call.out[scales]) call.out[scales].f[tap] += dMixed[i] * means[source];
      dMeans[source] += dMixed[i] * taps[tap];
    }
  }
  int offset = 0;
  for (int scale = 0; scale < scales; scale++) {
    const int width = static_cast<int>(call.in[scale].size());
    if (call.out[scale]) {
      for (int c = 0; c < width; c++) {
        float& target = call.out[scale].f[c];
        target = call.adds(scale) ? target + dMeans[offset + c] : dMeans[offset + c];
      }
    }
    offset += width;
  }
}

inline void attendedSkipForward(const Call& call) {
  const Operand &t = call.in[0], &s = call.in[1];
  const float* h = call.in[2].f;
  const int C = t.channels();
  float* y = call.out[0].f;
  withDividingWidth(C, [&](auto vector) {
    constexpr int W = decltype(vector)::value;
    for (int64_t p = 0; p < s.size(); p++) {
      const float gate = s.f[p];
      for (int c = 0; c < C; c += W) {
        store<W>(y + p * C + c, load<W>(t.f + p * C + c) * (load<W>(h + c) * (1.0f + gate) + gate));
      }
    }
  });
}

inline void attendedSkipGradient(const Call& call) {
  const Operand &t = call.in[0], &s = call.in[1];
  const float *h = call.in[2].f, *dy = call.outputGradient(0).f;
  const int C = t.channels(), width = t.extent(1);
  call.workspace.reset(2 * static_cast<size_t>(C) + 128);
  float* dh = call.workspace.take(C);
  float* line = call.workspace.take(C);
  for (int c = 0; c < C; c++) dh[c] = 0.0f;
  withDividingWidth(C, [&](auto vector) {
    constexpr int W = decltype(vector)::value;
    for (int64_t begin = 0; begin < s.size(); begin += width) {
      for (int c = 0; c < C; c++) line[c] = 0.0f;
      for (int64_t p = begin; p < begin + width; p++) {
        const float gate = s.f[p];
        F<W> total{};
        for (int c = 0; c < C; c += W) {
          const int64_t i = p * C + c;
          const F<W> d = load<W>(dy + i), head = load<W>(h + c), product = d * load<W>(t.f + i);
          if (call.out[0]) put<W>(call.out[0].f + i, d * (head * (1.0f + gate) + gate), call.adds(0));
          total += product * (head + 1.0f);
          put<W>(line + c, product * (1.0f + gate), true);
        }
        if (call.out[1]) call.out[1].f[p] = sumLanes<W>(total) + (call.adds(1) ? call.out[1].f[p] : 0.0f);
      }
      for (int c = 0; c < C; c++) dh[c] += line[c];
    }
  });
  if (call.out[2]) {
    for (int c = 0; c < C; c++) call.out[2].f[c] = dh[c] + (call.adds(2) ? call.out[2].f[c] : 0.0f);
  }
}

}  // namespace mambrush::MAMBRUSH_ISA
