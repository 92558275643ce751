// What a GPU can be divided into does not change while its driver runs. Asking for it is most of a
// first look, so a process asks once.
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
  // Empty where the driver cannot tell (before R525).
  std::vector<Placement> placements;

  friend bool operator==(const PlacedComputeInstanceProfile&,
                         const PlacedComputeInstanceProfile&) = default;
};

struct PlacedGpuInstanceProfile {
  unsigned int index = 0;
  GpuInstanceProfile profile;
  std::vector<Placement> placements;
  // Absent until a GPU instance of this profile has been seen: NVML can be asked only inside one.
  std::optional<std::vector<PlacedComputeInstanceProfile>> compute_instance_profiles;

  friend bool operator==(const PlacedGpuInstanceProfile&,
                         const PlacedGpuInstanceProfile&) = default;
};

using GpuProfiles = std::vector<PlacedGpuInstanceProfile>;

// The profiles of a kind of GPU, as far as they are known. Tables with equal content are one
// object, which never changes and lives as long as the process: its number says all that it says.
struct ProfileTable {
  unsigned int number;
  GpuProfiles profiles;

  static const ProfileTable* Of(GpuProfiles profiles);
  // Null when there is none of this number.
  static const ProfileTable* Find(unsigned int number);
};

// All that the profiles of a GPU follow from. A UUID alone does not do: simulated machines that
// follow one another can have equal ones.
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
  // Made for one look; it must not outlive what it refers to.
  using Key = ProfileKey<std::string_view>;

  // Null when nothing is known.
  const ProfileTable* Find(const Key& key);
  void Remember(const Key& key, const ProfileTable* table);
  // Whoever doubts what a driver has told has it asked again.
  void Forget();

 private:
  std::mutex mutex_;
  std::map<ProfileKey<std::string>, const ProfileTable*, std::less<>> tables_;
};

}  // namespace mig

#endif  // MIG_NVML_KNOWN_PROFILES_H_
