// What a GPU can be divided into does not change while its driver runs. Asking for it is most of a
// first look, so a process asks once.
#ifndef MIG_NVML_KNOWN_PROFILES_H_
#define MIG_NVML_KNOWN_PROFILES_H_

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "nvml/compute_instance.h"
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

using GpuProfiles = std::vector<PlacedGpuInstanceProfile>;

class KnownProfiles {
 public:
  // Null when nothing is known. The key must say all that the profiles follow from.
  std::shared_ptr<const GpuProfiles> Find(const std::string& key);
  void Remember(const std::string& key, std::shared_ptr<const GpuProfiles> profiles);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const GpuProfiles>> profiles_;
};

}  // namespace mig

#endif  // MIG_NVML_KNOWN_PROFILES_H_
