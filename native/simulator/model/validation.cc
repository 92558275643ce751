#include "simulator/model/validation.h"

#include <algorithm>
#include <cstring>

#include "simulator/model/catalog.h"

namespace migsim {
namespace {

constexpr std::uint8_t kComputeModes = 4;  // NVML_COMPUTEMODE_COUNT

// Reading a bool with any other byte is undefined, so this checks the byte.
bool IsBool(const bool& flag) {
  unsigned char byte = 0;
  std::memcpy(&byte, &flag, 1);
  return byte <= 1;
}

bool HasPlacement(const GpuProfile& profile, Span place) {
  return std::ranges::find(profile.placements, place) != profile.placements.end();
}

// Accepts the placements of both rules: the machine may follow either.
bool HasPlacement(const ComputeProfile& profile, Span place) {
  return std::ranges::find(profile.placements, place) != profile.placements.end() ||
         std::ranges::find(profile.other_placements, place) != profile.other_placements.end();
}

// Whether the live instances of a set can exist together: each has a profile and one of its
// placements, no two overlap, and no profile exceeds its count.
template <typename Instance, std::size_t kSlots, typename Profile>
bool CanLiveTogether(const Instance (&instances)[kSlots], std::span<const Profile> profiles) {
  std::uint32_t occupied = 0;
  for (const Instance& instance : instances) {
    if (!instance.live()) continue;
    if (instance.profile >= profiles.size()) return false;
    const Profile& profile = profiles[instance.profile];
    if (!HasPlacement(profile, instance.place)) return false;
    if ((occupied & instance.place.mask()) != 0) return false;
    occupied |= instance.place.mask();
    const auto alike = std::ranges::count_if(instances, [&](const Instance& other) {
      return other.live() && other.profile == instance.profile;
    });
    if (alike > profile.instance_count) return false;
  }
  return true;
}

bool IsValid(const GpuInstance& instance, const GpuProfile& profile) {
  return CanLiveTogether(instance.compute_instances, profile.compute_profiles) &&
         std::ranges::all_of(instance.compute_instances, [](const ComputeInstance& compute) {
           return compute.compute_mode < kComputeModes;
         });
}

bool EnginesSuffice(const GpuState& gpu, const Geometry& geometry) {
  const auto held = [&](std::uint8_t EngineCounts::*engine) {
    unsigned sum = 0;
    for (const GpuInstance& instance : gpu.instances) {
      if (instance.live()) sum += geometry.profiles[instance.profile].engines.*engine;
    }
    return sum;
  };
  return std::ranges::all_of(kEngines,
                             [&](auto engine) { return held(engine) <= geometry.engines.*engine; });
}

bool IdsFitPlaces(const GpuState& gpu, const Geometry& geometry) {
  const auto ids = gpu.halves_swapped ? geometry.instance_ids_swapped : geometry.instance_ids;
  for (unsigned id = 0; id < kGpuInstanceSlots; ++id) {
    if (!gpu.instances[id].live()) continue;
    const auto found = std::ranges::find(ids, gpu.instances[id].place, &GpuInstanceId::place);
    if (found == ids.end() || found->id != id) return false;
  }
  return true;
}

bool InstancesAreValid(const GpuState& gpu, const Geometry& geometry) {
  return CanLiveTogether(gpu.instances, geometry.profiles) && EnginesSuffice(gpu, geometry) &&
         IdsFitPlaces(gpu, geometry) &&
         std::ranges::all_of(gpu.instances, [&](const GpuInstance& instance) {
           return !instance.live() || IsValid(instance, geometry.profiles[instance.profile]);
         });
}

bool SettingsAreValid(const GpuState& gpu, const Geometry& geometry) {
  for (const bool* flag :
       {&gpu.halves_swapped, &gpu.lower_half_first, &gpu.compute_display, &gpu.lost, &gpu.removed,
        &gpu.draining, &gpu.mig_enabled, &gpu.mig_pending, &gpu.persistence_mode,
        &gpu.accounting_mode, &gpu.ecc_enabled, &gpu.ecc_pending}) {
    if (!IsBool(*flag)) return false;
  }
  if (gpu.halves_swapped && geometry.instance_ids_swapped.empty()) return false;
  if (gpu.lower_half_first && !gpu.halves_swapped) return false;
  const bool for_graphics = GpuModels()[gpu.model].ships_for_graphics;
  if (gpu.compute_display && !for_graphics) return false;
  if (gpu.mig_enabled || gpu.mig_pending) {
    if (!geometry.mig_capable() || (for_graphics && !gpu.compute_display)) return false;
  }
  if (gpu.mig_enabled != gpu.mig_pending && !geometry.mode_change_needs_reset) return false;
  if ((gpu.ecc_enabled || gpu.ecc_pending) && !geometry.ecc) return false;
  if (gpu.removed && (gpu.draining || gpu.persistence_mode)) return false;
  return gpu.compute_mode < kComputeModes && gpu.minor < kMinorNumbers;
}

}  // namespace

bool IsValid(const GpuState& gpu) {
  if (gpu.model >= GpuModels().size()) return false;
  const Geometry& geometry = *GpuModels()[gpu.model].geometry;
  if (!SettingsAreValid(gpu, geometry)) return false;
  if (!gpu.mig_enabled || gpu.removed)
    return std::ranges::none_of(gpu.instances, &GpuInstance::live);
  return InstancesAreValid(gpu, geometry);
}

bool IsValid(const SimProcess& process, const GpuState& gpu) {
  return process.pid != 0 && process.kind <= ProcessKind::kSubscriber &&
         process.name[kProcessNameSize - 1] == '\0' && PlaceExists(gpu, process);
}

}  // namespace migsim
