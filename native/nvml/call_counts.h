// How many NVML calls a thread makes.
#ifndef MIG_NVML_CALL_COUNTS_H_
#define MIG_NVML_CALL_COUNTS_H_

#include <string_view>

namespace mig {

struct CallCounts {
  unsigned int total = 0;
  // Calls that change a GPU, including failed ones.
  unsigned int changing = 0;

  CallCounts& operator+=(const CallCounts& more) {
    total += more.total;
    changing += more.changing;
    return *this;
  }
};

// The counts of the calling thread. A job sets them to zero before its calls and reads them after.
inline CallCounts& CallsOfThisThread() {
  thread_local CallCounts calls;
  return calls;
}

// By NVML's naming: nvmlDeviceSetMigMode, nvmlDeviceCreateGpuInstance, nvmlGpuInstanceDestroy.
constexpr bool IsChangingCall(std::string_view name) {
  return name.starts_with("nvmlDeviceSet") || name.find("Create") != name.npos ||
         name.ends_with("Destroy");
}

}  // namespace mig

#endif  // MIG_NVML_CALL_COUNTS_H_
