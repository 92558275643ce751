// To JSON text. Making a JavaScript object from here costs as much as several NVML calls, a text
// almost nothing. And equal texts show that a GPU has not changed.
#ifndef MIG_ADDON_CONVERSION_SNAPSHOT_JSON_H_
#define MIG_ADDON_CONVERSION_SNAPSHOT_JSON_H_

#include <string>

#include "addon/snapshot.h"

namespace mig {

// A GpuSnapshot of lib/driver/addon/gpu-snapshot.ts.
std::string ToJson(const GpuSnapshot& gpu);

}  // namespace mig

#endif  // MIG_ADDON_CONVERSION_SNAPSHOT_JSON_H_
