// A GPU together with everything that its answers depend on.
#ifndef MIG_SIMULATOR_MODEL_GPU_VIEW_H_
#define MIG_SIMULATOR_MODEL_GPU_VIEW_H_

#include <algorithm>
#include <span>

#include "simulator/model/catalog.h"
#include "simulator/model/driver_features.h"
#include "simulator/model/gpu_state.h"
#include "simulator/model/machine_spec.h"

namespace migsim {

// Profiles are in the order of their indexes, so the ones that a driver knows come first.
template <typename Profile>
std::span<const Profile> KnownProfiles(std::span<const Profile> all, unsigned known_indexes) {
  const auto end = std::ranges::partition_point(
      all, [=](const Profile& profile) { return profile.index < known_indexes; });
  return {all.begin(), end};
}

struct GpuView {
  unsigned index;
  DriverVersion driver;
  const GpuState& state;
  DriverRules rules = {};

  const GpuModel& model() const { return GpuModels()[state.model]; }
  const Geometry& geometry() const { return model().geometry->ToldBy(driver); }

  // RTX PRO workstation boards support MIG in the compute display mode only (MIG User Guide). In
  // the other mode a captured driver, 580.65.06, neither reports nor sets a MIG mode, and has no
  // profiles. That board's firmware was too old as well, so the effect of the display mode alone is
  // assumed.
  bool mig_capable() const {
    return geometry().mig_capable() && (!model().ships_for_graphics || state.compute_display);
  }
  bool drives_display() const {
    return geometry().display || (model().ships_for_graphics && !state.compute_display);
  }

  std::span<const GpuProfile> profiles() const {
    return KnownProfiles(geometry().profiles, KnownGpuProfiles(driver));
  }
  const GpuProfile& ProfileOf(const GpuInstance& instance) const {
    return geometry().profiles[instance.profile];
  }
  std::span<const ComputeProfile> ComputeProfilesOf(const GpuInstance& instance) const {
    return KnownProfiles(ProfileOf(instance).compute_profiles, KnownComputeProfiles(driver));
  }
  std::span<const Span> PlacesOf(const ComputeProfile& profile) const {
    return rules.compute_places == ComputePlaces::kCatalog ? profile.placements
                                                           : profile.other_placements;
  }
  bool aligns_compute() const {
    return geometry().aligned_compute == (rules.compute_places == ComputePlaces::kCatalog);
  }
  const ComputeProfile& ProfileOf(const GpuInstance& gpu_instance,
                                  const ComputeInstance& instance) const {
    return ProfileOf(gpu_instance).compute_profiles[instance.profile];
  }
};

template <typename Profile>
const Profile* FindById(std::span<const Profile> profiles, unsigned id) {
  const auto found = std::ranges::find(profiles, id, &Profile::id);
  return found == profiles.end() ? nullptr : &*found;
}

template <typename Profile>
const Profile* FindByIndex(std::span<const Profile> profiles, unsigned index) {
  const auto found = std::ranges::find(profiles, index, &Profile::index);
  return found == profiles.end() ? nullptr : &*found;
}

}  // namespace migsim

#endif  // MIG_SIMULATOR_MODEL_GPU_VIEW_H_
