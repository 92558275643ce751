#include "addon/known_geometry.h"

#include <algorithm>
#include <utility>

#include "addon/geometry.h"

namespace mig {
namespace {

// A UUID alone does not do: simulated machines that follow one another can have equal ones.
std::string KeyOf(const Session& session, const std::string& uuid, const GpuIdentity& identity) {
  return session.driver_version() + '/' + uuid + '/' + identity.name + '/' +
         std::to_string(identity.pci.device_id) + '/' +
         std::to_string(identity.memory_total.value_or(0));
}

}  // namespace

KnownGeometry::KnownGeometry(Session& session, const std::string& uuid, const GpuIdentity& identity)
    : session_(session),
      key_(KeyOf(session, uuid, identity)),
      profiles_(session.machine().known_profiles().Find(key_)) {}

Status KnownGeometry::ReadIfUnknown(abi::nvmlDevice_t gpu, bool mig_enabled) {
  // A driver that tells nothing with MIG off is not answered for, even if it has told before.
  if (!mig_enabled && !TellsWithMigOff(session_)) {
    profiles_ = nullptr;
    return {};
  }
  if (profiles_ != nullptr) return {};
  auto read = ReadGpuInstanceProfiles(session_, gpu, mig_enabled);
  if (!read.ok() || !read.value) return read.status;
  profiles_ = std::make_shared<const GpuProfiles>(std::move(*read.value));
  session_.machine().known_profiles().Remember(key_, profiles_);
  return {};
}

const std::vector<PlacedComputeInstanceProfile>* KnownGeometry::ComputeInstanceProfilesOf(
    unsigned int gpu_instance_profile_id) const {
  if (profiles_ == nullptr) return nullptr;
  for (const auto& profile : *profiles_) {
    if (profile.profile.id == gpu_instance_profile_id && profile.compute_instance_profiles)
      return &*profile.compute_instance_profiles;
  }
  return nullptr;
}

void KnownGeometry::RememberComputeInstanceProfiles(
    unsigned int gpu_instance_profile_id, std::vector<PlacedComputeInstanceProfile> profiles) {
  if (profiles_ == nullptr) return;
  auto more = std::make_shared<GpuProfiles>(*profiles_);
  for (auto& profile : *more) {
    if (profile.profile.id == gpu_instance_profile_id) profile.compute_instance_profiles = profiles;
  }
  profiles_ = std::move(more);
  session_.machine().known_profiles().Remember(key_, profiles_);
}

}  // namespace mig
