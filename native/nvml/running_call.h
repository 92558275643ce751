// The NVML call that a thread makes now, for another thread to look at: one that hangs can be
// named.
#ifndef MIG_NVML_RUNNING_CALL_H_
#define MIG_NVML_RUNNING_CALL_H_

#include <atomic>
#include <optional>

namespace mig {

class RunningCall {
 public:
  // Null: nobody looks at this thread.
  static RunningCall*& OfThisThread() {
    thread_local RunningCall* call = nullptr;
    return call;
  }

  // While this lives, the thread is in this function of NVML.
  class Scope {
   public:
    explicit Scope(const char* fn) : call_(OfThisThread()) {
      if (call_ != nullptr) call_->fn_.store(fn, std::memory_order_relaxed);
    }
    ~Scope() {
      if (call_ != nullptr) call_->fn_.store("", std::memory_order_relaxed);
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    RunningCall* call_;
  };

  // For work on the whole machine: what follows is about this GPU.
  static void AtGpu(unsigned int index) {
    if (RunningCall* call = OfThisThread(); call != nullptr)
      call->gpu_index_.store(static_cast<int>(index), std::memory_order_relaxed);
  }

  // Empty between two calls.
  const char* fn() const { return fn_.load(std::memory_order_relaxed); }
  std::optional<unsigned int> gpu_index() const {
    const int index = gpu_index_.load(std::memory_order_relaxed);
    return index < 0 ? std::nullopt : std::optional<unsigned int>(index);
  }

 private:
  // A name of the table of symbols, which lives as long as the process.
  std::atomic<const char*> fn_ = "";
  std::atomic<int> gpu_index_ = -1;
};

}  // namespace mig

#endif  // MIG_NVML_RUNNING_CALL_H_
