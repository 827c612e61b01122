// The selective scan and its gradient. One sequence at a time, in blocks of 32 tokens; inside a block channel by channel,
// the 16 states of a channel in registers (one vector on AVX-512, two on AVX2, four on SSE and NEON).
// Forward keeps the states before each block; the gradient recomputes a block's states and decays from them, in L1, and
// walks it backwards. Channels run inside a sequence, so dB and dC are plain sums in a fixed order.
#pragma once

#include "../kernel.h"
#include "../vector.h"

namespace mambrush::MAMBRUSH_ISA {

constexpr int scanStates = 16;
constexpr int scanBlock = 32;
constexpr int stateVectors = scanStates / lanes;

struct States {
  F<lanes> v[stateVectors];
};

INLINE States loadStates(const float* p) {
  States s;
  for (int i = 0; i < stateVectors; i++) s.v[i] = load<lanes>(p + i * lanes);
  return s;
}
INLINE void storeStates(float* p, const States& s) {
  for (int i = 0; i < stateVectors; i++) store<lanes>(p + i * lanes, s.v[i]);
}
INLINE float sumStates(const States& s) {
  F<lanes> total = s.v[0];
  for (int i = 1; i < stateVectors; i++) total += s.v[i];
  return sumLanes<lanes>(total);
}

struct ScanPlan {
  const float *x, *z, *projected, *dtWeight, *dtBias, *D;
  const float* decay2;  // -exp(A_log)·log2(e), (E, 16)
  int64_t tokens;
  int sequences, E, rank, row;

  int64_t channelAt(int64_t t, int s) const { return (t * sequences + s) * E; }
  int64_t rowAt(int64_t t, int s) const { return (t * sequences + s) * row; }
};

inline ScanPlan scanPlan(const Call& call, float* decay2) {
  ScanPlan p;
  p.E = call.in[5].extent(0);
  const int channels = call.in[0].channels();
  p.x = call.in[0].f;
  p.z = call.in[1].f;
  p.projected = call.in[2].f;
  p.dtWeight = call.in[3].f;
  p.dtBias = call.in[4].f;
  p.D = call.in[6].f;
  p.decay2 = decay2;
  p.tokens = call.in[0].size() / channels;
  p.sequences = channels / p.E;
  p.rank = static_cast<int>(call.in[3].size()) / p.E;
  p.row = p.rank + 2 * scanStates;
  for (int i = 0; i < p.E * scanStates; i++) decay2[i] = -std::exp(call.in[5].f[i]) * 1.44269504088896341f;
  return p;
}

// Step sizes of a block, (count, E padded), and, when asked, dt/dlogit = σ(logit).
inline void stepSizes(const ScanPlan& p, int64_t begin, int count, int s, int pitch, float* dt, float* slope) {
  for (int t = 0; t < count; t++) {
    const float* raw = p.projected + p.rowAt(begin + t, s);
    float* target = dt + t * pitch;
    for (int e = 0; e < p.E; e++) {
      float logit = p.dtBias[e];
      for (int r = 0; r < p.rank; r++) logit += p.dtWeight[e * p.rank + r] * raw[r];
      target[e] = logit;
    }
  }
  // Padding lanes hold garbage that nobody reads.
  for (int i = 0; i < count * pitch; i += lanes) {
    const F<lanes> logit = load<lanes>(dt + i);
    if (slope != nullptr) store<lanes>(slope + i, sigmoid<lanes>(logit));
    store<lanes>(dt + i, softplus<lanes>(logit));
  }
}

inline void selectiveScanForward(const Call& call) {
  const int E = call.in[5].extent(0);
  const int pitch = (E + 15) / 16 * 16;
  call.workspace.reset(static_cast<size_t>(E) * 2 * scanStates + 2 * scanBlock * pitch + 256);
  const ScanPlan p = scanPlan(call, call.workspace.take(static_cast<size_t>(E) * scanStates));
  float* h = call.workspace.take(static_cast<size_t>(E) * scanStates);
  float* dt = call.workspace.take(static_cast<size_t>(scanBlock) * pitch);
  float* ungated = call.workspace.take(static_cast<size_t>(scanBlock) * pitch);
  std::memset(dt, 0, sizeof(float) * scanBlock * pitch);
  float *y = call.out[0].f, *kept = call.out[1].f;
  for (int s = 0; s < p.sequences; s++) {
    std::memset(h, 0, sizeof(float) * E * scanStates);
    for (int64_t begin = 0; begin < p.tokens; begin += scanBlock) {
      const int count = static_cast<int>(begin + scanBlock < p.tokens ? scanBlock : p.tokens - begin);
      float* keep = kept + (begin / scanBlock * p.sequences + s) * E * scanStates;
      std::memcpy(keep, h, sizeof(float) * E * scanStates);
      stepSizes(p, begin, count, s, pitch, dt, nullptr);
      for (int e = 0; e < E; e++) {
        States state = loadStates(h + e * scanStates);
        const States A = loadStates(p.decay2 + e * scanStates);
        for (int t = 0; t < count; t++) {
          const float* row = p.projected + p.rowAt(begin + t, s) + p.rank;
          const float step = dt[t * pitch + e];
          const float input = step * p.x[p.channelAt(begin + t, s) + e];
          F<lanes> total{};
          for (int i = 0; i < stateVectors; i++) {
            state.v[i] = exp2Of<lanes>(step * A.v[i]) * state.v[i] + input * load<lanes>(row + i * lanes);
            total += state.v[i] * load<lanes>(row + scanStates + i * lanes);
          }
          ungated[t * pitch + e] = sumLanes<lanes>(total);
        }
        storeStates(h + e * scanStates, state);
      }
      for (int t = 0; t < count; t++) {
        const int64_t i = p.channelAt(begin + t, s);
        for (int e = 0; e < E; e++) ungated[t * pitch + e] += p.D[e] * p.x[i + e];
        withDividingWidth(E, [&](auto width) {
          constexpr int W = decltype(width)::value;
          for (int e = 0; e < E; e += W) {
            const F<W> z = load<W>(p.z + i + e);
            store<W>(y + i + e, load<W>(ungated + t * pitch + e) * z * sigmoid<W>(z));
          }
        });
      }
    }
  }
}

inline void selectiveScanGradient(const Call& call) {
  const float *kept = call.output(1).f, *dy = call.outputGradient(0).f;
  const int E = call.in[5].extent(0);
  const int pitch = (E + 15) / 16 * 16;
  const size_t block = static_cast<size_t>(scanBlock) * pitch;
  const size_t states = static_cast<size_t>(E) * scanStates;
  call.workspace.reset(3 * states + 8 * block + (2 * scanBlock + 1) * scanStates + 2 * scanBlock * scanStates + 4 * E +
                       1024);
  const ScanPlan p = scanPlan(call, call.workspace.take(states));
  float* carry = call.workspace.take(states);   // gradient of the state after the block's last token
  float* dALog = call.workspace.take(states);   // summed over everything, before the factor A
  float* dt = call.workspace.take(block);
  float* slope = call.workspace.take(block);    // d dt / d logit
  float* gate = call.workspace.take(block);     // dy · silu(z): gradient of the ungated value
  float* ungated = call.workspace.take(block);
  float* dInput = call.workspace.take(block);   // Σ_n d·B
  float* dStep = call.workspace.take(block);    // gradient of dt
  float* history = call.workspace.take((scanBlock + 1) * scanStates);
  float* decays = call.workspace.take(scanBlock * scanStates);
  float* dBC = call.workspace.take(2 * scanBlock * scanStates);  // (token, B then C)
  float* dD = call.workspace.take(E);
  std::memset(dALog, 0, sizeof(float) * states);
  std::memset(dD, 0, sizeof(float) * E);
  std::memset(dt, 0, sizeof(float) * block);
  for (int s = 0; s < p.sequences; s++) {
    std::memset(carry, 0, sizeof(float) * states);
    for (int64_t begin = (p.tokens - 1) / scanBlock * scanBlock; begin >= 0; begin -= scanBlock) {
      const int count = static_cast<int>(begin + scanBlock < p.tokens ? scanBlock : p.tokens - begin);
      stepSizes(p, begin, count, s, pitch, dt, slope);
      for (int t = 0; t < count; t++) {
        const int64_t i = p.channelAt(begin + t, s);
        withDividingWidth(E, [&](auto width) {
          constexpr int W = decltype(width)::value;
          for (int e = 0; e < E; e += W) {
            const F<W> z = load<W>(p.z + i + e);
            store<W>(gate + t * pitch + e, load<W>(dy + i + e) * z * sigmoid<W>(z));
          }
        });
      }
      std::memset(dBC, 0, sizeof(float) * 2 * count * scanStates);
      const float* before = kept + (begin / scanBlock * p.sequences + s) * E * scanStates;
      for (int e = 0; e < E; e++) {
        const States A = loadStates(p.decay2 + e * scanStates);
        States state = loadStates(before + e * scanStates);
        storeStates(history, state);
        for (int t = 0; t < count; t++) {
          const float* row = p.projected + p.rowAt(begin + t, s) + p.rank;
          const float step = dt[t * pitch + e];
          const float input = step * p.x[p.channelAt(begin + t, s) + e];
          F<lanes> total{};
          for (int i = 0; i < stateVectors; i++) {
            const F<lanes> decay = exp2Of<lanes>(step * A.v[i]);
            state.v[i] = decay * state.v[i] + input * load<lanes>(row + i * lanes);
            total += state.v[i] * load<lanes>(row + scanStates + i * lanes);
            store<lanes>(decays + t * scanStates + i * lanes, decay);
            store<lanes>(history + (t + 1) * scanStates + i * lanes, state.v[i]);
          }
          ungated[t * pitch + e] = sumLanes<lanes>(total);
        }
        States d = loadStates(carry + e * scanStates);
        States dA = loadStates(dALog + e * scanStates);
        for (int t = count - 1; t >= 0; t--) {
          const float* row = p.projected + p.rowAt(begin + t, s) + p.rank;
          const float step = dt[t * pitch + e];
          const float input = step * p.x[p.channelAt(begin + t, s) + e];
          const float g = gate[t * pitch + e];
          float* sums = dBC + 2 * t * scanStates;
          F<lanes> alongB{}, alongA{};
          for (int i = 0; i < stateVectors; i++) {
            const F<lanes> total = d.v[i] + g * load<lanes>(row + scanStates + i * lanes);
            const F<lanes> decay = load<lanes>(decays + t * scanStates + i * lanes);
            const F<lanes> passed = total * decay;
            const F<lanes> dDecay = passed * load<lanes>(history + t * scanStates + i * lanes);
            alongB += total * load<lanes>(row + i * lanes);
            alongA += dDecay * A.v[i];
            dA.v[i] += dDecay * step;
            put<lanes>(sums + i * lanes, total * input, true);
            put<lanes>(sums + scanStates + i * lanes, g * load<lanes>(history + (t + 1) * scanStates + i * lanes), true);
            d.v[i] = passed;
          }
          const float throughB = sumLanes<lanes>(alongB);
          dInput[t * pitch + e] = throughB;
          // decay2 holds A·log2(e); ln 2 takes that factor out again.
          dStep[t * pitch + e] =
              sumLanes<lanes>(alongA) * 0.69314718055994531f + throughB * p.x[p.channelAt(begin + t, s) + e];
        }
        storeStates(carry + e * scanStates, d);
        storeStates(dALog + e * scanStates, dA);
      }
      // What is left is per token and channel.
      for (int t = 0; t < count; t++) {
        const int64_t i = p.channelAt(begin + t, s);
        const int o = t * pitch;
        float* dProjected = call.out[2] ? call.out[2].f + p.rowAt(begin + t, s) : nullptr;
        if (dProjected != nullptr) {
          for (int r = 0; r < p.rank; r++) {
            float total = 0.0f;
            for (int e = 0; e < E; e++) total += dStep[o + e] * slope[o + e] * p.dtWeight[e * p.rank + r];
            dProjected[r] = call.adds(2) ? dProjected[r] + total : total;
          }
          for (int n = 0; n < 2 * scanStates; n++) {
            const float value = dBC[2 * t * scanStates + n];
            dProjected[p.rank + n] = call.adds(2) ? dProjected[p.rank + n] + value : value;
          }
        }
        const float* raw = p.projected + p.rowAt(begin + t, s);
        for (int e = 0; e < E; e++) {
          const float dLogit = dStep[o + e] * slope[o + e];
          if (call.out[4]) call.out[4].f[e] += dLogit;
          if (call.out[3]) {
            for (int r = 0; r < p.rank; r++) call.out[3].f[e * p.rank + r] += dLogit * raw[r];
          }
          dD[e] += gate[o + e] * p.x[i + e];
        }
        withDividingWidth(E, [&](auto width) {
          constexpr int W = decltype(width)::value;
          for (int e = 0; e < E; e += W) {
            const F<W> x = load<W>(p.x + i + e);
            const F<W> D = load<W>(p.D + e);
            if (call.out[0]) {
              const F<W> dx = load<W>(gate + o + e) * D + load<W>(dt + o + e) * load<W>(dInput + o + e);
              put<W>(call.out[0].f + i + e, dx, call.adds(0));
            }
            if (call.out[1]) {
              const F<W> z = load<W>(p.z + i + e);
              const F<W> value = load<W>(ungated + o + e) + D * x;
              put<W>(call.out[1].f + i + e, load<W>(dy + i + e) * value * siluDerivative<W>(z, sigmoid<W>(z)),
                     call.adds(1));
            }
          }
        });
      }
    }
  }
  if (call.out[5]) {
    for (size_t i = 0; i < states; i++) call.out[5].f[i] += dALog[i] * p.decay2[i] * 0.69314718055994531f;
  }
  if (call.out[6]) {
    for (int e = 0; e < E; e++) call.out[6].f[e] += dD[e];
  }
}

}  // namespace mambrush::MAMBRUSH_ISA
