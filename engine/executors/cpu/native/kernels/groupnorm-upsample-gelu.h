// GroupNorm → bilinear ×2 → GELU, + an optional skip. Upsampling is done on x: the norm's map commutes with it.
#pragma once

#include "operations.h"
#include "../vector.h"
#include "bilinear.h"
#include "group-norm.h"

namespace mambrush::MAMBRUSH_ISA {

inline void groupnormUpsampleGeluForward(const GroupnormUpsampleGeluForward& call) {
  const Operand& x = call.x;
  const int C = x.channels(), height = x.extent(0), width = x.extent(1);
  const int64_t line = static_cast<int64_t>(2) * width * C;
  float* y = call.y.f;
  const float* skip = call.skip.f;
  groupStatistics(x, call.statistics.f, call.workspace);
  call.workspace.reset(mapRoom(C) + tapsRoom(width) + tapsRoom(height) + 2 * line + 64);
  const GroupMap map = groupMap(call, call.statistics.f, C);
  const Taps rows = bilinearTaps(call.workspace, height), columns = bilinearTaps(call.workspace, width);
  withDividingWidth(C, [&]<int W>(Constant<W>) {
    WidenedRows<W> widened = widenedRows<W>(call.workspace, x.f, width, C, columns);
    for (int row = 0; row < 2 * height; row++) {
      const float *top = widened.row(rows.low[row]), *bottom = widened.row(rows.high[row]);
      const float weight = rows.weight[row];
      for (int64_t i = 0; i < line; i += C) {
        for (int c = 0; c < C; c += W) {
          const F<W> a = load<W>(top + i + c);
          const F<W> value = a + weight * (load<W>(bottom + i + c) - a);
          F<W> result = gelu<W>(value * load<W>(map.scale + c) + load<W>(map.shift + c));
          if (skip != nullptr) result += load<W>(skip + row * line + i + c);
          store<W>(y + row * line + i + c, result);
        }
      }
    }
  });
}

inline void groupnormUpsampleGeluGradient(const GroupnormUpsampleGeluGradient& call) {
  const Operand& x = call.x;
  const float* dy = call.dy.f;
  const int C = x.channels(), height = x.extent(0), width = x.extent(1);
  const int64_t line = static_cast<int64_t>(2) * width * C;
  call.workspace.reset(x.size() + 5 * line + tapsRoom(width) + tapsRoom(height) + mapRoom(C) +
                       5 * (static_cast<size_t>(C) + 32) + 256);
  const GroupMap map = groupMap(call, call.statistics.f, C);
  const NormSums sums{call.workspace.take(C), call.workspace.take(C)};
  const Taps rows = bilinearTaps(call.workspace, height), columns = bilinearTaps(call.workspace, width);
  float* dNormalized = call.workspace.take(x.size());
  float* du = call.workspace.take(line);
  withDividingWidth(C, [&]<int W>(Constant<W>) {
    WidenedRows<W> widened = widenedRows<W>(call.workspace, x.f, width, C, columns);
    transposeUpsample<W>(call.workspace, height, width, C, rows, columns, dNormalized, [&](int row) {
      const float *top = widened.row(rows.low[row]), *bottom = widened.row(rows.high[row]);
      const float weight = rows.weight[row];
      const float* d = dy + row * line;
      for (int64_t i = 0; i < line; i += C) {
        for (int c = 0; c < C; c += W) {
          const F<W> a = load<W>(top + i + c);
          const F<W> value = a + weight * (load<W>(bottom + i + c) - a);
          const F<W> slope = geluDerivative<W>(value * load<W>(map.scale + c) + load<W>(map.shift + c));
          store<W>(du + i + c, load<W>(d + i + c) * slope);
        }
      }
      return du;
    });
  });
  sumPlane(x.f, dNormalized, map, sums, C, x.size() / C, width);
  const NormGradient g = normGradient(call, map, sums, C, x.size() / C);
  if (call.dx) writeNormGradient(call, g, dNormalized, C, x.size() / C);
  passGradient(call.dSkip, dy);
}

}  // namespace mambrush::MAMBRUSH_ISA
