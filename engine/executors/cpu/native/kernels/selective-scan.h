// The selective scan and its gradient. One sequence at a time, in blocks of 32 tokens; inside a block channel by channel,
// the 16 states of a channel in registers (one vector on AVX-512, two on AVX2, four on SSE and NEON).
// Forward keeps the states before each block; the gradient recomputes a block's states and decays from them, in L1, and
// walks it backwards. Channels run inside a sequence, so dB and dC are plain sums in a fixed order. Sums over the states
// are left as vectors for as many tokens as there are lanes and then added up together.
#pragma once

#include "operations.h"
#include "../vector.h"
#include "scan-plan.h"

namespace mambrush::MAMBRUSH_ISA {

// Takes the states of channel e over a block's tokens and leaves Σ C·h of each in `ungated` (count, pitch); `keep` gets
// every token's decay and state, vector by vector.
template <class Keep>
INLINE void advanceChannel(const ScanPlan& p, int64_t begin, int count, int s, int e, const float* dt, States& state,
                           float* ungated, Keep keep) {
  const States A = loadStates(p.decay2 + e * scanStates);
  F<lanes> along[scanBlock];
  float sums[scanBlock];
  for (int t = 0; t < count; t++) {
    const float* row = p.projected + p.rowAt(begin + t, s) + p.rank;
    const float step = dt[t * p.pitch + e];
    const float input = step * p.x[p.channelAt(begin + t, s) + e];
    F<lanes> total{};
    for (int i = 0; i < stateVectors; i++) {
      const F<lanes> decay = exp2OfNegative<lanes>(step * A.v[i]);
      state.v[i] = decay * state.v[i] + input * load<lanes>(row + i * lanes);
      total += state.v[i] * load<lanes>(row + scanStates + i * lanes);
      keep(t, i, decay);
    }
    along[t] = total;
  }
  sumTokens(along, count, sums);
  for (int t = 0; t < count; t++) ungated[t * p.pitch + e] = sums[t];
}

inline void selectiveScanForward(const SelectiveScanForward& call) {
  const int E = call.aLog.extent(0);
  const int pitch = scanPitch(E);
  call.workspace.reset(scanPlanRoom(E, scanRank(call)) + static_cast<size_t>(E) * scanStates + 2 * scanBlock * pitch +
                       256);
  const ScanPlan p = scanPlan(call);
  float* h = call.workspace.take(static_cast<size_t>(E) * scanStates);
  float* dt = call.workspace.take(static_cast<size_t>(scanBlock) * pitch);
  float* ungated = call.workspace.take(static_cast<size_t>(scanBlock) * pitch);
  std::memset(ungated, 0, sizeof(float) * scanBlock * pitch);
  float *y = call.y.f, *kept = call.states.f;
  for (int s = 0; s < p.sequences; s++) {
    std::memset(h, 0, sizeof(float) * E * scanStates);
    for (int64_t begin = 0; begin < p.tokens; begin += scanBlock) {
      const int count = static_cast<int>(begin + scanBlock < p.tokens ? scanBlock : p.tokens - begin);
      float* keep = kept + (begin / scanBlock * p.sequences + s) * E * scanStates;
      std::memcpy(keep, h, sizeof(float) * E * scanStates);
      stepSizes(p, begin, count, s, dt, nullptr);
      for (int e = 0; e < E; e++) {
        States state = loadStates(h + e * scanStates);
        advanceChannel(p, begin, count, s, e, dt, state, ungated, [](int, int, F<lanes>) {});
        storeStates(h + e * scanStates, state);
      }
      withDividingWidth(E, [&]<int W>(Constant<W>) {
        for (int t = 0; t < count; t++) {
          const int64_t i = p.channelAt(begin + t, s);
          for (int e = 0; e < E; e += W) {
            const F<W> z = load<W>(p.z + i + e);
            const F<W> value = load<W>(ungated + t * pitch + e) + load<W>(p.D + e) * load<W>(p.x + i + e);
            store<W>(y + i + e, value * z * sigmoid<W>(z));
          }
        }
      });
    }
  }
}

inline void selectiveScanGradient(const SelectiveScanGradient& call) {
  const float *kept = call.states.f, *dy = call.dy.f;
  const int E = call.aLog.extent(0);
  const int pitch = scanPitch(E);
  const int rank = scanRank(call);
  const size_t block = static_cast<size_t>(scanBlock) * pitch;
  const size_t states = static_cast<size_t>(E) * scanStates;
  call.workspace.reset(scanPlanRoom(E, rank) + 2 * states + 6 * block + (2 * scanBlock + 1) * scanStates +
                       2 * scanBlock * scanStates + (static_cast<size_t>(rank) + 2) * pitch + 1024);
  const ScanPlan p = scanPlan(call);
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
  // Gradients of dtWeight (rank, pitch), dtBias and D, one after the other.
  float* dPerChannel = call.workspace.take((static_cast<size_t>(rank) + 2) * pitch);
  float* dBias = dPerChannel + rank * pitch;
  float* dD = dBias + pitch;
  F<lanes> along[scanBlock], alongA[scanBlock];
  float sums[scanBlock], sumsA[scanBlock];
  std::memset(dALog, 0, sizeof(float) * states);
  std::memset(dPerChannel, 0, sizeof(float) * (rank + 2) * pitch);
  // What stands behind the last channel adds nothing.
  for (float* values : {gate, ungated, dInput, dStep}) std::memset(values, 0, sizeof(float) * block);
  for (int s = 0; s < p.sequences; s++) {
    std::memset(carry, 0, sizeof(float) * states);
    for (int64_t begin = (p.tokens - 1) / scanBlock * scanBlock; begin >= 0; begin -= scanBlock) {
      const int count = static_cast<int>(begin + scanBlock < p.tokens ? scanBlock : p.tokens - begin);
      stepSizes(p, begin, count, s, dt, slope);
      withDividingWidth(E, [&]<int W>(Constant<W>) {
        for (int t = 0; t < count; t++) {
          const int64_t i = p.channelAt(begin + t, s);
          for (int e = 0; e < E; e += W) {
            const F<W> z = load<W>(p.z + i + e);
            store<W>(gate + t * pitch + e, load<W>(dy + i + e) * z * sigmoid<W>(z));
          }
        }
      });
      std::memset(dBC, 0, sizeof(float) * 2 * count * scanStates);
      const float* before = kept + (begin / scanBlock * p.sequences + s) * E * scanStates;
      for (int e = 0; e < E; e++) {
        const States A = loadStates(p.decay2 + e * scanStates);
        States state = loadStates(before + e * scanStates);
        storeStates(history, state);
        advanceChannel(p, begin, count, s, e, dt, state, ungated, [&](int t, int i, F<lanes> decay) {
          store<lanes>(decays + t * scanStates + i * lanes, decay);
          store<lanes>(history + (t + 1) * scanStates + i * lanes, state.v[i]);
        });
        States d = loadStates(carry + e * scanStates);
        States dA = loadStates(dALog + e * scanStates);
        for (int t = count - 1; t >= 0; t--) {
          const float* row = p.projected + p.rowAt(begin + t, s) + p.rank;
          const float step = dt[t * pitch + e];
          const float input = step * p.x[p.channelAt(begin + t, s) + e];
          const float g = gate[t * pitch + e];
          float* sums = dBC + 2 * t * scanStates;
          F<lanes> throughB{}, throughA{};
          for (int i = 0; i < stateVectors; i++) {
            const F<lanes> total = d.v[i] + g * load<lanes>(row + scanStates + i * lanes);
            const F<lanes> decay = load<lanes>(decays + t * scanStates + i * lanes);
            const F<lanes> passed = total * decay;
            const F<lanes> dDecay = passed * load<lanes>(history + t * scanStates + i * lanes);
            throughB += total * load<lanes>(row + i * lanes);
            throughA += dDecay * A.v[i];
            dA.v[i] += dDecay * step;
            put<lanes>(sums + i * lanes, total * input, true);
            put<lanes>(sums + scanStates + i * lanes, g * load<lanes>(history + (t + 1) * scanStates + i * lanes), true);
            d.v[i] = passed;
          }
          along[t] = throughB;
          alongA[t] = throughA;
        }
        sumTokens(along, count, sums);
        sumTokens(alongA, count, sumsA);
        for (int t = 0; t < count; t++) {
          dInput[t * pitch + e] = sums[t];
          dStep[t * pitch + e] = sumsA[t];
        }
        storeStates(carry + e * scanStates, d);
        storeStates(dALog + e * scanStates, dA);
      }
      // What is left is per token and channel.
      for (int t = 0; t < count; t++) {
        const int64_t i = p.channelAt(begin + t, s);
        const int o = t * pitch;
        const float* raw = p.projected + p.rowAt(begin + t, s);
        for (int e = 0; e < pitch; e += lanes) {
          // Behind the last channel is anything, also what is no number.
          const F<lanes> x = laneNumbers<lanes>() < fillInt<lanes>(E - e) ? load<lanes>(p.x + i + e) : F<lanes>{};
          const F<lanes> g = load<lanes>(gate + o + e);
          // decay2 holds A·log2(e); ln 2 takes that factor out again.
          const F<lanes> step = load<lanes>(dStep + o + e) * 0.69314718055994531f + load<lanes>(dInput + o + e) * x;
          const F<lanes> dLogit = step * load<lanes>(slope + o + e);
          store<lanes>(dStep + o + e, dLogit);
          put<lanes>(dBias + e, dLogit, true);
          for (int r = 0; r < rank; r++) put<lanes>(dPerChannel + r * pitch + e, dLogit * raw[r], true);
          put<lanes>(dD + e, g * x, true);
        }
        if (call.dProjected) {
          float* dProjected = call.dProjected.f + p.rowAt(begin + t, s);
          const bool add = call.dProjected.adds;
          for (int r = 0; r < rank; r++) {
            F<lanes> total{};
            for (int e = 0; e < pitch; e += lanes) {
              total += load<lanes>(dStep + o + e) * load<lanes>(p.dtWeight + r * pitch + e);
            }
            const float value = sumLanes<lanes>(total);
            dProjected[r] = add ? dProjected[r] + value : value;
          }
          for (int n = 0; n < 2 * scanStates; n += lanes) {
            put<lanes>(dProjected + rank + n, load<lanes>(dBC + 2 * t * scanStates + n), add);
          }
        }
        withDividingWidth(E, [&]<int W>(Constant<W>) {
          for (int e = 0; e < E; e += W) {
            const F<W> x = load<W>(p.x + i + e);
            const F<W> D = load<W>(p.D + e);
            if (call.dx) {
              const F<W> dx = load<W>(gate + o + e) * D + load<W>(dt + o + e) * load<W>(dInput + o + e);
              put<W>(call.dx.f + i + e, dx, call.dx.adds);
            }
            if (call.dz) {
              const F<W> z = load<W>(p.z + i + e);
              const F<W> value = load<W>(ungated + o + e) + D * x;
              put<W>(call.dz.f + i + e, load<W>(dy + i + e) * value * siluDerivative<W>(z, sigmoid<W>(z)),
                     call.dz.adds);
            }
          }
        });
      }
    }
  }
  if (call.dDtWeight) {
    for (int e = 0; e < E; e++) {
      for (int r = 0; r < rank; r++) call.dDtWeight.f[e * rank + r] += dPerChannel[r * pitch + e];
    }
  }
  addValues(call.dDtBias, dBias, E);
  if (call.dALog) {
    for (size_t i = 0; i < states; i++) call.dALog.f[i] += dALog[i] * p.decay2[i] * 0.69314718055994531f;
  }
  addValues(call.dD, dD, E);
}

}  // namespace mambrush::MAMBRUSH_ISA
