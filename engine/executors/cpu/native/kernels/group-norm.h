// GroupNorm(4) fused with what follows it: max-pool + GELU, bilinear ×2 + GELU, GELU alone; and their gradients.
// The norm is an affine map per channel once its statistics are known, and that map commutes with interpolation, so each
// forward is one pass over x for the statistics and one for the rest. Gradients: one pass that leaves the gradient of the
// normalized plane and its sums, one that writes dx.
// Statistics: sums of (x - mean of the rows before) in float32 over 64 pixels, from there on in double. A mean far from
// zero costs no digits, and neither do flat pictures, where roundings all go the same way.
#pragma once

#include "../kernel.h"
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
    withDividingWidth(C, [&](auto vector) {
      constexpr int W = decltype(vector)::value;
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

inline GroupMap groupMap(const Call& call, const float* statistics, int C) {
  GroupMap map{call.workspace.take(C), call.workspace.take(C), call.workspace.take(C), call.workspace.take(C)};
  for (int c = 0; c < C; c++) {
    const int g = c / (C / groups);
    map.mean[c] = statistics[g];
    map.rstd[c] = statistics[groups + g];
    map.scale[c] = map.rstd[c] * call.in[1].f[c];
    map.shift[c] = call.in[2].f[c] - map.mean[c] * map.scale[c];
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

inline NormGradient normGradient(const Call& call, const GroupMap& map, const NormSums& sums, int C, int64_t pixels) {
  NormGradient result{call.workspace.take(C), call.workspace.take(C), call.workspace.take(C)};
  const float* weight = call.in[1].f;
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
  if (call.out[1]) {
    for (int c = 0; c < C; c++) call.out[1].f[c] += sums.hats[c];
  }
  if (call.out[2]) {
    for (int c = 0; c < C; c++) call.out[2].f[c] += sums.values[c];
  }
  return result;
}

// dx (+)= a·dN + b + c·x over a whole plane.
inline void writeNormGradient(const Call& call, const NormGradient& g, const float* dNormalized, int C, int64_t pixels) {
  const float* x = call.in[0].f;
  float* dx = call.out[0].f;
  const bool add = call.adds(0);
  withDividingWidth(C, [&](auto vector) {
    constexpr int W = decltype(vector)::value;
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
  withDividingWidth(C, [&](auto vector) {
    constexpr int W = decltype(vector)::value;
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

// ---- max-pool ----

inline void groupnormMaxpoolGeluForward(const Call& call) {
  const Operand& x = call.in[0];
  const int C = x.channels(), width = x.extent(1), halfWidth = width / 2, halfHeight = x.extent(0) / 2;
  float* y = call.out[0].f;
  uint8_t* winners = call.out[1].u;
  groupStatistics(x, call.out[2].f, call.workspace);
  call.workspace.reset(mapRoom(C));
  const GroupMap map = groupMap(call, call.out[2].f, C);
  withDividingWidth(C, [&](auto vector) {
    constexpr int W = decltype(vector)::value;
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
          const auto meet = [&](F<W> value, int place) {
            const I<W> wins = value > best;
            best = wins ? value : best;
            winner = wins ? fillInt<W>(place) : winner;
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

inline void groupnormMaxpoolGeluGradient(const Call& call) {
  const Operand& x = call.in[0];
  const uint8_t* winners = call.output(1).u;
  const float* dy = call.outputGradient(0).f;
  const int C = x.channels(), width = x.extent(1), halfWidth = width / 2, halfHeight = x.extent(0) / 2;
  const int64_t pooled = static_cast<int64_t>(halfHeight) * halfWidth * C;
  call.workspace.reset(pooled + mapRoom(C) + 5 * (static_cast<size_t>(C) + 32) + 64);
  const GroupMap map = groupMap(call, call.output(2).f, C);
  const NormSums sums{call.workspace.take(C), call.workspace.take(C)};
  float* dBest = call.workspace.take(pooled);
  for (int c = 0; c < C; c++) sums.values[c] = sums.hats[c] = 0.0f;
  withDividingWidth(C, [&](auto vector) {
    constexpr int W = decltype(vector)::value;
    for (int row = 0; row < halfHeight; row++) {
      const float* top = x.f + static_cast<int64_t>(2 * row) * width * C;
      const float* bottom = top + static_cast<int64_t>(width) * C;
      for (int c = 0; c < C; c += W) {
        const F<W> scale = load<W>(map.scale + c), shift = load<W>(map.shift + c), mean = load<W>(map.mean + c);
        F<W> values{}, hats{};
        for (int column = 0; column < halfWidth; column++) {
          const int64_t left = static_cast<int64_t>(2 * column) * C + c;
          const int64_t j = (static_cast<int64_t>(row) * halfWidth + column) * C + c;
          typename Vector<W>::bytes narrow;
          std::memcpy(&narrow, winners + j, W);
          const I<W> winner = __builtin_convertvector(narrow, I<W>);
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
  if (!call.out[0]) return;
  float* dx = call.out[0].f;
  const bool add = call.adds(0);
  withDividingWidth(C, [&](auto vector) {
    constexpr int W = decltype(vector)::value;
    for (int row = 0; row < halfHeight; row++) {
      const int64_t top = static_cast<int64_t>(2 * row) * width * C;
      for (int column = 0; column < halfWidth; column++) {
        for (int c = 0; c < C; c += W) {
          const F<W> a = load<W>(g.a + c), b = load<W>(g.b + c), slope = load<W>(g.c + c);
          const int64_t j = (static_cast<int64_t>(row) * halfWidth + column) * C + c;
          typename Vector<W>::bytes narrow;
          std::memcpy(&narrow, winners + j, W);
          const I<W> winner = __builtin_convertvector(narrow, I<W>);
          const F<W> d = a * load<W>(dBest + j);
          for (int place = 0; place < 4; place++) {
            const int64_t i = top + (static_cast<int64_t>(place >> 1) * width + 2 * column + (place & 1)) * C + c;
            const F<W> value = b + slope * load<W>(x.f + i) + (winner == place ? d : F<W>{});
            put<W>(dx + i, value, add);
          }
        }
      }
    }
  });
}

// ---- bilinear ×2, align_corners ----

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
    overElements(line, [&](int64_t i, auto width_) {
      constexpr int N = decltype(width_)::value;
      const F<N> d = load<N>(du + i);
      put<N>(low + i, d * (1.0f - weight), true);
      put<N>(high + i, d * weight, true);
    });
  }
  for (; done < height; done++) narrow(done);
}

inline void groupnormUpsampleGeluForward(const Call& call) {
  const Operand& x = call.in[0];
  const int C = x.channels(), height = x.extent(0), width = x.extent(1);
  const int64_t line = static_cast<int64_t>(2) * width * C;
  float* y = call.out[0].f;
  const float* skip = call.has(3) ? call.in[3].f : nullptr;
  groupStatistics(x, call.out[1].f, call.workspace);
  call.workspace.reset(mapRoom(C) + tapsRoom(width) + tapsRoom(height) + 2 * line + 64);
  const GroupMap map = groupMap(call, call.out[1].f, C);
  const Taps rows = bilinearTaps(call.workspace, height), columns = bilinearTaps(call.workspace, width);
  withDividingWidth(C, [&](auto vector) {
    constexpr int W = decltype(vector)::value;
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

inline void addSkipGradient(const Call& call, const float* dy) {
  if (call.outCount < 4 || !call.out[3]) return;
  float* target = call.out[3].f;
  const bool add = call.adds(3);
  overElements(call.out[3].size(), [&](int64_t i, auto width) {
    constexpr int W = decltype(width)::value;
    put<W>(target + i, load<W>(dy + i), add);
  });
}

inline void groupnormUpsampleGeluGradient(const Call& call) {
  const Operand& x = call.in[0];
  const float* dy = call.outputGradient(0).f;
  const int C = x.channels(), height = x.extent(0), width = x.extent(1);
  const int64_t line = static_cast<int64_t>(2) * width * C;
  call.workspace.reset(x.size() + 5 * line + tapsRoom(width) + tapsRoom(height) + mapRoom(C) +
                       5 * (static_cast<size_t>(C) + 32) + 256);
  const GroupMap map = groupMap(call, call.output(1).f, C);
  const NormSums sums{call.workspace.take(C), call.workspace.take(C)};
  const Taps rows = bilinearTaps(call.workspace, height), columns = bilinearTaps(call.workspace, width);
  float* dNormalized = call.workspace.take(x.size());
  float* du = call.workspace.take(line);
  withDividingWidth(C, [&](auto vector) {
    constexpr int W = decltype(vector)::value;
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
  if (call.out[0]) writeNormGradient(call, g, dNormalized, C, x.size() / C);
  addSkipGradient(call, dy);
}

inline void upsampleForward(const Call& call) {
  const Operand& x = call.in[0];
  const int C = x.channels(), height = x.extent(0), width = x.extent(1);
  const int64_t line = static_cast<int64_t>(2) * width * C;
  call.workspace.reset(2 * line + tapsRoom(width) + tapsRoom(height) + 64);
  const Taps rows = bilinearTaps(call.workspace, height), columns = bilinearTaps(call.workspace, width);
  float* y = call.out[0].f;
  withDividingWidth(C, [&](auto vector) {
    WidenedRows<decltype(vector)::value> widened =
        widenedRows<decltype(vector)::value>(call.workspace, x.f, width, C, columns);
    for (int row = 0; row < 2 * height; row++) {
      const float *top = widened.row(rows.low[row]), *bottom = widened.row(rows.high[row]);
      const float weight = rows.weight[row];
      overElements(line, [&](int64_t i, auto width_) {
        constexpr int W = decltype(width_)::value;
        const F<W> a = load<W>(top + i);
        store<W>(y + row * line + i, a + weight * (load<W>(bottom + i) - a));
      });
    }
  });
}

inline void upsampleGradient(const Call& call) {
  const Operand& dx = call.out[0];
  const float* dy = call.outputGradient(0).f;
  const int C = dx.channels(), height = dx.extent(0), width = dx.extent(1);
  const int64_t line = static_cast<int64_t>(2) * width * C;
  call.workspace.reset(dx.size() + 2 * line + tapsRoom(width) + tapsRoom(height) + 128);
  const Taps rows = bilinearTaps(call.workspace, height), columns = bilinearTaps(call.workspace, width);
  float* result = call.workspace.take(dx.size());
  withDividingWidth(C, [&](auto vector) {
    constexpr int W = decltype(vector)::value;
    transposeUpsample<W>(call.workspace, height, width, C, rows, columns, result,
                         [&](int row) { return dy + row * line; });
  });
  overElements(dx.size(), [&](int64_t i, auto width_) {
    constexpr int W = decltype(width_)::value;
    put<W>(dx.f + i, load<W>(result + i), call.adds(0));
  });
}

// ---- no resize ----

inline void groupnormGeluForward(const Call& call) {
  const Operand& x = call.in[0];
  const int C = x.channels();
  float* y = call.out[0].f;
  const float* skip = call.has(3) ? call.in[3].f : nullptr;
  groupStatistics(x, call.out[1].f, call.workspace);
  call.workspace.reset(mapRoom(C));
  const GroupMap map = groupMap(call, call.out[1].f, C);
  withDividingWidth(C, [&](auto vector) {
    constexpr int W = decltype(vector)::value;
    for (int64_t i = 0; i < x.size(); i += C) {
      for (int c = 0; c < C; c += W) {
        F<W> value = gelu<W>(load<W>(x.f + i + c) * load<W>(map.scale + c) + load<W>(map.shift + c));
        if (skip != nullptr) value += load<W>(skip + i + c);
        store<W>(y + i + c, value);
      }
    }
  });
}

inline void groupnormGeluGradient(const Call& call) {
  const Operand& x = call.in[0];
  const float* dy = call.outputGradient(0).f;
  const int C = x.channels();
  call.workspace.reset(x.size() + mapRoom(C) + 5 * (static_cast<size_t>(C) + 32) + 64);
  const GroupMap map = groupMap(call, call.output(1).f, C);
  const NormSums sums{call.workspace.take(C), call.workspace.take(C)};
  float* dNormalized = call.workspace.take(x.size());
  withDividingWidth(C, [&](auto vector) {
    constexpr int W = decltype(vector)::value;
    for (int64_t i = 0; i < x.size(); i += C) {
      for (int c = 0; c < C; c += W) {
        const F<W> value = load<W>(x.f + i + c) * load<W>(map.scale + c) + load<W>(map.shift + c);
        store<W>(dNormalized + i + c, load<W>(dy + i + c) * geluDerivative<W>(value));
      }
    }
  });
  sumPlane(x.f, dNormalized, map, sums, C, x.size() / C, 256);
  const NormGradient g = normGradient(call, map, sums, C, x.size() / C);
  if (call.out[0]) writeNormGradient(call, g, dNormalized, C, x.size() / C);
  addSkipGradient(call, dy);
}

}  // namespace mambrush::MAMBRUSH_ISA
