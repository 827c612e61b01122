// What a kernel is given and how kernels are found. Not a kernel; no vector code here, so that every file may include it.
// Convention: operands are those of engine/program/operation.ts, per sample, channels last. Every f32 operand is followed
// by at least 64 spare bytes that belong to it: a kernel may read them, and write them where it writes in ascending order.
#pragma once

#include <cstddef>
#include <cstdint>

#define MAMBRUSH_INLINE inline __attribute__((always_inline))

namespace mambrush {

constexpr int maxRank = 8;

struct Tensor {
  int storage;  // 0 parameter, 1 gradient, 2 input, 3 output, 4 scratch
  bool bytes;   // u8, else f32
  int64_t offset;
  int64_t size;
  int rank;
  int shape[maxRank];
};

struct Operand {
  float* f = nullptr;    // f32 values, or null
  uint8_t* u = nullptr;  // u8 values, or null
  const Tensor* tensor = nullptr;

  MAMBRUSH_INLINE explicit operator bool() const { return tensor != nullptr; }
  MAMBRUSH_INLINE int64_t size() const { return tensor->size; }
  MAMBRUSH_INLINE int extent(int axis) const { return tensor->shape[axis]; }
  MAMBRUSH_INLINE int channels() const { return tensor->shape[tensor->rank - 1]; }
};

// Memory that a kernel needs for itself; it belongs to one thread and only ever grows. Defined in session.cpp.
class Workspace {
 public:
  Workspace() = default;
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  ~Workspace();

  // Forgets what was taken before and makes room for this much, in up to 32 parts. Contents are undefined.
  void reset(size_t floats);

  // Takes from that room; 64-byte aligned, with spare room for one vector behind.
  float* take(size_t floats);

 private:
  void* block_ = nullptr;
  size_t capacity_ = 0;
  size_t used_ = 0;
};

struct Call {
  const Operand* in;
  int inCount;
  const Operand* out;
  int outCount;
  uint64_t accumulate;  // bit per output
  const double* attributes;
  Workspace& workspace;

  // True where a forward's optional input is there.
  MAMBRUSH_INLINE bool has(int position) const { return position < inCount && in[position]; }
  // In a gradient: the forward's outputs, and their gradients; they stand behind its inputs.
  MAMBRUSH_INLINE const Operand& output(int position) const { return in[outCount + position]; }
  MAMBRUSH_INLINE const Operand& outputGradient(int position) const {
    return in[outCount + (inCount - outCount) / 2 + position];
  }

  MAMBRUSH_INLINE bool adds(int position) const { return (accumulate >> position) & 1; }
};

using Kernel = void (*)(const Call&);

struct KernelEntry {
  const char* kind;
  Kernel forward;
  Kernel gradient;  // null where the operation has none
};

// One per instruction set, compiled from kernel-set.cpp with its flags.
struct KernelSet {
  const char* instructionSet;
  const KernelEntry* entries;
  int count;
  // Does `rounds` of multiply-adds at this set's best rate and says how many they were.
  double (*multiplyAdds)(int64_t rounds, float* sink);
};

}  // namespace mambrush
