// 3×3 convolution, padding 1: forward, by input, by weights.
// A kernel row's three pixels are 3·I neighboring floats (channels last), so a row of taps is one dot product of length
// 3·I per output channel. Forward tiles P pixels × V vectors of output channels in registers; the gradient by input is
// the same kernel with the taps turned round; the gradient by weights tiles J taps × V vectors and walks the pixels.
// Edges: the first and last column skip the taps outside, rows outside are left out; nothing is copied or padded.
#pragma once

#include "operations.h"
#include "../vector.h"
#include "columns.h"

namespace mambrush::MAMBRUSH_ISA {

struct ConvShape {
  int height, width, inputs, outputs;
};

// Packs weight (O, I, 3, 3) as [ky][kx·I + i][O padded]; turned: as [ky][kx·O + o][I padded] with both taps reversed.
inline void packTaps(const float* weight, const ConvShape& s, bool turned, int stride, float* packed) {
  const int inner = turned ? s.outputs : s.inputs;
  const int outer = turned ? s.inputs : s.outputs;
  for (int tap = 0; tap < 9; tap++) {
    const int source = turned ? 8 - tap : tap;
    for (int i = 0; i < inner; i++) {
      float* row = packed + static_cast<int64_t>(tap * inner + i) * stride;
      for (int o = 0; o < stride; o++) {
        const int oo = turned ? i : o;
        const int ii = turned ? o : i;
        row[o] = o < outer ? weight[(oo * s.inputs + ii) * 9 + source] : 0.0f;
      }
    }
  }
}

// P pixels × V vectors. `x[k]` points at the pixel left of the first, one per kernel row in use.
template <int W, int V, int P, int C>
INLINE void convTile(const float* const* x, const float* const* taps, int rows, int channels, int first, int last,
                     int stride, const float* bias, bool add, float* y, int outputs) {
  const int step = C > 0 ? C : channels;
  F<W> total[P][V];
  for (int p = 0; p < P; p++) {
    for (int v = 0; v < V; v++) {
      if (add) total[p][v] = load<W>(y + p * outputs + v * W);
      else total[p][v] = bias != nullptr ? load<W>(bias + v * W) : F<W>{};
    }
  }
  for (int k = 0; k < rows; k++) {
    const float* row = x[k];
    const float* w = taps[k] + first * stride;
    for (int j = first; j < last; j++, w += stride) {
      F<W> weights[V];
      for (int v = 0; v < V; v++) weights[v] = load<W>(w + v * W);
      for (int p = 0; p < P; p++) {
        const F<W> value = fill<W>(row[p * step + j]);
        for (int v = 0; v < V; v++) total[p][v] += value * weights[v];
      }
    }
  }
  for (int p = 0; p < P; p++) {
    for (int v = 0; v < V; v++) store<W>(y + p * outputs + v * W, total[p][v]);
  }
}

template <int W, int V, int C>
INLINE void convRow(const float* const* x, const float* const* taps, int rows, const ConvShape& s, int stride,
                    const float* bias, bool add, float* y) {
  constexpr int P = C == 0 ? 4 : (registers - 4) / V < 12 ? (registers - 4) / V : 12;
  const int I = s.inputs;
  const int O = s.outputs;
  const float* at[3];
  const auto move = [&](int column) {
    for (int k = 0; k < rows; k++) at[k] = x[k] + static_cast<int64_t>(column - 1) * I;
  };
  move(0);
  convTile<W, V, 1, C>(at, taps, rows, I, I, s.width > 1 ? 3 * I : 2 * I, stride, bias, add, y, O);
  int column = 1;
  for (; column + P <= s.width - 1; column += P) {
    move(column);
    convTile<W, V, P, C>(at, taps, rows, I, 0, 3 * I, stride, bias, add, y + static_cast<int64_t>(column) * O, O);
  }
  if constexpr (P > 4) {
    for (; column + 4 <= s.width - 1; column += 4) {
      move(column);
      convTile<W, V, 4, C>(at, taps, rows, I, 0, 3 * I, stride, bias, add, y + static_cast<int64_t>(column) * O, O);
    }
  }
  for (; column < s.width; column++) {
    move(column);
    const int last = column == s.width - 1 ? 2 * I : 3 * I;
    convTile<W, V, 1, C>(at, taps, rows, I, 0, last, stride, bias, add, y + static_cast<int64_t>(column) * O, O);
  }
}

template <int W, int C>
void convPlane(const float* x, const float* packed, const ConvShape& s, const float* bias, bool add, float* y) {
  const int stride = padded(s.outputs, W);
  const int vectors = stride / W;
  for (int row = 0; row < s.height; row++) {
    const float* rows[3];
    const float* taps[3];
    int count = 0;
    for (int k = 0; k < 3; k++) {
      const int source = row + k - 1;
      if (source < 0 || source >= s.height) continue;
      rows[count] = x + static_cast<int64_t>(source) * s.width * s.inputs;
      taps[count++] = packed + static_cast<int64_t>(k) * 3 * s.inputs * stride;
    }
    float* target = y + static_cast<int64_t>(row) * s.width * s.outputs;
    for (int v = 0; v < vectors;) {
      const float* offset[3] = {taps[0] + v * W, taps[1] + v * W, count > 2 ? taps[2] + v * W : nullptr};
      const float* shifted = bias != nullptr ? bias + v * W : nullptr;
      // Several passes over one row only when it has many channels; a pass's spill past the last channel is
      // overwritten by the next pixel, so wide tails go last.
      withCount<3>(vectors - v, [&]<int V>(Constant<V>) {
        convRow<W, V, C>(rows, offset, count, s, stride, shifted, add, target + v * W);
        v += V;
      });
    }
  }
}

// y (+)= conv(x); channel counts of the common networks get their own code, since then addresses are constants.
inline void convolve(const float* x, const float* weight, const float* bias, const ConvShape& s, bool turned, bool add,
                     float* y, Workspace& workspace) {
  // Turned, what was an output is an input.
  const ConvShape t = turned ? ConvShape{s.height, s.width, s.outputs, s.inputs} : s;
  withPaddedWidth(t.outputs, [&]<int W>(Constant<W>) {
    const int stride = padded(t.outputs, W);
    workspace.reset(static_cast<size_t>(9) * t.inputs * stride + stride + 64);
    float* packed = workspace.take(static_cast<size_t>(9) * t.inputs * stride);
    packTaps(weight, s, turned, stride, packed);
    const float* shift = nullptr;
    if (bias != nullptr) {
      float* copy = workspace.take(stride);
      for (int o = 0; o < stride; o++) copy[o] = o < t.outputs ? bias[o] : 0.0f;
      shift = copy;
    }
    // A pass spills past the last channel into the next pixel. Where one pass covers all channels the next pixel
    // overwrites that; otherwise every pass has to add, which leaves the next pixel as it was.
    bool adds = add;
    if (t.outputs % W != 0 && stride > 3 * W && !add) {
      for (int64_t i = 0; i < static_cast<int64_t>(t.height) * t.width * t.outputs; i++) {
        y[i] = shift != nullptr ? shift[i % t.outputs] : 0.0f;
      }
      shift = nullptr;
      adds = true;
    }
    switch (t.inputs) {
      case 3:
        return convPlane<W, 3>(x, packed, t, shift, adds, y);
      case 8:
        return convPlane<W, 8>(x, packed, t, shift, adds, y);
      case 16:
        return convPlane<W, 16>(x, packed, t, shift, adds, y);
      case 24:
        return convPlane<W, 24>(x, packed, t, shift, adds, y);
      default:
        return convPlane<W, 0>(x, packed, t, shift, adds, y);
    }
  });
}

inline void conv3x3Forward(const Conv3x3Forward& call) {
  const Operand &x = call.x, &weight = call.weight, &bias = call.bias;
  const ConvShape s{x.extent(0), x.extent(1), x.extent(2), weight.extent(0)};
  convolve(x.f, weight.f, bias.f, s, false, false, call.y.f, call.workspace);
}

// J taps × V vectors of output channels, over `count` pixels.
template <int W, int V, int J>
INLINE void weightTile(const float* x, const float* dy, int count, int inputs, int outputs, float* target, int stride) {
  F<W> total[J][V];
  for (int j = 0; j < J; j++) {
    for (int v = 0; v < V; v++) total[j][v] = load<W>(target + j * stride + v * W);
  }
  for (int pixel = 0; pixel < count; pixel++, x += inputs, dy += outputs) {
    F<W> d[V];
    for (int v = 0; v < V; v++) d[v] = load<W>(dy + v * W);
    for (int j = 0; j < J; j++) {
      const F<W> value = fill<W>(x[j]);
      for (int v = 0; v < V; v++) total[j][v] += value * d[v];
    }
  }
  for (int j = 0; j < J; j++) {
    for (int v = 0; v < V; v++) store<W>(target + j * stride + v * W, total[j][v]);
  }
}

// Taps first..last of one kernel row, all output channels, over `count` pixels; x at tap 0 of the first pixel.
template <int W, int V>
INLINE void weightSpan(const float* x, const float* dy, int count, int first, int last, int inputs, int outputs,
                       float* target, int stride) {
  constexpr int room = registers == 32 ? 24 : 12;
  int j = first;
  const auto run = [&]<int J>(Constant<J>) {
    if constexpr (J * V <= room) {
      for (; j + J <= last; j += J) {
        weightTile<W, V, J>(x + j, dy, count, inputs, outputs, target + j * stride, stride);
      }
    }
  };
  run(Constant<12>());
  run(Constant<9>());
  run(Constant<6>());
  run(Constant<4>());
  run(Constant<3>());
  run(Constant<1>());
}

template <int W, int V>
INLINE void weightRow(const float* x, const float* dy, const ConvShape& s, float* target, int stride) {
  const int I = s.inputs;
  const int O = s.outputs;
  weightSpan<W, V>(x - I, dy, 1, I, s.width > 1 ? 3 * I : 2 * I, I, O, target, stride);
  if (s.width < 2) return;
  weightSpan<W, V>(x, dy + O, s.width - 2, 0, 3 * I, I, O, target, stride);
  const int64_t last = s.width - 1;
  weightSpan<W, V>(x + (last - 1) * I, dy + last * O, 1, 0, 2 * I, I, O, target, stride);
}

template <int W>
void convWeights(const float* x, const float* dy, const ConvShape& s, float* target, int stride) {
  const int vectors = stride / W;
  for (int row = 0; row < s.height; row++) {
    const float* d = dy + static_cast<int64_t>(row) * s.width * s.outputs;
    for (int k = 0; k < 3; k++) {
      const int source = row + k - 1;
      if (source < 0 || source >= s.height) continue;
      const float* from = x + static_cast<int64_t>(source) * s.width * s.inputs;
      float* to = target + static_cast<int64_t>(k) * 3 * s.inputs * stride;
      for (int v = 0; v < vectors;) {
        withCount<3>(vectors - v, [&]<int V>(Constant<V>) {
          weightRow<W, V>(from, d + v * W, s, to + v * W, stride);
          v += V;
        });
      }
    }
  }
}

inline void conv3x3Gradient(const Conv3x3Gradient& call) {
  const Operand &x = call.x, &weight = call.weight, &dy = call.dy;
  const ConvShape s{x.extent(0), x.extent(1), x.extent(2), weight.extent(0)};
  if (call.dx) {
    convolve(dy.f, weight.f, nullptr, s, true, call.dx.adds, call.dx.f, call.workspace);
  }
  if (call.dWeight) {
    withPaddedWidth(s.outputs, [&]<int W>(Constant<W>) {
      const int stride = padded(s.outputs, W);
      const size_t size = static_cast<size_t>(9) * s.inputs * stride;
      call.workspace.reset(size + 64);
      float* taps = call.workspace.take(size);
      std::memset(taps, 0, size * sizeof(float));
      convWeights<W>(x.f, dy.f, s, taps, stride);
      for (int o = 0; o < s.outputs; o++) {
        for (int i = 0; i < s.inputs; i++) {
          for (int tap = 0; tap < 9; tap++) {
            call.dWeight.f[(o * s.inputs + i) * 9 + tap] += taps[(tap * s.inputs + i) * stride + o];
          }
        }
      }
    });
  }
  if (call.dBias) {
    addColumnSums(dy.f, static_cast<int64_t>(s.height) * s.width, s.outputs, call.dBias.f, call.workspace);
  }
}

}  // namespace mambrush::MAMBRUSH_ISA
