// The machine's own limits: multiply-adds per second of one thread with nothing else to do. For benchmarks.
#pragma once

#include "../kernel.h"
#include "../vector.h"

namespace mambrush::MAMBRUSH_ISA {

// Independent chains of multiply-adds, enough to hide their latency; returns how many multiply-adds were done.
inline double multiplyAdds(int64_t rounds, float* sink) {
  constexpr int chains = registers == 32 ? 20 : 10;
  F<lanes> total[chains];
  for (int i = 0; i < chains; i++) total[i] = fill<lanes>(0.5f + 0.01f * i);
  F<lanes> factor = fill<lanes>(0.999f), addend = fill<lanes>(0.001f);
  for (int64_t round = 0; round < rounds; round++) {
    // Opaque to the compiler, so that it can neither fold nor hoist.
    asm volatile("" : "+m"(factor), "+m"(addend));
    const F<lanes> f = factor, a = addend;
    for (int repeat = 0; repeat < 16; repeat++) {
// A chain that is not in a register waits for memory.
#pragma GCC unroll 32
      for (int i = 0; i < chains; i++) total[i] = total[i] * f + a;
    }
  }
  F<lanes> sum{};
  for (int i = 0; i < chains; i++) sum += total[i];
  *sink = sumLanes<lanes>(sum);
  return static_cast<double>(rounds) * 16 * chains * lanes;
}

}  // namespace mambrush::MAMBRUSH_ISA
