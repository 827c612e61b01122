// Running a program, see session.h. The optimiser's rules are here too: they run once per step over one flat block, and
// the compiler vectorises them.
#include "session.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>

namespace mambrush {

namespace {

constexpr size_t spare = 128;  // bytes behind every slot and block that kernels may touch

size_t rounded(size_t bytes) { return (bytes + 63) / 64 * 64; }

}  // namespace

Workspace::~Workspace() { std::free(block_); }

void Workspace::reset(size_t floats) {
  used_ = 0;
  const size_t bytes = rounded(floats * sizeof(float) + 32 * 128);
  if (bytes <= capacity_) return;
  std::free(block_);
  block_ = std::aligned_alloc(64, bytes);
  capacity_ = block_ == nullptr ? 0 : bytes;
  if (block_ == nullptr) throw std::bad_alloc();
}

float* Workspace::take(size_t floats) {
  float* result = reinterpret_cast<float*>(static_cast<char*>(block_) + used_);
  used_ += rounded(floats * sizeof(float)) + 64;
  if (used_ > capacity_) throw std::logic_error("a kernel takes more workspace than it asked for");
  return result;
}

Buffer::Buffer(size_t bytes) : data_(std::aligned_alloc(64, rounded(bytes + spare))), bytes_(bytes) {
  if (data_ == nullptr) throw std::bad_alloc();
  std::memset(data_, 0, rounded(bytes + spare));
}

Session::Session(Program program, int threads, bool poison)
    : program_(std::move(program)),
      poison_(poison),
      pool_(threads),
      sampleGradients_(rounded(program_.parameterCount * sizeof(float) + spare) *
                       (program_.backward.empty() ? 0 : program_.batch)) {
  for (int i = 0; i < 4; i++) blocks_.emplace_back(program_.parameterCount * sizeof(float));
  for (int worker = 0; worker < threads; worker++) {
    arenas_.emplace_back(program_.arenaBytes);
    workspaces_.push_back(std::make_unique<Workspace>());
  }
  for (const Tensor& tensor : program_.tensors) {
    const bool hasSlots = tensor.storage == 2 || tensor.storage == 3;
    slots_.push_back(nullptr);
    if (!hasSlots) continue;
    const size_t bytes = tensor.size * (tensor.bytes ? 1 : sizeof(float));
    slots_.back() = std::make_unique<Buffer>(rounded(bytes + spare) * program_.batch);
  }
}

int64_t Session::slotBytes(int tensor) const {
  const Tensor& t = program_.tensors[tensor];
  return t.size * (t.bytes ? 1 : static_cast<int64_t>(sizeof(float)));
}

char* Session::slot(int tensor, int sample) const {
  return slots_[tensor]->bytes() + rounded(slotBytes(tensor) + spare) * sample;
}

float* Session::gradientsOf(int sample) const {
  const size_t stride = rounded(program_.parameterCount * sizeof(float) + spare);
  return reinterpret_cast<float*>(sampleGradients_.bytes() + stride * sample);
}

void Session::call(const Operation& operation, int sample, int worker) {
  // No operation has more operands: the channel attention's gradient of five scales has 28.
  Operand operands[64];
  const size_t total = operation.in.size() + operation.out.size();
  if (total > 64) throw std::runtime_error("an operation has too many operands");
  for (size_t i = 0; i < total; i++) {
    const int id = i < operation.in.size() ? operation.in[i] : operation.out[i - operation.in.size()];
    if (id < 0) continue;
    const Tensor& tensor = program_.tensors[id];
    char* address = nullptr;
    switch (tensor.storage) {
      case 0:
        address = reinterpret_cast<char*>(block(Block::parameters) + tensor.offset);
        break;
      case 1:
        address = reinterpret_cast<char*>(gradientsOf(sample) + tensor.offset);
        break;
      case 4:
        address = arenas_[worker].bytes() + tensor.offset;
        break;
      default:
        address = slot(id, sample);
    }
    Operand& operand = operands[i];
    operand.tensor = &tensor;
    operand.adds = i >= operation.in.size() && ((operation.accumulate >> (i - operation.in.size())) & 1) != 0;
    if (tensor.bytes) operand.u = reinterpret_cast<uint8_t*>(address);
    else operand.f = reinterpret_cast<float*>(address);
  }
  operation.kernel({operands, static_cast<int>(operation.in.size()), operands + operation.in.size(),
                    static_cast<int>(operation.out.size()), operation.attributes.data(), *workspaces_[worker]});
}

void Session::beginSample(Phase phase, int sample, int worker) {
  if (poison_) {
    std::memset(arenas_[worker].bytes(), 0xff, arenas_[worker].size());
    for (size_t id = 0; id < program_.tensors.size(); id++) {
      if (program_.tensors[id].storage == 3) std::memset(slot(static_cast<int>(id), sample), 0xff, slotBytes(static_cast<int>(id)));
    }
  }
  if (phase == Phase::forward) return;
  std::memset(gradientsOf(sample), 0, program_.parameterCount * sizeof(float));
}

void Session::runSample(Phase phase, int sample, int worker) {
  beginSample(phase, sample, worker);
  for (const Operation& operation : program_.forward) {
    if (phase == Phase::forward || operation.feedsLoss) call(operation, sample, worker);
  }
  if (phase == Phase::forward) return;
  for (const Operation& operation : program_.backward) call(operation, sample, worker);
}

void Session::sumGradients(int count) {
  float* total = block(Block::gradients);
  std::memset(total, 0, program_.parameterCount * sizeof(float));
  for (int sample = 0; sample < count; sample++) {
    const float* part = gradientsOf(sample);
    for (int64_t i = 0; i < program_.parameterCount; i++) total[i] += part[i];
  }
}

void Session::update(const Scalars& scalars) {
  const int64_t count = program_.parameterCount;
  float* p = block(Block::parameters);
  float* g = block(Block::gradients);
  float* m = block(Block::moment1);
  float* v = block(Block::moment2);
  for (const Update& rule : program_.updates) {
    const std::vector<double>& a = rule.attributes;
    if (rule.kind == "clip-gradients") {
      double square = 0.0;
      for (int64_t i = 0; i < count; i++) square += static_cast<double>(g[i]) * g[i];
      const double factor = a[0] / (std::sqrt(square) + 1e-6);
      if (factor < 1.0) {
        for (int64_t i = 0; i < count; i++) g[i] *= static_cast<float>(factor);
      }
    } else if (rule.kind == "adamw" || rule.kind == "adam") {
      const bool decoupled = rule.kind == "adamw";
      const float beta1 = static_cast<float>(a[0]), beta2 = static_cast<float>(a[1]);
      const float rest1 = static_cast<float>(1.0 - a[0]), rest2 = static_cast<float>(1.0 - a[1]);
      const float epsilon = static_cast<float>(a[2]);
      const float shrink = decoupled ? static_cast<float>(1.0 - scalars.learningRate * a[3]) : 1.0f;
      const float decay = decoupled ? 0.0f : static_cast<float>(a[3]);
      const float size = static_cast<float>(scalars.learningRate / (1.0 - std::pow(a[0], scalars.step)));
      const float scale = static_cast<float>(1.0 / std::sqrt(1.0 - std::pow(a[1], scalars.step)));
      for (int64_t i = 0; i < count; i++) {
        const float gradient = g[i] + decay * p[i];
        m[i] = beta1 * m[i] + rest1 * gradient;
        v[i] = beta2 * v[i] + rest2 * gradient * gradient;
        p[i] = shrink * p[i] - size * m[i] / (std::sqrt(v[i]) * scale + epsilon);
      }
    } else if (rule.kind == "sgd") {
      const float momentum = static_cast<float>(a[0]), decay = static_cast<float>(a[1]);
      const float rate = static_cast<float>(scalars.learningRate);
      for (int64_t i = 0; i < count; i++) {
        m[i] = momentum * m[i] + g[i] + decay * p[i];
        p[i] -= rate * m[i];
      }
    }
  }
}

void Session::run(Phase phase, int count, const Scalars& scalars) {
  pool_.run(count, [&](int sample, int worker) { runSample(phase, sample, worker); });
  if (phase == Phase::forward) return;
  sumGradients(count);
  if (phase == Phase::step) update(scalars);
}

}  // namespace mambrush
