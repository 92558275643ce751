// Compute instances of one GPU instance: profiles, placements, listing, creating, destroying.
#ifndef MIG_NVML_COMPUTE_INSTANCE_H_
#define MIG_NVML_COMPUTE_INSTANCE_H_

#include <optional>
#include <string>
#include <vector>

#include "nvml/gpu_instance.h"

namespace mig {

struct ComputeInstanceProfile {
  unsigned int id = 0;
  unsigned int slice_count = 0;
  unsigned int instance_count = 0;
  unsigned int multiprocessor_count = 0;
  unsigned int shared_copy_engine_count = 0;
  unsigned int shared_decoder_count = 0;
  unsigned int shared_encoder_count = 0;
  unsigned int shared_jpeg_count = 0;
  unsigned int shared_ofa_count = 0;
  // From R545 on.
  std::optional<unsigned int> capabilities;
  // From R510 on.
  std::optional<std::string> name;

  friend bool operator==(const ComputeInstanceProfile&, const ComputeInstanceProfile&) = default;
};

struct ComputeInstanceInfo {
  unsigned int id = 0;
  unsigned int profile_id = 0;
  // Absent before R450.80, which does not report it.
  std::optional<Placement> placement;
};

Outcome<ComputeInstanceProfile> GetComputeInstanceProfile(const Symbols& nvml,
                                                          abi::nvmlGpuInstance_t gpu_instance,
                                                          unsigned int index,
                                                          ProfileStruct& newest);
// In ascending order of start.
Outcome<std::vector<Placement>> GetComputeInstancePlacements(const Symbols& nvml,
                                                             abi::nvmlGpuInstance_t gpu_instance,
                                                             unsigned int profile_id);
Outcome<unsigned int> GetComputeInstanceCapacity(const Symbols& nvml,
                                                 abi::nvmlGpuInstance_t gpu_instance,
                                                 unsigned int profile_id);
Outcome<HandleList<abi::nvmlComputeInstance_t>> GetComputeInstances(
    const Symbols& nvml, abi::nvmlGpuInstance_t gpu_instance, unsigned int profile_id);
Outcome<abi::nvmlComputeInstance_t> GetComputeInstanceById(const Symbols& nvml,
                                                           abi::nvmlGpuInstance_t gpu_instance,
                                                           unsigned int id);
Outcome<ComputeInstanceInfo> GetComputeInstanceInfo(const Symbols& nvml,
                                                    abi::nvmlComputeInstance_t compute_instance);
// All or nothing: an instance that cannot be read back is destroyed again. Without a placement, the
// driver chooses one.
Outcome<ComputeInstanceInfo> CreateComputeInstance(const Symbols& nvml,
                                                   abi::nvmlGpuInstance_t gpu_instance,
                                                   unsigned int profile_id,
                                                   const std::optional<Placement>& placement);

}  // namespace mig

#endif  // MIG_NVML_COMPUTE_INSTANCE_H_
