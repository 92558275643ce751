// What a session goes on seeing where sessions are stale: the MIG devices that were there when it
// began. Sources: NVIDIA/libcudacxx#224 (a device that is gone is found by its index),
// Project-HAMi/HAMi#1950 (one that is new is not found by its UUID). Assumed: lists of GPU
// instances and compute instances come from the driver and are never stale, and a session sees what
// its own process changes.
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

  // The GPU as it is, but for its instances.
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
