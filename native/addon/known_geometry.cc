#include "addon/known_geometry.h"

#include <utility>

#include "addon/geometry.h"

namespace mig {

KnownGeometry::KnownGeometry(Session& session, const std::string& uuid, const GpuIdentity& identity)
    : session_(session),
      key_{uuid, identity.name, identity.pci.device_id, identity.memory_total.value_or(0),
           session.driver_version()},
      table_(session.machine().known_profiles().Find(key_)) {}

Status KnownGeometry::ReadIfUnknown(abi::nvmlDevice_t gpu, bool mig_enabled) {
  // Like such a driver, this reports nothing while MIG is off, even if it knows more from before.
  if (!mig_enabled && !TellsWithMigOff(session_)) {
    table_ = nullptr;
    return {};
  }
  if (table_ != nullptr) return {};
  auto read = ReadGpuInstanceProfiles(session_, gpu, mig_enabled);
  if (read.ok() && read.value) Remember(std::move(*read.value));
  return read.status;
}

const std::vector<PlacedComputeInstanceProfile>* KnownGeometry::ComputeInstanceProfilesOf(
    unsigned int gpu_instance_profile_id) const {
  if (table_ == nullptr) return nullptr;
  for (const auto& profile : table_->profiles) {
    if (profile.profile.id == gpu_instance_profile_id && profile.compute_instance_profiles)
      return &*profile.compute_instance_profiles;
  }
  return nullptr;
}

void KnownGeometry::RememberComputeInstanceProfiles(
    unsigned int gpu_instance_profile_id,
    const std::vector<PlacedComputeInstanceProfile>& profiles) {
  if (table_ == nullptr) return;
  GpuProfiles more = table_->profiles;
  for (auto& profile : more) {
    if (profile.profile.id == gpu_instance_profile_id) profile.compute_instance_profiles = profiles;
  }
  Remember(std::move(more));
}

void KnownGeometry::Remember(GpuProfiles profiles) {
  table_ = ProfileTable::Of(std::move(profiles));
  session_.machine().known_profiles().Remember(key_, table_);
}

Outcome<std::vector<PlacedComputeInstanceProfile>> ReadComputeInstanceProfilesOf(
    Session& session, const std::string& uuid, unsigned int gpu_instance_id,
    unsigned int gpu_instance_profile_id) {
  const auto gpu = session.Device(uuid);
  if (!gpu.ok()) return gpu.status;
  const auto identity = session.Identity(uuid, gpu.value);
  if (!identity.ok()) return identity.status;
  KnownGeometry geometry(session, uuid, *identity.value);
  if (const auto* known = geometry.ComputeInstanceProfilesOf(gpu_instance_profile_id))
    return *known;

  const Symbols& nvml = session.nvml();
  const auto handle = GetGpuInstanceById(nvml, gpu.value, gpu_instance_id);
  if (!handle.ok()) return handle.status;
  auto profiles = ReadComputeInstanceProfiles(nvml, handle.value);
  if (!profiles.ok()) return profiles.status;
  const auto info = GetGpuInstanceInfo(nvml, handle.value);
  if (!info.ok()) return info.status;
  if (info.value.profile_id == gpu_instance_profile_id)
    geometry.RememberComputeInstanceProfiles(gpu_instance_profile_id, profiles.value);
  return profiles;
}

}  // namespace mig
