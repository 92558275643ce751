// The profiles of one GPU: remembered where possible, read where not.
#ifndef MIG_ADDON_KNOWN_GEOMETRY_H_
#define MIG_ADDON_KNOWN_GEOMETRY_H_

#include <memory>
#include <string>
#include <vector>

#include "nvml/session.h"

namespace mig {

class KnownGeometry {
 public:
  KnownGeometry(Session& session, const std::string& uuid, const GpuIdentity& identity);

  // Null when the driver does not tell.
  const std::shared_ptr<const GpuProfiles>& profiles() const { return profiles_; }

  Status ReadIfUnknown(abi::nvmlDevice_t gpu, bool mig_enabled);

  // Null when not yet known.
  const std::vector<PlacedComputeInstanceProfile>* ComputeInstanceProfilesOf(
      unsigned int gpu_instance_profile_id) const;
  void RememberComputeInstanceProfiles(unsigned int gpu_instance_profile_id,
                                       std::vector<PlacedComputeInstanceProfile> profiles);

 private:
  Session& session_;
  std::string key_;
  std::shared_ptr<const GpuProfiles> profiles_;
};

}  // namespace mig

#endif  // MIG_ADDON_KNOWN_GEOMETRY_H_
