// To JSON text. A JavaScript object costs as much as several NVML calls to make from here, a text
// next to nothing; and equal texts say that a GPU has not changed.
#ifndef MIG_ADDON_CONVERSION_SNAPSHOT_JSON_H_
#define MIG_ADDON_CONVERSION_SNAPSHOT_JSON_H_

#include <string>

#include "addon/snapshot.h"

namespace mig {

// A GpuSnapshot of lib/driver/addon/addon.ts.
std::string ToJson(const GpuSnapshot& gpu);

}  // namespace mig

#endif  // MIG_ADDON_CONVERSION_SNAPSHOT_JSON_H_
