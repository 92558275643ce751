// Waiting for at most a number of milliseconds.
#ifndef MIG_SIMULATOR_NVML_DEADLINE_H_
#define MIG_SIMULATOR_NVML_DEADLINE_H_

#include <algorithm>
#include <chrono>

namespace migsim {

class Deadline {
 public:
  explicit Deadline(unsigned timeout_ms)
      : end_(std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms)) {}

  bool over() const { return std::chrono::steady_clock::now() >= end_; }

  // The remaining time, in steps short enough to notice that the session has ended.
  unsigned NextStepMs() const {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end_ - std::chrono::steady_clock::now());
    return static_cast<unsigned>(std::clamp<long long>(left.count(), 1, kLongestStepMs));
  }

 private:
  static constexpr long long kLongestStepMs = 100;

  std::chrono::steady_clock::time_point end_;
};

}  // namespace migsim

#endif  // MIG_SIMULATOR_NVML_DEADLINE_H_
