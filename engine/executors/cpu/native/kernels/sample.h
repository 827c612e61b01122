// uint8 samples to network input and loss target, with the augmentation's placement. Scalar: coordinates are computed in
// double exactly as the reference does, so that both pick the same pixels; unmoved samples take a straight path.
#pragma once

#include "operations.h"
#include "../vector.h"

namespace mambrush::MAMBRUSH_ISA {

// See engine/program/operations/sample-placement.ts.
struct Placement {
  double a, b, c, d, e, f;
  bool still;
  explicit Placement(const float* p)
      : a(p[0]), b(p[1]), c(p[2]), d(p[3]), e(p[4]), f(p[5]),
        still(a == 1 && b == 0 && c == 0 && d == 0 && e == 1 && f == 0) {}

  int64_t source(int row, int column, int height, int width) const {
    const double x = a * column + b * row + c;
    const double y = d * column + e * row + f;
    if (!(x >= -1e-3 && y >= -1e-3 && x <= width - 1 + 1e-3 && y <= height - 1 + 1e-3)) return -1;
    int sourceColumn = static_cast<int>(x + 0.5), sourceRow = static_cast<int>(y + 0.5);
    sourceColumn = sourceColumn > width - 1 ? width - 1 : sourceColumn;
    sourceRow = sourceRow > height - 1 ? height - 1 : sourceRow;
    return static_cast<int64_t>(sourceRow) * width + sourceColumn;
  }
};

// Writes table[value] for every byte of the moved sample, `outside` where there is none.
inline void placeBytes(const Operand& bytes, const Placement& placement, const float* table, float outside, float* y) {
  const int height = bytes.extent(0), width = bytes.extent(1), channels = bytes.extent(2);
  if (placement.still) {
    for (int64_t i = 0; i < bytes.size(); i++) y[i] = table[bytes.u[i]];
    return;
  }
  for (int row = 0; row < height; row++) {
    for (int column = 0; column < width; column++, y += channels) {
      const int64_t source = placement.source(row, column, height, width);
      if (source < 0) {
        for (int c = 0; c < channels; c++) y[c] = outside;
      } else {
        const uint8_t* pixel = bytes.u + source * channels;
        for (int c = 0; c < channels; c++) y[c] = table[pixel[c]];
      }
    }
  }
}

inline void sampleImageForward(const SampleImageForward& call) {
  const float* placement = call.placement.f;
  const double low = placement[6];
  const double scale = placement[7] > placement[6] ? 255.0 / (placement[7] - low) : 0.0;
  float table[256];
  for (int v = 0; v < 256; v++) table[v] = static_cast<float>((v - low) * scale);
  placeBytes(call.samples, Placement(placement), table, 0.0f, call.y.f);
}

inline void sampleLabelsForward(const SampleLabelsForward& call) {
  float table[256];
  for (int v = 0; v < 255; v++) table[v] = static_cast<float>(v / 254.0);
  table[255] = -1.0f;
  placeBytes(call.labels, Placement(call.placement.f), table, 0.0f, call.y.f);
}

}  // namespace mambrush::MAMBRUSH_ISA
