// A program made ready to run: blocks, one arena per worker, slots for inputs and outputs. Knows nothing of JavaScript.
// Convention: one task is one sample, from its first operation to its last gradient, so that everything a sample needs
// stays in one core's cache; gradients land in a slot per sample and are summed in sample order, so that the bits do not
// depend on the number of threads.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "kernel.h"
#include "thread-pool.h"

namespace mambrush {

enum class Phase { forward = 0, gradient = 1, step = 2 };
enum class Block { parameters = 0, gradients = 1, moment1 = 2, moment2 = 3 };

struct Operation {
  Kernel kernel;
  std::vector<int> in, out;  // tensor ids, -1 where absent
  uint64_t accumulate;  // bit per output
  std::vector<double> attributes;
  bool feedsLoss;
};

struct Update {
  std::string kind;
  std::vector<double> attributes;
};

struct Program {
  int batch = 0;
  int64_t parameterCount = 0;
  int64_t arenaBytes = 0;
  std::vector<Tensor> tensors;
  std::vector<Operation> forward, backward;
  std::vector<Update> updates;
};

struct Scalars {
  double learningRate = 0.0;
  double step = 0.0;
};

// 64-byte aligned memory, zeroed at first.
class Buffer {
 public:
  explicit Buffer(size_t bytes);
  ~Buffer() { std::free(data_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  Buffer(Buffer&& other) noexcept : data_(other.data_), bytes_(other.bytes_) { other.data_ = nullptr; }
  char* bytes() const { return static_cast<char*>(data_); }
  float* floats() const { return static_cast<float*>(data_); }
  size_t size() const { return bytes_; }

 private:
  void* data_;
  size_t bytes_;
};

class Session {
 public:
  Session(Program program, int threads, bool poison);

  float* block(Block block) const { return blocks_[static_cast<int>(block)].floats(); }
  const Program& program() const { return program_; }
  int threads() const { return pool_.size(); }

  // Memory of one sample's slot of an input or output tensor.
  char* slot(int tensor, int sample) const;
  int64_t slotBytes(int tensor) const;

  void run(Phase phase, int count, const Scalars& scalars);

 private:
  friend struct Profile;  // of test/bench

  float* gradientsOf(int sample) const;
  void runSample(Phase phase, int sample, int worker);
  void beginSample(Phase phase, int sample, int worker);
  void call(const Operation& operation, int sample, int worker);
  void sumGradients(int count);
  void update(const Scalars& scalars);

  Program program_;
  bool poison_;
  ThreadPool pool_;
  std::vector<Buffer> blocks_;
  Buffer sampleGradients_;
  std::vector<Buffer> arenas_;  // per worker
  std::vector<std::unique_ptr<Workspace>> workspaces_;
  std::vector<std::unique_ptr<Buffer>> slots_;  // per tensor; null for what is no input or output
};

}  // namespace mambrush
