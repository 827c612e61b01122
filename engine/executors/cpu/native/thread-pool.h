// A few threads that live as long as the session and run numbered tasks. Not a scheduler: one parallel region at a time.
// Convention: task i may run on any worker; `work(task, worker)` gets both, and whoever calls run() is worker 0.
#pragma once

#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace mambrush {

class ThreadPool {
 public:
  explicit ThreadPool(int threads) {
    for (int worker = 1; worker < threads; worker++) {
      threads_.emplace_back([this, worker] { serve(worker); });
    }
  }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  ~ThreadPool() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      closing_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  int size() const { return static_cast<int>(threads_.size()) + 1; }

  // Runs tasks 0..count-1 and returns when all are done; the first exception of a task is thrown again here.
  void run(int count, const std::function<void(int task, int worker)>& work) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      work_ = &work;
      count_ = count;
      next_.store(0, std::memory_order_relaxed);
      busy_ = static_cast<int>(threads_.size());
      failure_ = nullptr;
      round_++;
    }
    wake_.notify_all();
    take(0);
    std::unique_lock<std::mutex> lock(mutex_);
    done_.wait(lock, [this] { return busy_ == 0; });
    work_ = nullptr;
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void take(int worker) {
    try {
      for (int task = next_.fetch_add(1); task < count_; task = next_.fetch_add(1)) (*work_)(task, worker);
    } catch (...) {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
    }
  }

  void serve(int worker) {
    uint64_t done = 0;
    for (;;) {
      {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock, [&] { return closing_ || round_ != done; });
        if (closing_) return;
        done = round_;
      }
      take(worker);
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        busy_--;
      }
      done_.notify_one();
    }
  }

  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  const std::function<void(int, int)>* work_ = nullptr;
  std::atomic<int> next_{0};
  int count_ = 0;
  int busy_ = 0;
  uint64_t round_ = 0;
  bool closing_ = false;
  std::exception_ptr failure_;
};

}  // namespace mambrush
