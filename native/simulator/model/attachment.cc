#include "simulator/model/attachment.h"

#include <algorithm>

namespace migsim {

ModelResult SetDraining(GpuState& state, bool draining) {
  if (draining && state.persistence_mode) return ModelResult::kInUse;
  state.draining = draining;
  return ModelResult::kSuccess;
}

ModelResult RemoveGpu(const GpuView& gpu, GpuState& state, const ProcessTable& processes) {
  if (state.persistence_mode || InUse(processes, gpu.index)) return ModelResult::kInUse;
  std::ranges::fill(state.instances, GpuInstance{});
  // The MIG mode stays: the driver keeps it by PCI address and sets it again when the GPU is found
  // (open-gpu-kernel-modules 595.45.04, gpu_mgr.c and kernel_mig_manager.c). This involves no
  // reset, so a pending mode stays pending. Assumed: these two are lost.
  state.accounting_mode = false;
  state.compute_mode = 0;
  // The driver forgets the drain state together with the GPU.
  state.draining = false;
  state.removed = true;
  return ModelResult::kSuccess;
}

bool DiscoverGpu(GpuState& state) {
  if (!state.removed || state.lost) return false;
  state.removed = false;
  return true;
}

}  // namespace migsim
