// The limits for counts of a driver, checked before anything is allocated or read for them.
#ifndef MIG_NVML_BOUNDS_H_
#define MIG_NVML_BOUNDS_H_

#include "nvml/outcome.h"

namespace mig {

// GPUs have the minor device numbers 0 to 247 (nv-chardev-numbers.h of NVIDIA's open kernel
// modules), and the driver itself takes 32 (NV_MAX_DEVICES in nvlimits.h).
constexpr unsigned int kMostGpus = 248;

// The driver ignores the incoming count when it writes handles or placements, so the buffer must be
// large enough for any GPU. NVML knows at most 16 instances; known profiles have at most 12
// placements.
constexpr unsigned int kListRoom = 64;

// NVML's own advice from R575 on: count from 0 until INVALID_ARGUMENT, because newer drivers know
// more indexes than any header. The limit is only for a driver that never answers that.
constexpr unsigned int kMostProfileIndexes = 128;

// Our own limit: on the largest GPU, with 288 GiB, so many processes would have 4.5 MiB each.
constexpr unsigned int kMostProcesses = 65536;

// A success with an impossible count is a failure.
inline Status CheckCount(Status status, const char* what, unsigned int counted, unsigned int most) {
  if (!status.ok() || counted <= most) return status;
  return {abi::NVML_ERROR_UNKNOWN, status.fn, {what, counted, most}};
}

}  // namespace mig

#endif  // MIG_NVML_BOUNDS_H_
