// What the scan's forward pass and its gradient share: states as vectors, the parameters laid out for them, step sizes.
// Not a kernel.
#pragma once

#include "operations.h"
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
// Adds up the lanes of `count` vectors, one per token; rounds up to whole vectors of sums.
INLINE void sumTokens(const F<lanes>* parts, int count, float* sums) {
  for (int t = 0; t < count; t += lanes) store<lanes>(sums + t, sumEachLanes<lanes>(parts + t));
}

struct ScanPlan {
  const float *x, *z, *projected;
  const float *dtWeight, *dtBias, *D;  // (rank, pitch), (pitch), (pitch): channels last, padded with zeros
  const float* decay2;                 // -exp(A_log)·log2(e), (E, 16)
  int64_t tokens;
  int sequences, E, pitch, rank, row;

  int64_t channelAt(int64_t t, int s) const { return (t * sequences + s) * E; }
  int64_t rowAt(int64_t t, int s) const { return (t * sequences + s) * row; }
};

constexpr int scanPitch(int E) { return (E + 15) / 16 * 16; }

// Room that scanPlan takes.
inline size_t scanPlanRoom(int E, int rank) {
  return static_cast<size_t>(E) * scanStates + (static_cast<size_t>(rank) + 2) * scanPitch(E) + 64;
}

inline int scanRank(const auto& call) { return static_cast<int>(call.dtWeight.size()) / call.aLog.extent(0); }

inline ScanPlan scanPlan(const auto& call) {
  ScanPlan p;
  p.E = call.aLog.extent(0);
  p.pitch = scanPitch(p.E);
  p.rank = scanRank(call);
  const int channels = call.x.channels();
  p.x = call.x.f;
  p.z = call.z.f;
  p.projected = call.projected.f;
  p.tokens = call.x.size() / channels;
  p.sequences = channels / p.E;
  p.row = p.rank + 2 * scanStates;
  float* decay2 = call.workspace.take(static_cast<size_t>(p.E) * scanStates);
  float* perChannel = call.workspace.take((static_cast<size_t>(p.rank) + 2) * p.pitch);
  std::memset(perChannel, 0, sizeof(float) * (p.rank + 2) * p.pitch);
  float* dtBias = perChannel + p.rank * p.pitch;
  float* D = dtBias + p.pitch;
  for (int e = 0; e < p.E; e++) {
    for (int r = 0; r < p.rank; r++) perChannel[r * p.pitch + e] = call.dtWeight.f[e * p.rank + r];
    dtBias[e] = call.dtBias.f[e];
    D[e] = call.D.f[e];
  }
  for (int i = 0; i < p.E * scanStates; i++) decay2[i] = -std::exp(call.aLog.f[i]) * 1.44269504088896341f;
  p.dtWeight = perChannel;
  p.dtBias = dtBias;
  p.D = D;
  p.decay2 = decay2;
  return p;
}

// Step sizes of a block, (count, pitch), and, when asked, dt/dlogit = σ(logit).
inline void stepSizes(const ScanPlan& p, int64_t begin, int count, int s, float* dt, float* slope) {
  for (int t = 0; t < count; t++) {
    const float* raw = p.projected + p.rowAt(begin + t, s);
    for (int e = 0; e < p.pitch; e += lanes) {
      F<lanes> logit = load<lanes>(p.dtBias + e);
      for (int r = 0; r < p.rank; r++) logit += raw[r] * load<lanes>(p.dtWeight + r * p.pitch + e);
      if (slope != nullptr) store<lanes>(slope + t * p.pitch + e, sigmoid<lanes>(logit));
      store<lanes>(dt + t * p.pitch + e, softplus<lanes>(logit));
    }
  }
}

}  // namespace mambrush::MAMBRUSH_ISA
