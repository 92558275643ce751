// Reads everything that a GPU can be divided into.
#ifndef MIG_ADDON_GEOMETRY_H_
#define MIG_ADDON_GEOMETRY_H_

#include <vector>

#include "nvml/known_profiles.h"
#include "nvml/session.h"

namespace mig {

// False before R550, where drivers report nothing for a GPU with MIG off.
bool TellsWithMigOff(const Session& session);

// No value: the driver does not report it, because MIG is off (before R550) or because this process
// lacks the permission.
Outcome<std::optional<GpuProfiles>> ReadGpuInstanceProfiles(const Session& session,
                                                            abi::nvmlDevice_t gpu,
                                                            bool mig_enabled);

Outcome<std::vector<PlacedComputeInstanceProfile>> ReadComputeInstanceProfiles(
    const Symbols& nvml, abi::nvmlGpuInstance_t gpu_instance);

}  // namespace mig

#endif  // MIG_ADDON_GEOMETRY_H_
