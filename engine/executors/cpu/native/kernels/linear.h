// y = x · weightᵀ + bias on rows, in one or more parts, and its gradients.
// The features are few (6 to 96), so weights are packed with outputs padded to whole vectors and stay in L1; a tile is
// 4 rows × V vectors. A row's spill past its end is overwritten by the next row; rows go in ascending order.
#pragma once

#include "operations.h"
#include "../vector.h"
#include "columns.h"

namespace mambrush::MAMBRUSH_ISA {

// y (rows, O; distance `pitch`) (+)= x (rows, I) · packed (I, stride) + bias (stride) or none
template <int W, int V, int R>
INLINE void productTile(const float* x, int I, const float* packed, int stride, const float* bias, bool add, float* y,
                        int pitch) {
  F<W> total[R][V];
  for (int r = 0; r < R; r++) {
    for (int v = 0; v < V; v++) total[r][v] = bias != nullptr ? load<W>(bias + v * W) : F<W>{};
  }
  for (int i = 0; i < I; i++) {
    F<W> weights[V];
    for (int v = 0; v < V; v++) weights[v] = load<W>(packed + static_cast<int64_t>(i) * stride + v * W);
    for (int r = 0; r < R; r++) {
      const F<W> value = fill<W>(x[r * I + i]);
      for (int v = 0; v < V; v++) total[r][v] += value * weights[v];
    }
  }
  for (int r = 0; r < R; r++) {
    for (int v = 0; v < V; v++) put<W>(y + r * pitch + v * W, total[r][v], add);
  }
}

template <int W, int V>
void productRows(const float* x, int64_t rows, int I, const float* packed, int stride, const float* bias, bool add,
                 float* y, int pitch) {
  constexpr int R = V <= 2 ? 4 : V == 3 ? 3 : 2;
  int64_t row = 0;
  for (; row + R <= rows; row += R) {
    productTile<W, V, R>(x + row * I, I, packed, stride, bias, add, y + row * pitch, pitch);
  }
  for (; row < rows; row++) productTile<W, V, 1>(x + row * I, I, packed, stride, bias, add, y + row * pitch, pitch);
}

// Columns beyond what one tile holds are computed in blocks; a block that is not the last is made of whole vectors, and
// the last one adds nothing to the next row's first columns that is not overwritten, since blocks run row by row.
template <int W>
void product(const float* x, int64_t rows, int I, int O, const float* packed, int stride, const float* bias, bool add,
             float* y, int pitch) {
  const int vectors = stride / W;
  if (vectors > 6 && O % W != 0) {
    // Row by row, so that a spill is always overwritten.
    for (int64_t row = 0; row < rows; row++) {
      for (int v = 0; v < vectors; v++) {
        productTile<W, 1, 1>(x + row * I, I, packed + v * W, stride, bias != nullptr ? bias + v * W : nullptr, add,
                             y + row * pitch + v * W, pitch);
      }
    }
    return;
  }
  int v = 0;
  const auto block = [&]<int V>(Constant<V>) {
    productRows<W, V>(x, rows, I, packed + v * W, stride, bias != nullptr ? bias + v * W : nullptr, add, y + v * W,
                      pitch);
    v += V;
  };
  while (vectors - v > 6) block(Constant<4>());
  withCount<6>(vectors - v, block);
}

// target (O, I) += dyᵀ (rows, O; distance pitch) · x (rows, I)
template <int W, int V, int J>
INLINE void outerTile(const float* dy, int pitch, const float* x, int I, int64_t rows, float* target, int stride) {
  F<W> total[J][V] = {};
  for (int64_t row = 0; row < rows; row++) {
    F<W> values[V];
    for (int v = 0; v < V; v++) values[v] = load<W>(x + row * I + v * W);
    for (int j = 0; j < J; j++) {
      const F<W> d = fill<W>(dy[row * pitch + j]);
      for (int v = 0; v < V; v++) total[j][v] += d * values[v];
    }
  }
  for (int j = 0; j < J; j++) {
    for (int v = 0; v < V; v++) put<W>(target + j * stride + v * W, total[j][v], true);
  }
}

template <int W, int V>
void outerColumns(const float* dy, int pitch, const float* x, int I, int O, int64_t rows, float* target, int stride) {
  constexpr int room = registers == 32 ? 24 : 12;
  constexpr int J = room / V < 8 ? room / V : 8;
  int o = 0;
  for (; o + J <= O; o += J) outerTile<W, V, J>(dy + o, pitch, x, I, rows, target + o * stride, stride);
  for (; o < O; o++) outerTile<W, V, 1>(dy + o, pitch, x, I, rows, target + o * stride, stride);
}

// Rows in blocks of 256, so that a block's dy and x stay in cache and float32 sums stay short.
inline void addOuterProduct(const float* dy, int pitch, const float* x, int I, int O, int64_t rows, float* weight,
                            Workspace& workspace) {
  withPaddedWidth(I, [&]<int W>(Constant<W>) {
    const int stride = padded(I, W);
    workspace.reset(static_cast<size_t>(O) * stride + 64);
    float* target = workspace.take(static_cast<size_t>(O) * stride);
    std::memset(target, 0, sizeof(float) * O * stride);
    for (int64_t begin = 0; begin < rows; begin += 256) {
      const int64_t count = begin + 256 < rows ? 256 : rows - begin;
      const float* d = dy + begin * pitch;
      const float* values = x + begin * I;
      for (int v = 0; v * W < stride;) {
        withCount<3>(stride / W - v, [&]<int V>(Constant<V>) {
          outerColumns<W, V>(d, pitch, values + v * W, I, O, count, target + v * W, stride);
          v += V;
        });
      }
    }
    for (int o = 0; o < O; o++) {
      for (int i = 0; i < I; i++) weight[o * I + i] += target[o * stride + i];
    }
  });
}

inline void linearForward(const LinearForward& call) {
  const Operand &x = call.x, &weight = call.weight;
  const int O = weight.extent(0), I = static_cast<int>(weight.size() / O);
  const int part = O / call.y.count;
  const int64_t rows = x.size() / I;
  withPaddedWidth(part, [&]<int W>(Constant<W>) {
    const int stride = padded(part, W);
    call.workspace.reset(static_cast<size_t>(I + 1) * stride + 128);
    float* packed = call.workspace.take(static_cast<size_t>(I) * stride);
    float* bias = call.workspace.take(stride);
    for (int p = 0; p < call.y.count; p++) {
      for (int i = 0; i < I; i++) {
        for (int o = 0; o < stride; o++) packed[i * stride + o] = o < part ? weight.f[(p * part + o) * I + i] : 0.0f;
      }
      for (int o = 0; o < stride; o++) bias[o] = call.bias && o < part ? call.bias.f[p * part + o] : 0.0f;
      product<W>(x.f, rows, I, part, packed, stride, bias, false, call.y[p].f, part);
    }
  });
}

inline void linearGradient(const LinearGradient& call) {
  const Operand& weight = call.weight;
  const OperandList& dy = call.dy;
  const int parts = dy.count;
  const int O = weight.extent(0), I = static_cast<int>(weight.size() / O);
  const int part = O / parts;
  const int64_t rows = dy[0].size() / part;
  if (call.dx) {
    withPaddedWidth(I, [&]<int W>(Constant<W>) {
      const int stride = padded(I, W);
      call.workspace.reset(static_cast<size_t>(part) * stride + 64);
      float* packed = call.workspace.take(static_cast<size_t>(part) * stride);
      for (int p = 0; p < parts; p++) {
        for (int o = 0; o < part; o++) {
          for (int i = 0; i < stride; i++) {
            packed[o * stride + i] = i < I ? weight.f[(p * part + o) * I + i] : 0.0f;
          }
        }
        product<W>(dy[p].f, rows, part, I, packed, stride, nullptr, call.dx.adds || p > 0, call.dx.f, I);
      }
    });
  }
  for (int p = 0; p < parts; p++) {
    if (call.dWeight) {
      addOuterProduct(dy[p].f, part, call.x.f, I, part, rows, call.dWeight.f + p * part * I, call.workspace);
    }
    if (call.dBias) addColumnSums(dy[p].f, rows, part, call.dBias.f + p * part, call.workspace);
  }
}

}  // namespace mambrush::MAMBRUSH_ISA
