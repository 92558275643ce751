// What does not change about a GPU while its driver runs. Asking for it is most of a first look,
// so a process asks once.
#ifndef MIG_NVML_KNOWN_GPUS_H_
#define MIG_NVML_KNOWN_GPUS_H_

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "nvml/compute_instance.h"
#include "nvml/gpu.h"
#include "nvml/gpu_instance.h"

namespace mig {

struct PlacedComputeInstanceProfile {
  unsigned int index = 0;
  ComputeInstanceProfile profile;
  // Empty where the driver cannot tell (before R525).
  std::vector<Placement> placements;
};

struct PlacedGpuInstanceProfile {
  unsigned int index = 0;
  GpuInstanceProfile profile;
  std::vector<Placement> placements;
  // Absent until a GPU instance of this profile has been seen: NVML can be asked only inside one.
  std::optional<std::vector<PlacedComputeInstanceProfile>> compute_instance_profiles;
};

struct KnownGpu {
  std::string name;
  PciInfo pci;
  // In bytes; absent where the driver does not let this process see it.
  std::optional<std::uint64_t> memory_total;
  // Absent until the driver has told.
  std::optional<std::vector<PlacedGpuInstanceProfile>> profiles;
};

class KnownGpus {
 public:
  // The key is the driver version and the GPU's UUID.
  // Null when nothing is known.
  std::shared_ptr<const KnownGpu> Find(const std::string& key);
  void Remember(const std::string& key, std::shared_ptr<const KnownGpu> gpu);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const KnownGpu>> gpus_;
};

}  // namespace mig

#endif  // MIG_NVML_KNOWN_GPUS_H_
