// The profiles of a GPU do not change while its driver runs. Reading them is most of a first read
// of a machine, so a process reads them once.
#ifndef MIG_NVML_KNOWN_PROFILES_H_
#define MIG_NVML_KNOWN_PROFILES_H_

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "nvml/compute_instance.h"
#include "nvml/gpu_instance.h"

namespace mig {

struct PlacedComputeInstanceProfile {
  unsigned int index = 0;
  ComputeInstanceProfile profile;
  // Empty where the driver does not report them (before R525).
  std::vector<Placement> placements;

  friend bool operator==(const PlacedComputeInstanceProfile&,
                         const PlacedComputeInstanceProfile&) = default;
};

struct PlacedGpuInstanceProfile {
  unsigned int index = 0;
  GpuInstanceProfile profile;
  std::vector<Placement> placements;
  // Absent until a GPU instance of this profile has been seen: NVML reports them only inside one.
  std::optional<std::vector<PlacedComputeInstanceProfile>> compute_instance_profiles;

  friend bool operator==(const PlacedGpuInstanceProfile&,
                         const PlacedGpuInstanceProfile&) = default;
};

using GpuProfiles = std::vector<PlacedGpuInstanceProfile>;

// The known profiles of a kind of GPU. Tables with equal content are one object, which never
// changes and lives as long as the process. So its number stands for its content.
struct ProfileTable {
  unsigned int number;
  GpuProfiles profiles;

  static const ProfileTable* Of(GpuProfiles profiles);
  // Null if there is no table with this number.
  static const ProfileTable* Find(unsigned int number);
};

// Everything that decides the profiles of a GPU. A UUID alone is not enough, because a simulated
// machine can have the UUIDs of one before it.
template <typename Text>
struct ProfileKey {
  Text uuid;
  Text name;
  unsigned int pci_device_id;
  std::uint64_t memory_total;
  Text driver_version;

  template <typename OtherText>
  auto operator<=>(const ProfileKey<OtherText>& other) const {
    return Tie() <=> other.Tie();
  }
  auto Tie() const { return std::tie(uuid, name, pci_device_id, memory_total, driver_version); }
};

class KnownProfiles {
 public:
  // For one look-up: it must not outlive the texts that it refers to.
  using Key = ProfileKey<std::string_view>;

  // Null if nothing is known.
  const ProfileTable* Find(const Key& key);
  void Remember(const Key& key, const ProfileTable* table);
  // The next read asks the driver again, for callers that doubt its answers.
  void Forget();

 private:
  std::mutex mutex_;
  std::map<ProfileKey<std::string>, const ProfileTable*, std::less<>> tables_;
};

}  // namespace mig

#endif  // MIG_NVML_KNOWN_PROFILES_H_
