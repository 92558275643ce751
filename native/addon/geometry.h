// What a GPU can be divided into, read whole.
#ifndef MIG_ADDON_GEOMETRY_H_
#define MIG_ADDON_GEOMETRY_H_

#include <vector>

#include "nvml/known_profiles.h"
#include "nvml/session.h"

namespace mig {

// Before R550 drivers do not answer for a GPU on which MIG is off.
bool TellsWithMigOff(const Session& session);

// No value: the driver does not tell, because MIG is off on it (before R550) or because it asks for
// permission that this process has not got.
Outcome<std::optional<GpuProfiles>> ReadGpuInstanceProfiles(const Session& session,
                                                            abi::nvmlDevice_t gpu,
                                                            bool mig_enabled);

Outcome<std::vector<PlacedComputeInstanceProfile>> ReadComputeInstanceProfiles(
    const Symbols& nvml, abi::nvmlGpuInstance_t gpu_instance);

}  // namespace mig

#endif  // MIG_ADDON_GEOMETRY_H_
