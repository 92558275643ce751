// GPUs with everything in them, read in one go: all of a machine, or one.
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
  // Whether the MIG devices of others are among them.
  bool all_devices = false;
};

struct GpuSnapshot {
  unsigned int index = 0;
  // Empty when the GPU failed before it could tell and was never seen before.
  std::string uuid;
  // When not ok, why the rest is not there: a GPU that is lost must not hide the others.
  Status status;
  std::shared_ptr<const GpuIdentity> identity;
  // Absent: this GPU cannot do MIG.
  std::optional<CurrentAndPending> mig_mode;
  // Null: the driver does not tell, or there are none.
  const ProfileTable* profiles = nullptr;
  // In no particular order.
  std::vector<GpuInstanceInfo> gpu_instances;
  // Of all of them, in no particular order.
  std::vector<ComputeInstanceSnapshot> compute_instances;
  // Present where those two lists are refused; they are empty then.
  std::optional<UnlistedInstances> unlisted;
};

// In ascending order of index. GPUs that this process may not open are left out: NVML counts them.
Outcome<std::vector<GpuSnapshot>> ReadSnapshot(Session& session);

// The one GPU with this UUID, whatever the driver says of the others. The index is as it is now.
Outcome<GpuSnapshot> ReadGpuSnapshot(Session& session, const std::string& uuid);

}  // namespace mig

#endif  // MIG_ADDON_SNAPSHOT_H_
