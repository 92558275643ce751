#include "simulator/model/compute_instances.h"

#include <algorithm>

#include "simulator/model/placement_choice.h"

namespace migsim {
namespace {

std::uint32_t OccupiedSlices(const GpuInstance& gpu_instance) {
  std::uint32_t occupied = 0;
  for (const ComputeInstance& instance : gpu_instance.compute_instances) {
    if (instance.live()) occupied |= instance.place.mask();
  }
  return occupied;
}

unsigned AllowedMore(const GpuView& gpu, const GpuInstance& gpu_instance,
                     const ComputeProfile& profile) {
  const auto live =
      std::ranges::count_if(gpu_instance.compute_instances, [&](const ComputeInstance& instance) {
        return instance.live() && &gpu.ProfileOf(gpu_instance, instance) == &profile;
      });
  return profile.instance_count - std::min<unsigned>(profile.instance_count, live);
}

// The listed place that a caller's place selects.
std::optional<Span> ListedPlace(std::span<const Span> places, Span wanted, bool strict) {
  const auto found = std::ranges::find_if(places, [=](Span place) {
    return place.start == wanted.start && (!strict || place.size == wanted.size);
  });
  return found == places.end() ? std::nullopt : std::optional(*found);
}

// With aligned slots, the driver takes the place that costs the fewest other places, and the lowest
// of equal ones (kmigmgrGetFreeCTSId). Otherwise it takes the lowest free place
// (kgrmgrCheckVeidsRequest).
std::optional<Span> DriverChoice(const GpuView& gpu, std::span<const ComputeProfile> profiles,
                                 std::uint32_t occupied, const ComputeProfile& profile) {
  if (gpu.aligns_compute()) {
    return ChoosePlacement(
        profiles, occupied, profile, [&](const ComputeProfile& each) { return gpu.PlacesOf(each); },
        [](Span) { return 0u; }, [](Span place) { return place.start; });
  }
  const auto places = gpu.PlacesOf(profile);
  const auto found =
      std::ranges::find_if(places, [=](Span place) { return (place.mask() & occupied) == 0; });
  return found == places.end() ? std::nullopt : std::optional(*found);
}

}  // namespace

unsigned RemainingCapacity(const GpuView& gpu, const GpuInstance& gpu_instance,
                           const ComputeProfile& profile) {
  const std::uint32_t occupied = OccupiedSlices(gpu_instance);
  const auto free = std::ranges::count_if(
      gpu.PlacesOf(profile), [=](Span place) { return (place.mask() & occupied) == 0; });
  return std::min(static_cast<unsigned>(free), AllowedMore(gpu, gpu_instance, profile));
}

ModelResult CreateComputeInstance(const GpuView& gpu, GpuInstance& gpu_instance,
                                  unsigned profile_id, std::optional<Span> place,
                                  std::uint32_t generation, unsigned& id) {
  const auto profiles = gpu.ComputeProfilesOf(gpu_instance);
  const ComputeProfile* profile = FindById(profiles, profile_id);
  if (profile == nullptr) return ModelResult::kInvalidArgument;
  const std::uint32_t occupied = OccupiedSlices(gpu_instance);
  const bool strict = gpu.rules.checks == Checks::kStrict;
  if (place) {
    place = ListedPlace(gpu.PlacesOf(*profile), *place, strict);
    if (!place) return ModelResult::kInvalidArgument;
    if ((place->mask() & occupied) != 0) {
      return strict ? ModelResult::kInUse : ModelResult::kInsufficientResources;
    }
  }
  if (AllowedMore(gpu, gpu_instance, *profile) == 0) return ModelResult::kInsufficientResources;
  if (!place) place = DriverChoice(gpu, profiles, occupied, *profile);
  if (!place) return ModelResult::kInsufficientResources;

  const auto slot =
      std::ranges::find_if_not(gpu_instance.compute_instances, &ComputeInstance::live);
  if (slot == std::end(gpu_instance.compute_instances)) return ModelResult::kInsufficientResources;
  id = static_cast<unsigned>(slot - gpu_instance.compute_instances);
  *slot = {generation, static_cast<std::uint8_t>(profile - profiles.data()), *place, 0};
  return ModelResult::kSuccess;
}

ModelResult DestroyComputeInstance(const GpuView& gpu, GpuState& state,
                                   const ProcessTable& processes, unsigned gpu_instance,
                                   unsigned id) {
  if (InUse(processes, gpu.index, gpu_instance, id)) return ModelResult::kInUse;
  state.instances[gpu_instance].compute_instances[id] = {};
  return ModelResult::kSuccess;
}

}  // namespace migsim
