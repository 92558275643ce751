// GPU instances of one GPU: profiles, placements, listing, creating, destroying.
#ifndef MIG_NVML_GPU_INSTANCE_H_
#define MIG_NVML_GPU_INSTANCE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nvml/handle_list.h"
#include "nvml/profile_struct.h"
#include "nvml/symbols.h"

namespace mig {

// GPU instances count in memory units of the GPU, compute instances in compute slices of their GPU
// instance.
struct Placement {
  unsigned int start = 0;
  unsigned int size = 0;

  friend bool operator==(const Placement&, const Placement&) = default;
};

struct GpuInstanceProfile {
  unsigned int id = 0;
  unsigned int slice_count = 0;
  unsigned int instance_count = 0;
  unsigned int multiprocessor_count = 0;
  unsigned int copy_engine_count = 0;
  unsigned int decoder_count = 0;
  unsigned int encoder_count = 0;
  unsigned int jpeg_count = 0;
  unsigned int ofa_count = 0;
  std::uint64_t memory_mib = 0;
  // From R545 on only through `capabilities`.
  std::optional<unsigned int> is_p2p_supported;
  // From R545 on.
  std::optional<unsigned int> capabilities;
  // From R510 on.
  std::optional<std::string> name;

  friend bool operator==(const GpuInstanceProfile&, const GpuInstanceProfile&) = default;
};

struct GpuInstanceInfo {
  unsigned int id = 0;
  unsigned int profile_id = 0;
  Placement placement;
};

// `index` is NVML's profile index, `profile_id` the id of a profile: two number spaces.
Outcome<GpuInstanceProfile> GetGpuInstanceProfile(const Symbols& nvml, abi::nvmlDevice_t gpu,
                                                  unsigned int index, ProfileStruct& newest);
Outcome<GpuInstanceProfile> GetGpuInstanceProfileById(const Symbols& nvml, abi::nvmlDevice_t gpu,
                                                      unsigned int profile_id);
// In ascending order of start.
Outcome<std::vector<Placement>> GetGpuInstancePlacements(const Symbols& nvml, abi::nvmlDevice_t gpu,
                                                         unsigned int profile_id);
Outcome<unsigned int> GetGpuInstanceCapacity(const Symbols& nvml, abi::nvmlDevice_t gpu,
                                             unsigned int profile_id);
Outcome<HandleList<abi::nvmlGpuInstance_t>> GetGpuInstances(const Symbols& nvml,
                                                            abi::nvmlDevice_t gpu,
                                                            unsigned int profile_id);
Outcome<abi::nvmlGpuInstance_t> GetGpuInstanceById(const Symbols& nvml, abi::nvmlDevice_t gpu,
                                                   unsigned int id);
Outcome<GpuInstanceInfo> GetGpuInstanceInfo(const Symbols& nvml,
                                            abi::nvmlGpuInstance_t gpu_instance);
// All or nothing: an instance that cannot be read back is destroyed again. Without a placement, the
// driver chooses one.
Outcome<GpuInstanceInfo> CreateGpuInstance(const Symbols& nvml, abi::nvmlDevice_t gpu,
                                           unsigned int profile_id,
                                           const std::optional<Placement>& placement);

}  // namespace mig

#endif  // MIG_NVML_GPU_INSTANCE_H_
