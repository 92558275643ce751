// MIG devices: one for each compute instance, numbered without gaps in the order of GPU instance
// id, then compute instance id.
#ifndef MIG_SIMULATOR_MODEL_MIG_DEVICES_H_
#define MIG_SIMULATOR_MODEL_MIG_DEVICES_H_

#include <optional>

#include "simulator/model/gpu_state.h"

namespace migsim {

struct MigDevice {
  unsigned gpu_instance;
  unsigned compute_instance;

  friend bool operator==(MigDevice, MigDevice) = default;
};

// Calls visit(MigDevice) for each, until it returns false.
template <typename Visit>
void ForEachMigDevice(const GpuState& gpu, Visit visit) {
  for (unsigned gi = 0; gi < kGpuInstanceSlots; ++gi) {
    if (!gpu.instances[gi].live()) continue;
    for (unsigned ci = 0; ci < kComputeInstanceSlots; ++ci) {
      if (!gpu.instances[gi].compute_instances[ci].live()) continue;
      if (!visit(MigDevice{gi, ci})) return;
    }
  }
}

inline std::optional<MigDevice> MigDeviceAt(const GpuState& gpu, unsigned index) {
  std::optional<MigDevice> found;
  ForEachMigDevice(gpu, [&](MigDevice device) {
    if (index-- == 0) found = device;
    return !found;
  });
  return found;
}

inline unsigned IndexOfMigDevice(const GpuState& gpu, MigDevice wanted) {
  unsigned index = 0;
  ForEachMigDevice(gpu, [&](MigDevice device) {
    if (device == wanted) return false;
    ++index;
    return true;
  });
  return index;
}

}  // namespace migsim

#endif  // MIG_SIMULATOR_MODEL_MIG_DEVICES_H_
