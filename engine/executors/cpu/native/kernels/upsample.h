// Bilinear ×2 upsampling, and its gradient.
#pragma once

#include "operations.h"
#include "../vector.h"
#include "bilinear.h"

namespace mambrush::MAMBRUSH_ISA {

inline void upsampleForward(const UpsampleForward& call) {
  const Operand& x = call.x;
  const int C = x.channels(), height = x.extent(0), width = x.extent(1);
  const int64_t line = static_cast<int64_t>(2) * width * C;
  call.workspace.reset(2 * line + tapsRoom(width) + tapsRoom(height) + 64);
  const Taps rows = bilinearTaps(call.workspace, height), columns = bilinearTaps(call.workspace, width);
  float* y = call.y.f;
  withDividingWidth(C, [&]<int V>(Constant<V>) {
    WidenedRows<V> widened = widenedRows<V>(call.workspace, x.f, width, C, columns);
    for (int row = 0; row < 2 * height; row++) {
      const float *top = widened.row(rows.low[row]), *bottom = widened.row(rows.high[row]);
      const float weight = rows.weight[row];
      overElements(line, [&]<int W>(int64_t i, Constant<W>) {
        const F<W> a = load<W>(top + i);
        store<W>(y + row * line + i, a + weight * (load<W>(bottom + i) - a));
      });
    }
  });
}

inline void upsampleGradient(const UpsampleGradient& call) {
  const Operand& dx = call.dx;
  const float* dy = call.dy.f;
  const int C = dx.channels(), height = dx.extent(0), width = dx.extent(1);
  const int64_t line = static_cast<int64_t>(2) * width * C;
  call.workspace.reset(dx.size() + 2 * line + tapsRoom(width) + tapsRoom(height) + 128);
  const Taps rows = bilinearTaps(call.workspace, height), columns = bilinearTaps(call.workspace, width);
  float* result = call.workspace.take(dx.size());
  withDividingWidth(C, [&]<int W>(Constant<W>) {
    transposeUpsample<W>(call.workspace, height, width, C, rows, columns, result,
                         [&](int row) { return dy + row * line; });
  });
  passGradient(dx, result);
}

}  // namespace mambrush::MAMBRUSH_ISA
