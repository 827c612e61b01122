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
  bool adds = false;  // whether a kernel adds to what is there, or overwrites

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

struct OperandList {
  const Operand* first;
  int count;
  MAMBRUSH_INLINE const Operand& operator[](int i) const { return first[i]; }
};

// What an operation is called with. Kernels are given its operands by name: build.ts makes a struct on top of this for
// each operation and pass from the operation's definition, e.g. `LayernormForward`; see operations.h in the build folder.
struct Call {
  const Operand* in;
  int inCount;
  const Operand* out;
  int outCount;
  const double* attributes;
  Workspace& workspace;
};

using Kernel = void (*)(const Call&);

template <class Named, void (*kernel)(const Named&)>
void callKernel(const Call& call) {
  kernel(Named(call));
}

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
};

}  // namespace mambrush
