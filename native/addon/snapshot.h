// Reads GPUs with everything in them in one call: all of a machine, or one.
#ifndef MIG_ADDON_SNAPSHOT_H_
#define MIG_ADDON_SNAPSHOT_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nvml/mig_device.h"
#include "nvml/session.h"

namespace mig {

struct ComputeInstanceSnapshot {
  unsigned int gpu_instance_id = 0;
  ComputeInstanceInfo info;
  // Absent where this process cannot see the MIG device.
  std::optional<UuidText> uuid;
};

// Instances that the driver does not list to this process, as far as it sees their MIG devices.
struct UnlistedInstances {
  // In no particular order.
  std::vector<MigDeviceInfo> devices;
  // Whether these are all MIG devices of the GPU.
  bool all_devices = false;
};

struct GpuSnapshot {
  unsigned int index = 0;
  // Empty if the GPU failed before its UUID was read, and was never seen before.
  std::string uuid;
  // If not ok, why the rest is missing: a lost GPU must not hide the others.
  Status status;
  std::shared_ptr<const GpuIdentity> identity;
  // Absent: this GPU has no MIG.
  std::optional<CurrentAndPending> mig_mode;
  // Null: the driver does not report them, or there are none.
  const ProfileTable* profiles = nullptr;
  // In no particular order.
  std::vector<GpuInstanceInfo> gpu_instances;
  // Those of all GPU instances, in no particular order.
  std::vector<ComputeInstanceSnapshot> compute_instances;
  // Present if the driver refuses those two lists, which are then empty.
  std::optional<UnlistedInstances> unlisted;
};

// In ascending order of index, without the GPUs that this process may not open.
Outcome<std::vector<GpuSnapshot>> ReadSnapshot(Session& session);

// The GPU with this UUID, with calls on that GPU only. The index is the present one.
Outcome<GpuSnapshot> ReadGpuSnapshot(Session& session, const std::string& uuid);

}  // namespace mig

#endif  // MIG_ADDON_SNAPSHOT_H_
