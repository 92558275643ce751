#include "simulator/model/compute_instances.h"

#include <algorithm>

#include "simulator/model/placement_choice.h"

namespace migsim {
namespace {

std::uint32_t occupied_slices(const GpuInstance& gpu_instance) {
  std::uint32_t occupied = 0;
  for (const ComputeInstance& instance : gpu_instance.compute_instances) {
    if (instance.live()) occupied |= instance.place.mask();
  }
  return occupied;
}

unsigned allowed_more(const GpuView& gpu, const GpuInstance& gpu_instance,
                      const ComputeProfile& profile) {
  const auto live =
      std::ranges::count_if(gpu_instance.compute_instances, [&](const ComputeInstance& instance) {
        return instance.live() && &gpu.profile_of(gpu_instance, instance) == &profile;
      });
  return profile.instance_count - std::min<unsigned>(profile.instance_count, live);
}

// The place of the list that a caller means.
std::optional<Span> listed_place(std::span<const Span> places, Span wanted, bool strict) {
  const auto found = std::ranges::find_if(places, [=](Span place) {
    return place.start == wanted.start && (!strict || place.size == wanted.size);
  });
  return found == places.end() ? std::nullopt : std::optional(*found);
}

// Where slots are aligned, the place that costs the fewest others, the lowest of equal ones
// (kmigmgrGetFreeCTSId); elsewhere the lowest free one (kgrmgrCheckVeidsRequest).
std::optional<Span> driver_choice(const GpuView& gpu, std::span<const ComputeProfile> profiles,
                                  std::uint32_t occupied, const ComputeProfile& profile) {
  if (gpu.aligns_compute()) {
    return choose_placement(
        profiles, occupied, profile,
        [&](const ComputeProfile& each) { return gpu.places_of(each); }, [](Span) { return 0u; },
        [](Span place) { return place.start; });
  }
  const auto places = gpu.places_of(profile);
  const auto found =
      std::ranges::find_if(places, [=](Span place) { return (place.mask() & occupied) == 0; });
  return found == places.end() ? std::nullopt : std::optional(*found);
}

}  // namespace

unsigned remaining_capacity(const GpuView& gpu, const GpuInstance& gpu_instance,
                            const ComputeProfile& profile) {
  const std::uint32_t occupied = occupied_slices(gpu_instance);
  const auto free = std::ranges::count_if(
      gpu.places_of(profile), [=](Span place) { return (place.mask() & occupied) == 0; });
  return std::min(static_cast<unsigned>(free), allowed_more(gpu, gpu_instance, profile));
}

Outcome create_compute_instance(const GpuView& gpu, GpuInstance& gpu_instance, unsigned profile_id,
                                std::optional<Span> place, std::uint32_t generation, unsigned& id) {
  const auto profiles = gpu.compute_profiles_of(gpu_instance);
  const ComputeProfile* profile = find_by_id(profiles, profile_id);
  if (profile == nullptr) return Outcome::kInvalidArgument;
  const std::uint32_t occupied = occupied_slices(gpu_instance);
  const bool strict = gpu.rules.checks == Checks::kStrict;
  if (place) {
    place = listed_place(gpu.places_of(*profile), *place, strict);
    if (!place) return Outcome::kInvalidArgument;
    if ((place->mask() & occupied) != 0) {
      return strict ? Outcome::kInUse : Outcome::kInsufficientResources;
    }
  }
  if (allowed_more(gpu, gpu_instance, *profile) == 0) return Outcome::kInsufficientResources;
  if (!place) place = driver_choice(gpu, profiles, occupied, *profile);
  if (!place) return Outcome::kInsufficientResources;

  const auto slot =
      std::ranges::find_if_not(gpu_instance.compute_instances, &ComputeInstance::live);
  if (slot == std::end(gpu_instance.compute_instances)) return Outcome::kInsufficientResources;
  id = static_cast<unsigned>(slot - gpu_instance.compute_instances);
  *slot = {generation, static_cast<std::uint8_t>(profile - profiles.data()), *place, 0};
  return Outcome::kSuccess;
}

Outcome destroy_compute_instance(const GpuView& gpu, GpuState& state, const ProcessTable& processes,
                                 unsigned gpu_instance, unsigned id) {
  if (in_use(processes, gpu.index, gpu_instance, id)) return Outcome::kInUse;
  state.instances[gpu_instance].compute_instances[id] = {};
  return Outcome::kSuccess;
}

}  // namespace migsim
