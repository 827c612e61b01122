// GroupNorm → 2×2 max-pool → GELU, and its gradient, which goes through the winners.
#pragma once

#include "operations.h"
#include "../vector.h"
#include "group-norm.h"

namespace mambrush::MAMBRUSH_ISA {

template <int W>
INLINE I<W> loadWinners(const uint8_t* p) {
  typename Vector<W>::bytes narrow;
  std::memcpy(&narrow, p, W);
  return __builtin_convertvector(narrow, I<W>);
}

inline void groupnormMaxpoolGeluForward(const GroupnormMaxpoolGeluForward& call) {
  const Operand& x = call.x;
  const int C = x.channels(), width = x.extent(1), halfWidth = width / 2, halfHeight = x.extent(0) / 2;
  float* y = call.y.f;
  uint8_t* winners = call.winners.u;
  groupStatistics(x, call.statistics.f, call.workspace);
  call.workspace.reset(mapRoom(C));
  const GroupMap map = groupMap(call, call.statistics.f, C);
  withDividingWidth(C, [&]<int W>(Constant<W>) {
    for (int row = 0; row < halfHeight; row++) {
      const float* top = x.f + static_cast<int64_t>(2 * row) * width * C;
      const float* bottom = top + static_cast<int64_t>(width) * C;
      const int64_t target = static_cast<int64_t>(row) * halfWidth * C;
      for (int column = 0; column < halfWidth; column++) {
        const int64_t left = static_cast<int64_t>(2 * column) * C;
        for (int c = 0; c < C; c += W) {
          const F<W> scale = load<W>(map.scale + c);
          const F<W> shift = load<W>(map.shift + c);
          F<W> best = load<W>(top + left + c) * scale + shift;
          I<W> winner{};
          const auto meet = [&](F<W> value, int position) {
            const I<W> wins = value > best;
            best = wins ? value : best;
            winner = wins ? fillInt<W>(position) : winner;
          };
          meet(load<W>(top + left + C + c) * scale + shift, 1);
          meet(load<W>(bottom + left + c) * scale + shift, 2);
          meet(load<W>(bottom + left + C + c) * scale + shift, 3);
          const int64_t j = target + static_cast<int64_t>(column) * C + c;
          store<W>(y + j, gelu<W>(best));
          const auto narrow = __builtin_convertvector(winner, typename Vector<W>::bytes);
          std::memcpy(winners + j, &narrow, W);
        }
      }
    }
  });
}

inline void groupnormMaxpoolGeluGradient(const GroupnormMaxpoolGeluGradient& call) {
  const Operand& x = call.x;
  const uint8_t* winners = call.winners.u;
  const float* dy = call.dy.f;
  const int C = x.channels(), width = x.extent(1), halfWidth = width / 2, halfHeight = x.extent(0) / 2;
  const int64_t pooled = static_cast<int64_t>(halfHeight) * halfWidth * C;
  call.workspace.reset(pooled + mapRoom(C) + 5 * (static_cast<size_t>(C) + 32) + 64);
  const GroupMap map = groupMap(call, call.statistics.f, C);
  const NormSums sums{call.workspace.take(C), call.workspace.take(C)};
  float* dBest = call.workspace.take(pooled);
  for (int c = 0; c < C; c++) sums.values[c] = sums.hats[c] = 0.0f;
  withDividingWidth(C, [&]<int W>(Constant<W>) {
    for (int row = 0; row < halfHeight; row++) {
      const float* top = x.f + static_cast<int64_t>(2 * row) * width * C;
      const float* bottom = top + static_cast<int64_t>(width) * C;
      for (int c = 0; c < C; c += W) {
        const F<W> scale = load<W>(map.scale + c), shift = load<W>(map.shift + c), mean = load<W>(map.mean + c);
        F<W> values{}, hats{};
        for (int column = 0; column < halfWidth; column++) {
          const int64_t left = static_cast<int64_t>(2 * column) * C + c;
          const int64_t j = (static_cast<int64_t>(row) * halfWidth + column) * C + c;
          const I<W> winner = loadWinners<W>(winners + j);
          F<W> value = load<W>(top + left);
          value = winner == 1 ? load<W>(top + left + C) : value;
          value = winner == 2 ? load<W>(bottom + left) : value;
          value = winner == 3 ? load<W>(bottom + left + C) : value;
          const F<W> d = load<W>(dy + j) * geluDerivative<W>(value * scale + shift);
          store<W>(dBest + j, d);
          values += d;
          hats += d * (value - mean);
        }
        put<W>(sums.values + c, values, true);
        put<W>(sums.hats + c, hats * load<W>(map.rstd + c), true);
      }
    }
  });
  const NormGradient g = normGradient(call, map, sums, C, x.size() / C);
  if (!call.dx) return;
  float* dx = call.dx.f;
  const bool add = call.dx.adds;
  withDividingWidth(C, [&]<int W>(Constant<W>) {
    for (int row = 0; row < halfHeight; row++) {
      const int64_t top = static_cast<int64_t>(2 * row) * width * C;
      for (int column = 0; column < halfWidth; column++) {
        for (int c = 0; c < C; c += W) {
          const F<W> a = load<W>(g.a + c), b = load<W>(g.b + c), slope = load<W>(g.c + c);
          const int64_t j = (static_cast<int64_t>(row) * halfWidth + column) * C + c;
          const I<W> winner = loadWinners<W>(winners + j);
          const F<W> d = a * load<W>(dBest + j);
          for (int position = 0; position < 4; position++) {
            const int64_t i = top + (static_cast<int64_t>(position >> 1) * width + 2 * column + (position & 1)) * C + c;
            const F<W> value = b + slope * load<W>(x.f + i) + (winner == position ? d : F<W>{});
            put<W>(dx + i, value, add);
          }
        }
      }
    }
  });
}

}  // namespace mambrush::MAMBRUSH_ISA
