// Every GPU with everything in it, in one go.
#ifndef MIG_ADDON_SNAPSHOT_H_
#define MIG_ADDON_SNAPSHOT_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nvml/known_gpus.h"
#include "nvml/session.h"

namespace mig {

struct ComputeInstanceSnapshot {
  ComputeInstanceInfo info;
  // Absent where this process cannot see the MIG device.
  std::optional<std::string> uuid;
};

struct GpuInstanceSnapshot {
  GpuInstanceInfo info;
  std::vector<ComputeInstanceSnapshot> compute_instances;
};

struct GpuSnapshot {
  unsigned int index = 0;
  // Empty when the GPU failed before it could tell and was never seen before.
  std::string uuid;
  // Why the rest is not there: a GPU that is lost must not hide the others.
  Status failure;
  std::shared_ptr<const KnownGpu> known;
  // Absent: this GPU cannot do MIG.
  std::optional<CurrentAndPending> mig_mode;
  std::vector<GpuInstanceSnapshot> gpu_instances;
};

// GPUs that the caller may not open are left out, as NVML's count includes them.
Outcome<std::vector<GpuSnapshot>> ReadSnapshot(Session& session);

// The compute instance profiles of one kind of GPU instance, asked inside a live one.
Outcome<std::vector<PlacedComputeInstanceProfile>> ReadComputeInstanceProfilesOf(
    Session& session, const std::string& gpu, unsigned int gpu_instance_id,
    unsigned int gpu_instance_profile_id);

}  // namespace mig

#endif  // MIG_ADDON_SNAPSHOT_H_
