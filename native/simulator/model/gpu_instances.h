// GPU instances: which of them can exist together, how to create and how to destroy them.
#ifndef MIG_SIMULATOR_MODEL_GPU_INSTANCES_H_
#define MIG_SIMULATOR_MODEL_GPU_INSTANCES_H_

#include <optional>

#include "simulator/model/gpu_view.h"
#include "simulator/model/model_result.h"
#include "simulator/model/processes.h"

namespace migsim {

bool HasGpuInstances(const GpuState& gpu);

// How many more instances of the profile fit now: limited by free placements, its own maximum and
// the remaining engines.
unsigned RemainingCapacity(const GpuView& gpu, const GpuProfile& profile);

// Creates an instance at `place`, or where the driver would put it, and sets its id.
// kNotSupported: MIG mode is off. kInvalidArgument: no such profile or placement. kInUse: the first
// instance, and a process still uses the whole GPU. kInsufficientResources: it does not fit.
ModelResult CreateGpuInstance(const GpuView& gpu, GpuState& state, const ProcessTable& processes,
                              unsigned profile_id, std::optional<Span> place,
                              std::uint32_t generation, unsigned& id);

// kInUse: it still has a compute instance or a process.
ModelResult DestroyGpuInstance(const GpuView& gpu, GpuState& state, const ProcessTable& processes,
                               unsigned id);

}  // namespace migsim

#endif  // MIG_SIMULATOR_MODEL_GPU_INSTANCES_H_
