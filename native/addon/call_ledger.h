// What the NVML calls of one session of JavaScript's add up to.
#ifndef MIG_ADDON_CALL_LEDGER_H_
#define MIG_ADDON_CALL_LEDGER_H_

#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "nvml/call_counts.h"

namespace mig {

class CallLedger {
 public:
  struct Sums {
    CallCounts all;
    // Calls that were about one GPU alone, by its UUID.
    std::map<std::string, CallCounts> by_gpu;
  };

  // Runs `job` on the calling thread. `gpu` is what it is about; empty: the whole machine.
  template <typename Job>
  auto Count(const std::string& gpu, Job job) {
    CallsOfThisThread() = {};
    auto result = job();
    Add(gpu, CallsOfThisThread());
    return result;
  }

  Sums sums() const {
    const std::lock_guard<std::mutex> guard(mutex_);
    return sums_;
  }

 private:
  void Add(const std::string& gpu, const CallCounts& calls) {
    const std::lock_guard<std::mutex> guard(mutex_);
    sums_.all += calls;
    if (gpu.starts_with("GPU-")) sums_.by_gpu[gpu] += calls;
  }

  mutable std::mutex mutex_;
  Sums sums_;
};

}  // namespace mig

#endif  // MIG_ADDON_CALL_LEDGER_H_
