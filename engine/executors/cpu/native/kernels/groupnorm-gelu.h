// GroupNorm → GELU, + an optional skip.
#pragma once

#include "operations.h"
#include "../vector.h"
#include "group-norm.h"

namespace mambrush::MAMBRUSH_ISA {

inline void groupnormGeluForward(const GroupnormGeluForward& call) {
  const Operand& x = call.x;
  const int C = x.channels();
  float* y = call.y.f;
  const float* skip = call.skip.f;
  groupStatistics(x, call.statistics.f, call.workspace);
  call.workspace.reset(mapRoom(C));
  const GroupMap map = groupMap(call, call.statistics.f, C);
  withDividingWidth(C, [&]<int W>(Constant<W>) {
    for (int64_t i = 0; i < x.size(); i += C) {
      for (int c = 0; c < C; c += W) {
        F<W> value = gelu<W>(load<W>(x.f + i + c) * load<W>(map.scale + c) + load<W>(map.shift + c));
        if (skip != nullptr) value += load<W>(skip + i + c);
        store<W>(y + i + c, value);
      }
    }
  });
}

inline void groupnormGeluGradient(const GroupnormGeluGradient& call) {
  const Operand& x = call.x;
  const float* dy = call.dy.f;
  const int C = x.channels();
  call.workspace.reset(x.size() + mapRoom(C) + 5 * (static_cast<size_t>(C) + 32) + 64);
  const GroupMap map = groupMap(call, call.statistics.f, C);
  const NormSums sums{call.workspace.take(C), call.workspace.take(C)};
  float* dNormalized = call.workspace.take(x.size());
  withDividingWidth(C, [&]<int W>(Constant<W>) {
    for (int64_t i = 0; i < x.size(); i += C) {
      for (int c = 0; c < C; c += W) {
        const F<W> value = load<W>(x.f + i + c) * load<W>(map.scale + c) + load<W>(map.shift + c);
        store<W>(dNormalized + i + c, load<W>(dy + i + c) * geluDerivative<W>(value));
      }
    }
  });
  sumPlane(x.f, dNormalized, map, sums, C, x.size() / C, 256);
  const NormGradient g = normGradient(call, map, sums, C, x.size() / C);
  if (call.dx) writeNormGradient(call, g, dNormalized, C, x.size() / C);
  passGradient(call.dSkip, dy);
}

}  // namespace mambrush::MAMBRUSH_ISA
