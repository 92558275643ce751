// The NVML call that a thread makes now. Another thread can read it, and so name a call that hangs.
#ifndef MIG_NVML_RUNNING_CALL_H_
#define MIG_NVML_RUNNING_CALL_H_

#include <atomic>
#include <optional>

namespace mig {

class RunningCall {
 public:
  // Null: this thread does not record its calls.
  static RunningCall*& OfThisThread() {
    thread_local RunningCall* call = nullptr;
    return call;
  }

  // The thread is in this NVML function as long as this exists.
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

  // In a job on the whole machine: the next calls are on this GPU.
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
  // A name from the table of symbols, which lives as long as the process.
  std::atomic<const char*> fn_ = "";
  std::atomic<int> gpu_index_ = -1;
};

}  // namespace mig

#endif  // MIG_NVML_RUNNING_CALL_H_
