// Compute instances inside a GPU instance.
#ifndef MIG_SIMULATOR_MODEL_COMPUTE_INSTANCES_H_
#define MIG_SIMULATOR_MODEL_COMPUTE_INSTANCES_H_

#include <optional>

#include "simulator/model/gpu_view.h"
#include "simulator/model/model_result.h"
#include "simulator/model/processes.h"

namespace migsim {

unsigned RemainingCapacity(const GpuView& gpu, const GpuInstance& gpu_instance,
                           const ComputeProfile& profile);

// Creates an instance at `place`, or where the driver would put it, and sets its id: the lowest
// free number. kInvalidArgument: no such profile or placement. kInUse: `place` is occupied
// (NV_ERR_STATE_IN_USE in open-gpu-kernel-modules; it is inferred that NVML passes it on, so loose
// checks answer otherwise). kInsufficientResources: it does not fit.
ModelResult CreateComputeInstance(const GpuView& gpu, GpuInstance& gpu_instance,
                                  unsigned profile_id, std::optional<Span> place,
                                  std::uint32_t generation, unsigned& id);

// kInUse: a process still uses it.
ModelResult DestroyComputeInstance(const GpuView& gpu, GpuState& state,
                                   const ProcessTable& processes, unsigned gpu_instance,
                                   unsigned id);

}  // namespace migsim

#endif  // MIG_SIMULATOR_MODEL_COMPUTE_INSTANCES_H_
