// Which GPUs of a machine a session sees, and their NVML indexes. A session sees GPUs that are
// bound to the driver and did not drain at its beginning; their indexes have no gaps.
#ifndef MIG_SIMULATOR_NVML_ENUMERATION_H_
#define MIG_SIMULATOR_NVML_ENUMERATION_H_

#include <optional>

#include "simulator/nvml/device_call.h"

namespace migsim {

inline bool IsVisible(const Call& call, unsigned gpu) {
  const GpuState& state = call.reading.Gpu(gpu);
  return !state.removed && !(state.draining && call.machine.SessionHides(gpu));
}

inline unsigned VisibleBefore(const Call& call, unsigned end) {
  unsigned count = 0;
  for (unsigned gpu = 0; gpu < end; ++gpu) count += IsVisible(call, gpu);
  return count;
}

inline unsigned VisibleGpus(const Call& call) {
  return VisibleBefore(call, call.machine.gpu_count());
}

inline std::optional<unsigned> GpuAtIndex(const Call& call, unsigned index) {
  for (unsigned gpu = 0; gpu < call.machine.gpu_count(); ++gpu) {
    if (IsVisible(call, gpu) && index-- == 0) return gpu;
  }
  return std::nullopt;
}

}  // namespace migsim

#endif  // MIG_SIMULATOR_NVML_ENUMERATION_H_
