// The door to JavaScript: opens a program, copies blocks and inputs in and out, runs off the JavaScript thread.
// Convention: everything that comes in is checked here, once; behind it nothing is. A run is one asynchronous call.
#include <napi.h>

#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "session.h"
#ifdef MAMBRUSH_BENCH
#include "profile.h"
#endif

namespace mambrush {

#if defined(__x86_64__) || defined(_M_X64)
namespace baseline { extern const KernelSet kernelSet; }
namespace avx2 { extern const KernelSet kernelSet; }
namespace avx512 { extern const KernelSet kernelSet; }
#else
namespace neon { extern const KernelSet kernelSet; }
#endif

namespace {

// What this machine can run, the fastest first.
std::vector<const KernelSet*> availableSets() {
  std::vector<const KernelSet*> sets;
#if defined(__x86_64__) || defined(_M_X64)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")) {
    sets.push_back(&avx512::kernelSet);
  }
  if (avx2) sets.push_back(&avx2::kernelSet);
  sets.push_back(&baseline::kernelSet);
#else
  sets.push_back(&neon::kernelSet);
#endif
  return sets;
}

// Reads the program's integers one after the other; running past the end is an error, not a crash.
class Reader {
 public:
  Reader(const int32_t* data, size_t size) : data_(data), size_(size) {}
  int32_t next() {
    if (at_ >= size_) throw std::runtime_error("the program is shorter than it says");
    return data_[at_++];
  }
  int32_t count(int32_t limit) {
    const int32_t value = next();
    if (value < 0 || value > limit) throw std::runtime_error("the program holds an impossible count");
    return value;
  }

 private:
  const int32_t* data_;
  size_t size_;
  size_t at_ = 0;
};

constexpr int32_t manyTensors = 100000;

Operation readOperation(Reader& reader, const double* attributes, size_t attributeCount, const Program& program,
                        const KernelSet& set) {
  Operation operation;
  const KernelEntry& entry = set.entries[reader.count(set.count - 1)];
  operation.kernel = reader.next() != 0 ? entry.gradient : entry.forward;
  operation.feedsLoss = reader.next() != 0;
  if (operation.kernel == nullptr) throw std::runtime_error("the program wants a gradient that does not exist");
  for (auto* list : {&operation.in, &operation.out}) {
    for (int32_t left = reader.count(64); left > 0; left--) {
      const int32_t id = reader.next();
      if (id < -1 || id >= static_cast<int32_t>(program.tensors.size())) {
        throw std::runtime_error("the program names a tensor that does not exist");
      }
      list->push_back(id);
    }
  }
  operation.accumulate = static_cast<uint32_t>(reader.next());
  for (int32_t left = reader.count(16), at = reader.next(); left > 0; left--, at++) {
    if (at < 0 || static_cast<size_t>(at) >= attributeCount) throw std::runtime_error("an attribute is missing");
    operation.attributes.push_back(attributes[at]);
  }
  return operation;
}

Tensor readTensor(Reader& reader, const Program& program) {
  Tensor tensor{};
  tensor.storage = reader.count(4);
  tensor.bytes = reader.next() != 0;
  const int64_t high = reader.next();
  tensor.offset = (high << 31) + reader.next();
  tensor.size = 1;
  tensor.rank = reader.count(maxRank);
  for (int axis = 0; axis < tensor.rank; axis++) {
    tensor.shape[axis] = reader.count(1 << 30);
    tensor.size *= tensor.shape[axis];
  }
  const int64_t bytes = tensor.size * (tensor.bytes ? 1 : 4);
  const bool fits = tensor.storage == 4   ? tensor.offset + bytes + 64 <= program.arenaBytes
                    : tensor.storage <= 1 ? tensor.offset + tensor.size <= program.parameterCount
                                          : true;
  // Scratch that no operation touches has no offset and needs none.
  if (tensor.offset < 0 || (!fits && !(tensor.storage == 4 && tensor.offset == 0))) {
    throw std::runtime_error("a tensor lies outside its memory");
  }
  return tensor;
}

Program readProgram(const Napi::Object& source, const KernelSet& set) {
  Program program;
  program.batch = source.Get("batch").ToNumber().Int32Value();
  program.parameterCount = source.Get("parameterCount").ToNumber().Int64Value();
  program.arenaBytes = source.Get("arenaBytes").ToNumber().Int64Value();
  if (program.batch < 1 || program.batch > 4096 || program.parameterCount < 0 || program.arenaBytes < 0) {
    throw std::runtime_error("the program's sizes make no sense");
  }
  const auto integers = source.Get("code").As<Napi::Int32Array>();
  const auto attributes = source.Get("attributes").As<Napi::Float64Array>();
  Reader reader(integers.Data(), integers.ElementLength());
  for (int32_t left = reader.count(manyTensors); left > 0; left--) {
    program.tensors.push_back(readTensor(reader, program));
  }
  for (auto* list : {&program.forward, &program.backward}) {
    for (int32_t left = reader.count(manyTensors); left > 0; left--) {
      list->push_back(readOperation(reader, attributes.Data(), attributes.ElementLength(), program, set));
    }
  }
  const auto updates = source.Get("updates").As<Napi::Array>();
  for (uint32_t i = 0; i < updates.Length(); i++) {
    const auto rule = updates.Get(i).As<Napi::Object>();
    const auto values = rule.Get("attributes").As<Napi::Float64Array>();
    program.updates.push_back({rule.Get("kind").ToString().Utf8Value(),
                               std::vector<double>(values.Data(), values.Data() + values.ElementLength())});
  }
  return program;
}

class RunWorker : public Napi::AsyncWorker {
 public:
  RunWorker(Napi::Env env, std::shared_ptr<Session> session, std::shared_ptr<bool> busy, Phase phase, int count,
            Scalars scalars)
      : Napi::AsyncWorker(env),
        deferred_(Napi::Promise::Deferred::New(env)),
        session_(std::move(session)),
        busy_(std::move(busy)),
        phase_(phase),
        count_(count),
        scalars_(scalars) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override {
    try {
      session_->run(phase_, count_, scalars_);
    } catch (const std::exception& error) {
      SetError(error.what());
    }
  }
  void OnOK() override {
    *busy_ = false;
    deferred_.Resolve(Env().Undefined());
  }
  void OnError(const Napi::Error& error) override {
    *busy_ = false;
    deferred_.Reject(error.Value());
  }

 private:
  Napi::Promise::Deferred deferred_;
  std::shared_ptr<Session> session_;
  std::shared_ptr<bool> busy_;
  Phase phase_;
  int count_;
  Scalars scalars_;
};

class NativeSession : public Napi::ObjectWrap<NativeSession> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeSession",
                       {InstanceMethod<&NativeSession::write>("write"), InstanceMethod<&NativeSession::read>("read"),
                        InstanceMethod<&NativeSession::putInput>("putInput"),
                        InstanceMethod<&NativeSession::getOutput>("getOutput"),
                        InstanceMethod<&NativeSession::run>("run"),
#ifdef MAMBRUSH_BENCH
                        InstanceMethod<&NativeSession::profile>("profile"),
#endif
                        InstanceMethod<&NativeSession::close>("close")});
  }

  // (program, instruction set, threads, poison)
  explicit NativeSession(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeSession>(info) {
    guard(info.Env(), [&] {
      const std::string name = info[1].ToString().Utf8Value();
      const int threads = info[2].ToNumber().Int32Value();
      if (threads < 1 || threads > 1024) throw std::runtime_error("the number of threads makes no sense");
      for (const KernelSet* set : availableSets()) {
        if (name != set->instructionSet) continue;
        session_ = std::make_shared<Session>(readProgram(info[0].ToObject(), *set), threads, info[3].ToBoolean());
        return;
      }
      throw std::runtime_error("this machine has no instruction set '" + name + "'");
    });
  }

 private:
  template <class Work>
  static void guard(Napi::Env env, Work work) {
    try {
      work();
    } catch (const Napi::Error&) {
      throw;
    } catch (const std::exception& error) {
      throw Napi::Error::New(env, error.what());
    }
  }

  Session& idle(Napi::Env env) {
    if (!session_) throw Napi::Error::New(env, "this session is closed");
    if (*busy_) throw Napi::Error::New(env, "this session is running: await the run first");
    return *session_;
  }

  // A phase and a number of samples, as the first two arguments.
  static std::pair<Phase, int> workOf(const Napi::CallbackInfo& info, const Session& session) {
    const int phase = info[0].ToNumber().Int32Value();
    const int count = info[1].ToNumber().Int32Value();
    if (phase < 0 || phase > 2 || count < 1 || count > session.program().batch) {
      throw Napi::Error::New(info.Env(), "no such phase, or too many samples");
    }
    return {static_cast<Phase>(phase), count};
  }

  // Copies between an array, the second argument, and the block that the first one numbers.
  void copyBlock(const Napi::CallbackInfo& info, bool in) {
    Session& session = idle(info.Env());
    const int number = info[0].ToNumber().Int32Value();
    if (number < 0 || number > 3) throw Napi::Error::New(info.Env(), "no such block");
    auto values = info[1].As<Napi::Float32Array>();
    if (static_cast<int64_t>(values.ElementLength()) != session.program().parameterCount) {
      throw Napi::Error::New(info.Env(), "a block must hold one value per parameter");
    }
    // A program without parameters has no memory for them.
    if (values.ByteLength() == 0) return;
    float* block = session.block(static_cast<Block>(number));
    std::memcpy(in ? block : values.Data(), in ? values.Data() : block, values.ByteLength());
  }

  void write(const Napi::CallbackInfo& info) { copyBlock(info, true); }
  void read(const Napi::CallbackInfo& info) { copyBlock(info, false); }

  // Copies between a typed array of count samples and the slots of a tensor.
  void copySlots(const Napi::CallbackInfo& info, int storage, bool in) {
    Session& session = idle(info.Env());
    const int id = info[0].ToNumber().Int32Value();
    const auto& tensors = session.program().tensors;
    if (id < 0 || id >= static_cast<int>(tensors.size()) || tensors[id].storage != storage) {
      throw Napi::Error::New(info.Env(), "no such input or output");
    }
    auto values = info[1].As<Napi::TypedArray>();
    const int64_t bytes = session.slotBytes(id);
    const int64_t samples = bytes > 0 ? static_cast<int64_t>(values.ByteLength()) / bytes : 0;
    if (samples * bytes != static_cast<int64_t>(values.ByteLength()) || samples > session.program().batch) {
      throw Napi::Error::New(info.Env(), "an input or output holds another number of bytes");
    }
    char* data = static_cast<char*>(values.ArrayBuffer().Data()) + values.ByteOffset();
    for (int sample = 0; sample < samples; sample++) {
      char* slot = session.slot(id, sample);
      if (in) std::memcpy(slot, data + sample * bytes, bytes);
      else std::memcpy(data + sample * bytes, slot, bytes);
    }
  }

  void putInput(const Napi::CallbackInfo& info) { copySlots(info, 2, true); }
  void getOutput(const Napi::CallbackInfo& info) { copySlots(info, 3, false); }

  // (phase, count, learning rate, step) → promise
  Napi::Value run(const Napi::CallbackInfo& info) {
    Session& session = idle(info.Env());
    const auto [phase, count] = workOf(info, session);
    const Scalars scalars{info[2].ToNumber().DoubleValue(), info[3].ToNumber().DoubleValue()};
    *busy_ = true;
    auto* worker = new RunWorker(info.Env(), session_, busy_, phase, count, scalars);
    worker->Queue();
    return worker->promise();
  }

#ifdef MAMBRUSH_BENCH
  // (phase, count) → seconds of each operation, in the order in which they run, on the calling thread
  Napi::Value profile(const Napi::CallbackInfo& info) {
    Session& session = idle(info.Env());
    const auto [phase, count] = workOf(info, session);
    const std::vector<double> seconds = Profile::of(session, phase, count);
    auto result = Napi::Float64Array::New(info.Env(), seconds.size());
    for (size_t i = 0; i < seconds.size(); i++) result[i] = seconds[i];
    return result;
  }
#endif

  // A run that is under way keeps the memory until it is done.
  void close(const Napi::CallbackInfo&) { session_.reset(); }

  std::shared_ptr<Session> session_;
  std::shared_ptr<bool> busy_ = std::make_shared<bool>(false);
};

Napi::Value instructionSets(const Napi::CallbackInfo& info) {
  auto result = Napi::Array::New(info.Env());
  for (const KernelSet* set : availableSets()) {
    result.Set(result.Length(), Napi::String::New(info.Env(), set->instructionSet));
  }
  return result;
}

// Names of the operations, by their numbers in a program.
Napi::Value operationKinds(const Napi::CallbackInfo& info) {
  const KernelSet& set = *availableSets().front();
  auto result = Napi::Array::New(info.Env());
  for (int i = 0; i < set.count; i++) result.Set(i, Napi::String::New(info.Env(), set.entries[i].kind));
  return result;
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("NativeSession", NativeSession::define(env));
  exports.Set("instructionSets", Napi::Function::New(env, instructionSets));
  exports.Set("operationKinds", Napi::Function::New(env, operationKinds));
  return exports;
}

}  // namespace

NODE_API_MODULE(mambrush_cpu, initialise)

}  // namespace mambrush
