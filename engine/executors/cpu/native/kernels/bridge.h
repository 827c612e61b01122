// The attention bridge's operations on planes: channel mean and maximum, attended mean, attended skip. Memory-bound and
// vectorised along channels.
#pragma once

#include "operations.h"
#include "../vector.h"

namespace mambrush::MAMBRUSH_ISA {

inline void channelMeanMaxForward(const ChannelMeanMaxForward& call) {
  const Operand& x = call.x;
  const int C = x.channels();
  float* y = call.y.f;
  withDividingWidth(C, [&]<int W>(Constant<W>) {
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

inline void channelMeanMaxGradient(const ChannelMeanMaxGradient& call) {
  const Operand& x = call.x;
  const int C = x.channels();
  const float* dy = call.dy.f;
  float* dx = call.dx.f;
  withDividingWidth(C, [&]<int W>(Constant<W>) {
    for (int64_t p = 0; p < x.size() / C; p++) {
      const float* pixel = x.f + p * C;
      float* target = dx + p * C;
      const float share = dy[2 * p] / C;
      F<W> largest = load<W>(pixel);
      for (int c = W; c < C; c += W) largest = maximum<W>(largest, load<W>(pixel + c));
      const float wanted = maxLanes<W>(largest);
      for (int c = 0; c < C; c += W) put<W>(target + c, fill<W>(share), call.dx.adds);
      int winner = 0;
      while (winner < C - 1 && pixel[winner] != wanted) winner++;
      target[winner] += dy[2 * p + 1];
    }
  });
}

inline void attendedMeanForward(const AttendedMeanForward& call) {
  const Operand &t = call.t, &s = call.s;
  const int C = t.channels(), width = t.extent(1);
  float* y = call.y.f;
  for (int c = 0; c < C; c++) y[c] = 0.0f;
  withDividingWidth(C, [&]<int W>(Constant<W>) {
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

inline void attendedMeanGradient(const AttendedMeanGradient& call) {
  const Operand &t = call.t, &s = call.s;
  const int C = t.channels();
  const float* dy = call.dy.f;
  const float share = 1.0f / static_cast<float>(s.size());
  withDividingWidth(C, [&]<int W>(Constant<W>) {
    for (int64_t p = 0; p < s.size(); p++) {
      F<W> total{};
      for (int c = 0; c < C; c += W) {
        const F<W> d = load<W>(dy + c) * share;
        if (call.dt) put<W>(call.dt.f + p * C + c, d * (1.0f + s.f[p]), call.dt.adds);
        total += d * load<W>(t.f + p * C + c);
      }
      if (call.ds) call.ds.f[p] = sumLanes<W>(total) + (call.ds.adds ? call.ds.f[p] : 0.0f);
    }
  });
}

inline void attendedSkipForward(const AttendedSkipForward& call) {
  const Operand &t = call.t, &s = call.s;
  const float* h = call.h.f;
  const int C = t.channels();
  float* y = call.y.f;
  withDividingWidth(C, [&]<int W>(Constant<W>) {
    for (int64_t p = 0; p < s.size(); p++) {
      const float gate = s.f[p];
      for (int c = 0; c < C; c += W) {
        store<W>(y + p * C + c, load<W>(t.f + p * C + c) * (load<W>(h + c) * (1.0f + gate) + gate));
      }
    }
  });
}

inline void attendedSkipGradient(const AttendedSkipGradient& call) {
  const Operand &t = call.t, &s = call.s;
  const float *h = call.h.f, *dy = call.dy.f;
  const int C = t.channels(), width = t.extent(1);
  call.workspace.reset(2 * static_cast<size_t>(C) + 128);
  float* dh = call.workspace.take(C);
  float* line = call.workspace.take(C);
  for (int c = 0; c < C; c++) dh[c] = 0.0f;
  withDividingWidth(C, [&]<int W>(Constant<W>) {
    for (int64_t begin = 0; begin < s.size(); begin += width) {
      for (int c = 0; c < C; c++) line[c] = 0.0f;
      for (int64_t p = begin; p < begin + width; p++) {
        const float gate = s.f[p];
        F<W> total{};
        for (int c = 0; c < C; c += W) {
          const int64_t i = p * C + c;
          const F<W> d = load<W>(dy + i), head = load<W>(h + c), product = d * load<W>(t.f + i);
          if (call.dt) put<W>(call.dt.f + i, d * (head * (1.0f + gate) + gate), call.dt.adds);
          total += product * (head + 1.0f);
          put<W>(line + c, product * (1.0f + gate), true);
        }
        if (call.ds) call.ds.f[p] = sumLanes<W>(total) + (call.ds.adds ? call.ds.f[p] : 0.0f);
      }
      for (int c = 0; c < C; c++) dh[c] += line[c];
    }
  });
  if (call.dh) {
    for (int c = 0; c < C; c++) call.dh.f[c] = dh[c] + (call.dh.adds ? call.dh.f[c] : 0.0f);
  }
}

}  // namespace mambrush::MAMBRUSH_ISA
