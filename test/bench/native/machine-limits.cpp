// What this machine could do at best: prints multiply-adds per second of one instruction set, and bytes per second that
// are read from memory, for benchmarks to be held against. Convention: the number of threads is the only argument.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "vector.h"

using namespace mambrush::MAMBRUSH_ISA;

// Independent chains of multiply-adds, enough to hide their latency; returns how many multiply-adds were done.
static double multiplyAdds(int64_t rounds, float* sink) {
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

template <class Work>
static double secondsOnThreads(int threads, Work work) {
  std::vector<std::thread> workers;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < threads; i++) workers.emplace_back([&work, i] { work(i); });
  for (std::thread& worker : workers) worker.join();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

static double peakMultiplyAdds(int threads) {
  std::vector<float> sinks(threads * 16);
  std::vector<double> done(threads * 8);
  const double seconds = secondsOnThreads(threads, [&](int i) { done[i * 8] = multiplyAdds(1000000, &sinks[i * 16]); });
  double total = 0.0;
  for (int i = 0; i < threads; i++) total += done[i * 8];
  return total / seconds;
}

// Reads blocks larger than any cache.
static double memoryBandwidth(int threads) {
  constexpr size_t words = 32u << 20;  // 256 MB for all threads together
  std::vector<uint64_t> memory(words, 1);
  std::vector<uint64_t> sinks(threads * 8);
  const auto pass = [&](int thread) {
    const size_t begin = words / threads * thread, end = begin + words / threads;
    uint64_t a = 0, b = 0, c = 0, d = 0;
    for (size_t i = begin; i + 4 <= end; i += 4) {
      a += memory[i];
      b += memory[i + 1];
      c += memory[i + 2];
      d += memory[i + 3];
    }
    sinks[thread * 8] = a + b + c + d;
  };
  double best = 1e9;
  for (int i = 0; i < 3; i++) {
    const double seconds = secondsOnThreads(threads, pass);
    best = seconds < best ? seconds : best;
  }
  return words * sizeof(uint64_t) / best;
}

int main(int count, char** arguments) {
  const int threads = count > 1 ? std::atoi(arguments[1]) : 1;
  for (int i = 0; i < 5; i++) std::printf("%.0f\n", peakMultiplyAdds(threads));
  std::printf("%.0f\n", memoryBandwidth(threads));
}
