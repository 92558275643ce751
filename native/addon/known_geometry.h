// The profiles of one GPU: remembered where possible, read where not.
#ifndef MIG_ADDON_KNOWN_GEOMETRY_H_
#define MIG_ADDON_KNOWN_GEOMETRY_H_

#include <string>
#include <vector>

#include "nvml/session.h"

namespace mig {

class KnownGeometry {
 public:
  // All three arguments must outlive this.
  KnownGeometry(Session& session, const std::string& uuid, const GpuIdentity& identity);

  // Null if the driver does not report them.
  const ProfileTable* table() const { return table_; }

  Status ReadIfUnknown(abi::nvmlDevice_t gpu, bool mig_enabled);

  // Null when not yet known.
  const std::vector<PlacedComputeInstanceProfile>* ComputeInstanceProfilesOf(
      unsigned int gpu_instance_profile_id) const;
  void RememberComputeInstanceProfiles(unsigned int gpu_instance_profile_id,
                                       const std::vector<PlacedComputeInstanceProfile>& profiles);

 private:
  void Remember(GpuProfiles profiles);

  Session& session_;
  KnownProfiles::Key key_;
  const ProfileTable* table_;
};

// The compute instance profiles of one GPU instance profile, read inside a live GPU instance.
Outcome<std::vector<PlacedComputeInstanceProfile>> ReadComputeInstanceProfilesOf(
    Session& session, const std::string& gpu, unsigned int gpu_instance_id,
    unsigned int gpu_instance_profile_id);

}  // namespace mig

#endif  // MIG_ADDON_KNOWN_GEOMETRY_H_
