// Takes a GPU out of service: it drains, is removed from the driver, and is discovered again.
// Sources: NVML header, "Drain states"; open-gpu-kernel-modules, gpu_mgr.c.
#ifndef MIG_SIMULATOR_MODEL_ATTACHMENT_H_
#define MIG_SIMULATOR_MODEL_ATTACHMENT_H_

#include "simulator/model/gpu_state.h"
#include "simulator/model/gpu_view.h"
#include "simulator/model/model_result.h"
#include "simulator/model/processes.h"

namespace migsim {

// kInUse: persistence mode is on, which holds the GPU as a client does.
ModelResult SetDraining(GpuState& state, bool draining);

// Instances, accounting and compute mode are lost; the MIG mode stays. kInUse: a process uses the
// GPU, or persistence mode is on.
ModelResult RemoveGpu(const GpuView& gpu, GpuState& state, const ProcessTable& processes);

// True if the GPU was removed and is available again. A GPU that fell off the bus does not respond.
bool DiscoverGpu(GpuState& state);

}  // namespace migsim

#endif  // MIG_SIMULATOR_MODEL_ATTACHMENT_H_
