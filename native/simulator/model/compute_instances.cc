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

}  // namespace

unsigned remaining_capacity(const GpuView& gpu, const GpuInstance& gpu_instance,
                            const ComputeProfile& profile) {
  const std::uint32_t occupied = occupied_slices(gpu_instance);
  const auto free = std::ranges::count_if(
      profile.placements, [=](Span place) { return (place.mask() & occupied) == 0; });
  return std::min(static_cast<unsigned>(free), allowed_more(gpu, gpu_instance, profile));
}

Outcome create_compute_instance(const GpuView& gpu, GpuInstance& gpu_instance, unsigned profile_id,
                                std::optional<Span> place, std::uint32_t generation, unsigned& id) {
  const auto profiles = gpu.compute_profiles_of(gpu_instance);
  const ComputeProfile* profile = find_by_id(profiles, profile_id);
  if (profile == nullptr) return Outcome::kInvalidArgument;
  if (place && std::ranges::find(profile->placements, *place) == profile->placements.end()) {
    return Outcome::kInvalidArgument;
  }
  if (allowed_more(gpu, gpu_instance, *profile) == 0) return Outcome::kInsufficientResources;
  const std::uint32_t occupied = occupied_slices(gpu_instance);
  if (!place) {
    place = choose_placement(
        profiles, occupied, *profile, [](Span) { return 0u; }, [](Span s) { return s.start; });
  }
  if (!place || (place->mask() & occupied) != 0) return Outcome::kInsufficientResources;

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
