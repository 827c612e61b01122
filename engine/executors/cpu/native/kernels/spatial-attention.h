// The bridge's dilated 7×7 gate. Its two input channels are taken apart into padded planes, so that its 98 taps run along
// columns in vectors.
#pragma once

#include "operations.h"
#include "../vector.h"

namespace mambrush::MAMBRUSH_ISA {

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

inline void spatialAttentionForward(const SpatialAttentionForward& call) {
  const Operand& x = call.x;
  const int height = x.extent(0), width = x.extent(1);
  const float *weight = call.weight.f, bias = call.bias.f[0];
  float* y = call.y.f;
  call.workspace.reset(2 * paddedSize(height, width) + 128);
  const PaddedPlane planes[2] = {paddedPlane(call.workspace, height, width), paddedPlane(call.workspace, height, width)};
  for (int i = 0; i < 2; i++) spread(planes[i], x.f + i, height, width, 2);
  for (int row = 0; row < height; row++) {
    overElements(width, [&]<int W>(int64_t column, Constant<W>) {
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

inline void spatialAttentionGradient(const SpatialAttentionGradient& call) {
  const Operand& x = call.x;
  const int height = x.extent(0), width = x.extent(1);
  const float *weight = call.weight.f, *y = call.y.f, *dy = call.dy.f;
  const int64_t pixels = static_cast<int64_t>(height) * width;
  call.workspace.reset(3 * paddedSize(height, width) + pixels + 256);
  const PaddedPlane planes[2] = {paddedPlane(call.workspace, height, width), paddedPlane(call.workspace, height, width)};
  const PaddedPlane gradient = paddedPlane(call.workspace, height, width);
  float* dLogit = call.workspace.take(pixels);
  overElements(pixels, [&]<int W>(int64_t i, Constant<W>) {
    const F<W> s = load<W>(y + i);
    store<W>(dLogit + i, load<W>(dy + i) * s * (1.0f - s));
  });
  for (int i = 0; i < 2; i++) spread(planes[i], x.f + i, height, width, 2);
  spread(gradient, dLogit, height, width, 1);
  if (call.dx) {
    float* dx = call.dx.f;
    for (int row = 0; row < height; row++) {
      overElements(width, [&]<int W>(int64_t column, Constant<W>) {
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
          target[0] = call.dx.adds ? target[0] + first[lane] : first[lane];
          target[1] = call.dx.adds ? target[1] + second[lane] : second[lane];
        }
      });
    }
  }
  if (call.dWeight) {
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
        for (int kx = 0; kx < gateKernel; kx++) call.dWeight.f[i * 49 + ky * gateKernel + kx] += total[kx];
      }
    }
  }
  if (call.dBias) {
    double total = 0.0;
    for (int64_t i = 0; i < pixels; i++) total += dLogit[i];
    call.dBias.f[0] += static_cast<float>(total);
  }
}

}  // namespace mambrush::MAMBRUSH_ISA
