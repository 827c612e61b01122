// Where the time of a run goes. Built into the bench's own native part, with MAMBRUSH_BENCH defined; the product has none.
#pragma once

#include <chrono>
#include <vector>

#include "session.h"

namespace mambrush {

struct Profile {
  // Seconds of each operation of a phase over `count` samples, on the calling thread.
  static std::vector<double> of(Session& session, Phase phase, int count) {
    std::vector<const Operation*> operations;
    for (const Operation& operation : session.program_.forward) {
      if (phase == Phase::forward || operation.feedsLoss) operations.push_back(&operation);
    }
    if (phase != Phase::forward) {
      for (const Operation& operation : session.program_.backward) operations.push_back(&operation);
    }
    std::vector<double> seconds(operations.size());
    for (int sample = 0; sample < count; sample++) {
      session.beginSample(phase, sample, 0);
      for (size_t i = 0; i < operations.size(); i++) {
        const auto begin = std::chrono::steady_clock::now();
        session.call(*operations[i], sample, 0);
        seconds[i] += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
      }
    }
    return seconds;
  }
};

}  // namespace mambrush
