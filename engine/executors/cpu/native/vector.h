// Vectors of 1, 4, 8 or 16 floats and the functions of the network on them. Included once per instruction set; the
// compiler's vector extension makes the instructions, so one source serves AVX-512, AVX2, SSE2 and NEON.
// Convention: everything is inline and lives in a namespace of its instruction set; `lanes` is the native width.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

#include "kernel.h"

namespace mambrush::MAMBRUSH_ISA {

#if defined(__AVX512F__)
constexpr int lanes = 16;
constexpr int registers = 32;
#elif defined(__AVX2__)
constexpr int lanes = 8;
constexpr int registers = 16;
#elif defined(__aarch64__)
constexpr int lanes = 4;
constexpr int registers = 32;
#else
constexpr int lanes = 4;
constexpr int registers = 16;
#endif

template <int W>
struct Vector {
  typedef float floats __attribute__((vector_size(4 * W)));
  typedef int32_t integers __attribute__((vector_size(4 * W)));
  typedef uint8_t bytes __attribute__((vector_size(W)));
};
template <int W>
using F = typename Vector<W>::floats;
template <int W>
using I = typename Vector<W>::integers;

#define INLINE MAMBRUSH_INLINE

template <int W>
INLINE F<W> load(const float* p) {
  F<W> v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
template <int W>
INLINE void store(float* p, F<W> v) {
  std::memcpy(p, &v, sizeof v);
}
// x - 0 is x for every x, so this is one broadcast; 0 + x is not (it turns -0 into 0) and costs an addition.
template <int W>
INLINE F<W> fill(float x) {
  return x - F<W>{};
}
template <int W>
INLINE I<W> fillInt(int32_t x) {
  return I<W>{} + x;
}
// 0, 1, 2, …
template <int W>
INLINE I<W> laneNumbers() {
  I<W> v;
  for (int i = 0; i < W; i++) v[i] = i;
  return v;
}
template <int W>
INLINE F<W> maximum(F<W> a, F<W> b) {
  return a > b ? a : b;
}
template <int W>
INLINE F<W> minimum(F<W> a, F<W> b) {
  return a < b ? a : b;
}
template <int W>
INLINE F<W> magnitude(F<W> a) {
  return a < 0.0f ? -a : a;
}

// Joins the lanes by halves: the order is fixed, so the bits are.
template <int W, class Join>
INLINE float joinLanes(F<W> v, Join join) {
  if constexpr (W == 1) {
    return v[0];
  } else {
    F<W / 2> low, high;
    std::memcpy(&low, &v, sizeof low);
    std::memcpy(&high, reinterpret_cast<const char*>(&v) + sizeof low, sizeof high);
    return joinLanes<W / 2>(join(low, high), join);
  }
}
template <int W>
INLINE float sumLanes(F<W> v) {
  return joinLanes<W>(v, [](auto a, auto b) { return a + b; });
}
template <int W>
INLINE float maxLanes(F<W> v) {
  return joinLanes<W>(v, [](auto a, auto b) { return a > b ? a : b; });
}

#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define MAMBRUSH_SHUFFLES
#endif
#endif

#ifdef MAMBRUSH_SHUFFLES
// Halves every run of `run` lanes by adding its upper to its lower half; a's runs come first, then b's.
template <int W, int run, int... lane>
INLINE F<W> addHalves(F<W> a, F<W> b, std::integer_sequence<int, lane...>) {
  constexpr auto from = [](int l) {
    const int index = l / (run / 2), offset = l % (run / 2);
    return index < W / run ? index * run + offset : W + (index - W / run) * run + offset;
  };
  return __builtin_shufflevector(a, b, from(lane)...) + __builtin_shufflevector(a, b, (from(lane) + run / 2)...);
}

template <int W, int count>
INLINE F<W> sumRuns(const F<W>* v) {
  if constexpr (count == 1) {
    return v[0];
  } else {
    F<W> pairs[count / 2];
    for (int i = 0; i < count / 2; i++) {
      pairs[i] = addHalves<W, count>(v[2 * i], v[2 * i + 1], std::make_integer_sequence<int, W>());
    }
    return sumRuns<W, count / 2>(pairs);
  }
}
#endif

// The sums over the lanes of W vectors, as one vector: 3 instructions a sum where sumLanes takes 2·log2 W. The order of
// additions is that of sumLanes, so the bits are the same.
template <int W>
INLINE F<W> sumEachLanes(const F<W>* v) {
#ifdef MAMBRUSH_SHUFFLES
  return sumRuns<W, W>(v);
#else
  F<W> sums;
  for (int i = 0; i < W; i++) sums[i] = sumLanes<W>(v[i]);
  return sums;
#endif
}

// p · 2^n by integer addition to the exponent; the lowest bits of `shifted` are n.
template <int W>
INLINE F<W> timesPowerOf2(F<W> p, F<W> shifted) {
  I<W> bits, exponent;
  std::memcpy(&bits, &p, sizeof bits);
  std::memcpy(&exponent, &shifted, sizeof exponent);
  bits += exponent << 23;
  std::memcpy(&p, &bits, sizeof p);
  return p;
}

// 2^x, relative error 2e-9 before rounding: a degree-6 fit on [-1/2, 1/2], the exponent by integer addition.
// x is clamped to [-126, 126], which every caller can bear.
template <int W>
INLINE F<W> exp2Of(F<W> x) {
  x = minimum<W>(maximum<W>(x, fill<W>(-126.0f)), fill<W>(126.0f));
  const F<W> magic = fill<W>(12582912.0f);  // 1.5 · 2^23: adding it rounds to the nearest integer
  const F<W> shifted = x + magic;
  const F<W> f = x - (shifted - magic);
  F<W> p = fill<W>(1.53533591e-4f);
  p = p * f + 1.33988754e-3f;
  p = p * f + 9.61843738e-3f;
  p = p * f + 5.55033247e-2f;
  p = p * f + 2.40226479e-1f;
  p = p * f + 6.93147203e-1f;
  p = p * f + 1.0f;
  return timesPowerOf2<W>(p, shifted);
}

// 2^x for x ≤ 0, relative error 1.1e-7 before rounding: a degree-5 fit, exact at 0 with its slope, so that a decay by
// almost nothing does not drift over a thousand tokens.
template <int W>
INLINE F<W> exp2OfNegative(F<W> x) {
  x = maximum<W>(x, fill<W>(-126.0f));
  const F<W> magic = fill<W>(12582912.0f);
  const F<W> shifted = x + magic;
  const F<W> f = x - (shifted - magic);
  F<W> p = fill<W>(1.330026411e-3f);
  p = p * f + 9.669708415e-3f;
  p = p * f + 5.5505599944e-2f;
  p = p * f + 0.240222816075f;
  p = p * f + 0.69314718056f;
  p = p * f + 1.0f;
  return timesPowerOf2<W>(p, shifted);
}

template <int W>
INLINE F<W> expOf(F<W> x) {
  return exp2Of<W>(x * 1.44269504088896341f);
}

template <int W>
INLINE F<W> sigmoid(F<W> x) {
  return 1.0f / (1.0f + expOf<W>(-x));
}

// ln(1 + y) for 0 ≤ y ≤ 1, as 2·atanh(y / (2 + y)): eight terms leave 2e-9.
template <int W>
INLINE F<W> log1pUnit(F<W> y) {
  const F<W> s = y / (2.0f + y);
  const F<W> q = s * s;
  F<W> p = fill<W>(0.06666666667f);
  p = p * q + 0.07692307692f;
  p = p * q + 0.09090909091f;
  p = p * q + 0.11111111111f;
  p = p * q + 0.14285714286f;
  p = p * q + 0.2f;
  p = p * q + 0.33333333333f;
  p = p * q + 1.0f;
  return 2.0f * s * p;
}

template <int W>
INLINE F<W> softplus(F<W> x) {
  return maximum<W>(x, fill<W>(0.0f)) + log1pUnit<W>(expOf<W>(-magnitude<W>(x)));
}

// Φ(x) and φ(x) of the standard normal, error 1e-7: Abramowitz & Stegun 7.1.26 on |x|/√2.
template <int W>
INLINE void normal(F<W> x, F<W>& cdf, F<W>& density) {
  const F<W> z = magnitude<W>(x) * 0.70710678118654752f;
  const F<W> t = 1.0f / (1.0f + 0.3275911f * z);
  const F<W> e = expOf<W>(-z * z);
  F<W> p = fill<W>(1.061405429f);
  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  const F<W> tail = 0.5f * p * t * e;
  cdf = x < 0.0f ? tail : 1.0f - tail;
  density = 0.39894228040143268f * e;
}

template <int W>
INLINE F<W> gelu(F<W> x) {
  F<W> cdf, density;
  normal<W>(x, cdf, density);
  return x * cdf;
}

template <int W>
INLINE F<W> geluDerivative(F<W> x) {
  F<W> cdf, density;
  normal<W>(x, cdf, density);
  return cdf + x * density;
}

template <int W>
INLINE F<W> siluDerivative(F<W> x, F<W> s) {
  return s * (1.0f + x * (1.0f - s));
}

template <int N>
struct Constant {
  static constexpr int value = N;
};

// Calls `work` with the widest vector, as a compile-time constant, that divides `extent`.
template <class Work>
INLINE void withDividingWidth(int extent, Work work) {
  if constexpr (lanes >= 16) {
    if (extent % 16 == 0) return work(Constant<16>());
  }
  if constexpr (lanes >= 8) {
    if (extent % 8 == 0) return work(Constant<8>());
  }
  if (extent % 4 == 0) return work(Constant<4>());
  work(Constant<1>());
}

// Calls `work(i, width)` over 0..count: native vectors, then single values.
template <class Work>
INLINE void overElements(int64_t count, Work work) {
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) work(i, Constant<lanes>());
  for (; i < count; i++) work(i, Constant<1>());
}

// Calls `work` with `count`, or `most` where it is more, as a compile-time constant.
template <int most, class Work>
INLINE void withCount(int count, Work work) {
  if constexpr (most > 1) {
    if (count < most) return withCount<most - 1>(count, work);
  }
  work(Constant<most>());
}

// Adds or overwrites.
template <int W>
INLINE void put(float* p, F<W> v, bool add) {
  store<W>(p, add ? load<W>(p) + v : v);
}

// The gradient of an addend is that of the sum.
inline void passGradient(const Operand& target, const float* dy) {
  if (!target) return;
  overElements(target.size(), [&]<int W>(int64_t i, Constant<W>) {
    put<W>(target.f + i, load<W>(dy + i), target.adds);
  });
}

// Adds to the gradient of a parameter, where it is wanted.
inline void addValues(const Operand& gradient, const float* values, int count) {
  if (!gradient) return;
  for (int i = 0; i < count; i++) gradient.f[i] += values[i];
}

}  // namespace mambrush::MAMBRUSH_ISA
