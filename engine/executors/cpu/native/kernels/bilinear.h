// Bilinear ×2 upsampling with align_corners, row by row, and its transpose. Not a kernel.
#pragma once

#include "operations.h"
#include "../vector.h"

namespace mambrush::MAMBRUSH_ISA {

// Where the 2n positions along one axis lie among its n: at low, and by `weight` towards high.
struct Taps {
  int32_t* low;
  int32_t* high;
  float* weight;
};

constexpr size_t tapsRoom(int extent) { return 6 * static_cast<size_t>(extent) + 96; }

inline Taps bilinearTaps(Workspace& workspace, int extent) {
  const Taps taps{reinterpret_cast<int32_t*>(workspace.take(2 * extent)),
                  reinterpret_cast<int32_t*>(workspace.take(2 * extent)), workspace.take(2 * extent)};
  for (int output = 0; output < 2 * extent; output++) {
    const double position = extent > 1 ? static_cast<double>(output) * (extent - 1) / (2 * extent - 1) : 0.0;
    const int low = static_cast<int>(position) < extent - 1 ? static_cast<int>(position) : extent - 1;
    taps.low[output] = low;
    taps.high[output] = low + 1 < extent ? low + 1 : extent - 1;
    taps.weight[output] = static_cast<float>(position - low);
  }
  return taps;
}

// The rows of x (H, W, C) widened to 2W, made when they are asked for; two neighbors are kept.
template <int V>
struct WidenedRows {
  const float* x;
  int width, C;
  Taps columns;
  float* lines[2];
  int held[2] = {-1, -1};

  INLINE const float* row(int source) {
    float* line = lines[source & 1];
    if (held[source & 1] == source) return line;
    held[source & 1] = source;
    const float* from = x + static_cast<int64_t>(source) * width * C;
    if (C == 1) {
      for (int column = 0; column < 2 * width; column++) {
        const float a = from[columns.low[column]];
        line[column] = a + columns.weight[column] * (from[columns.high[column]] - a);
      }
      return line;
    }
    for (int column = 0; column < 2 * width; column++) {
      const float *low = from + columns.low[column] * C, *high = from + columns.high[column] * C;
      const float weight = columns.weight[column];
      for (int c = 0; c < C; c += V) {
        const F<V> a = load<V>(low + c);
        store<V>(line + column * C + c, a + weight * (load<V>(high + c) - a));
      }
    }
    return line;
  }
};

template <int V>
INLINE WidenedRows<V> widenedRows(Workspace& workspace, const float* x, int width, int C, const Taps& columns) {
  float* first = workspace.take(static_cast<size_t>(2) * width * C);
  return {x, width, C, columns, {first, workspace.take(static_cast<size_t>(2) * width * C)}};
}

// The transpose of the widening and of the step from H to 2H rows: dx (H, W, C) from du (2H, 2W, C), which `rowOf(row)`
// gives row by row. Rows are joined first, which halves what is left to do along them.
template <int V, class RowOf>
INLINE void transposeUpsample(Workspace& workspace, int height, int width, int C, const Taps& rows, const Taps& columns,
                              float* dx, RowOf rowOf) {
  const int64_t line = static_cast<int64_t>(2) * width * C;
  float* sums[2] = {workspace.take(line), workspace.take(line)};
  std::memset(sums[0], 0, sizeof(float) * line);
  std::memset(sums[1], 0, sizeof(float) * line);
  const auto narrow = [&](int source) {
    float* from = sums[source & 1];
    float* to = dx + static_cast<int64_t>(source) * width * C;
    std::memset(to, 0, sizeof(float) * width * C);
    for (int column = 0; column < 2 * width; column++) {
      float *low = to + columns.low[column] * C, *high = to + columns.high[column] * C;
      const float weight = columns.weight[column];
      for (int c = 0; c < C; c += V) {
        const F<V> d = load<V>(from + column * C + c);
        put<V>(low + c, d * (1.0f - weight), true);
        put<V>(high + c, d * weight, true);
      }
    }
    std::memset(from, 0, sizeof(float) * line);
  };
  int done = 0;
  for (int row = 0; row < 2 * height; row++) {
    for (; done < rows.low[row]; done++) narrow(done);
    const float* du = rowOf(row);
    const float weight = rows.weight[row];
    float *low = sums[rows.low[row] & 1], *high = sums[rows.high[row] & 1];
    overElements(line, [&]<int N>(int64_t i, Constant<N>) {
      const F<N> d = load<N>(du + i);
      put<N>(low + i, d * (1.0f - weight), true);
      put<N>(high + i, d * weight, true);
    });
  }
  for (; done < height; done++) narrow(done);
}

}  // namespace mambrush::MAMBRUSH_ISA
