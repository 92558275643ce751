// What a stale session keeps seeing: the MIG devices that existed when it began. Sources:
// NVIDIA/libcudacxx#224 (a destroyed device is found by its index), Project-HAMi/HAMi#1950 (a new
// one is not found by its UUID). Assumed: lists of GPU instances and compute instances come from
// the driver and are never stale, and a session sees what its own process changes.
#ifndef MIG_SIMULATOR_STORE_SESSION_VIEW_H_
#define MIG_SIMULATOR_STORE_SESSION_VIEW_H_

#include <array>
#include <cstddef>
#include <cstring>
#include <type_traits>

#include "simulator/model/gpu_state.h"

namespace migsim {

class SessionView {
 public:
  void See(unsigned gpu, const GpuState& state) { gpus_[gpu] = state; }

  // The current GPU, with the instances of the session's beginning.
  const GpuState& Gpu(unsigned index, const GpuState& live) {
    static_assert(std::is_standard_layout_v<GpuState>);
    std::memcpy(static_cast<void*>(&gpus_[index]), &live, offsetof(GpuState, instances));
    return gpus_[index];
  }

 private:
  std::array<GpuState, kMaxGpus> gpus_ = {};
};

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_SESSION_VIEW_H_
