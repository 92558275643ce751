#include "addon/geometry.h"

#include <utility>

#include "nvml/bounds.h"

namespace mig {
namespace {

// From this branch on, drivers report profiles while MIG is off.
constexpr unsigned int kMigOffBranch = 550;

// Calls `read(index)` for every index that the driver knows; NOT_SUPPORTED is a gap.
template <typename Profile, typename Read>
Outcome<std::vector<Profile>> WalkIndexes(Read read) {
  std::vector<Profile> profiles;
  for (unsigned int index = 0; index < kMostProfileIndexes; ++index) {
    auto profile = read(index);
    if (profile.status.is(abi::NVML_ERROR_NOT_SUPPORTED)) continue;
    if (profile.status.is(abi::NVML_ERROR_INVALID_ARGUMENT)) break;
    if (!profile.ok()) return profile.status;
    Profile& known = profiles.emplace_back();
    known.index = index;
    known.profile = std::move(profile.value);
  }
  return profiles;
}

Outcome<GpuProfiles> WalkGpuInstanceProfiles(const Symbols& nvml, abi::nvmlDevice_t gpu,
                                             ProfileStruct newest) {
  return WalkIndexes<PlacedGpuInstanceProfile>(
      [&](unsigned int index) { return GetGpuInstanceProfile(nvml, gpu, index, newest); });
}

bool Withheld(Status status) {
  return status.is(abi::NVML_ERROR_NOT_SUPPORTED) || status.is(abi::NVML_ERROR_NO_PERMISSION);
}

}  // namespace

bool TellsWithMigOff(const Session& session) {
  const unsigned int branch = session.driver_branch();
  return branch == 0 || branch >= kMigOffBranch;
}

Outcome<std::optional<GpuProfiles>> ReadGpuInstanceProfiles(const Session& session,
                                                            abi::nvmlDevice_t gpu,
                                                            bool mig_enabled) {
  const Symbols& nvml = session.nvml();
  auto profiles = WalkGpuInstanceProfiles(nvml, gpu, ProfileStruct());
  // By the header, MIG must be on for the versioned query, and need not be on for the plain one.
  if (!mig_enabled && profiles.ok() && profiles.value.empty())
    profiles = WalkGpuInstanceProfiles(nvml, gpu, ProfileStruct(ProfileStruct::Version::kV1));
  Status status = profiles.status;
  for (auto& profile : profiles.value) {
    if (!status.ok()) break;
    auto placements = GetGpuInstancePlacements(nvml, gpu, profile.profile.id);
    status = placements.status;
    profile.placements = std::move(placements.value);
  }
  if ((!mig_enabled && Withheld(status)) || (status.ok() && profiles.value.empty()))
    return {std::optional<GpuProfiles>()};
  if (!status.ok()) return status;
  return std::optional(std::move(profiles.value));
}

Outcome<std::vector<PlacedComputeInstanceProfile>> ReadComputeInstanceProfiles(
    const Symbols& nvml, abi::nvmlGpuInstance_t gpu_instance) {
  ProfileStruct newest;
  auto profiles = WalkIndexes<PlacedComputeInstanceProfile>([&](unsigned int index) {
    return GetComputeInstanceProfile(nvml, gpu_instance, index, newest);
  });
  for (auto& profile : profiles.value) {
    auto placements = GetComputeInstancePlacements(nvml, gpu_instance, profile.profile.id);
    if (placements.status.missing()) break;
    if (!placements.ok()) return placements.status;
    profile.placements = std::move(placements.value);
  }
  return profiles;
}

}  // namespace mig
