// NVML's functions with names that JavaScript can hold in place of handles: a GPU or MIG device is
// its UUID, an instance its number. One function here is one of NVML's, with the look-ups it needs.
// Functions of a device alone need none: the table of exports in addon.cc names them directly.
#ifndef MIG_ADDON_CALLS_H_
#define MIG_ADDON_CALLS_H_

#include <string>
#include <vector>

#include "nvml/compute_instance.h"
#include "nvml/gpu.h"
#include "nvml/gpu_instance.h"
#include "nvml/mig_device.h"
#include "nvml/process.h"
#include "nvml/session.h"

namespace mig::calls {

using Uuid = std::string;
using Numbers = std::vector<unsigned int>;
using Placements = std::vector<Placement>;
using Processes = std::vector<Process>;

// System.
Outcome<std::string> SystemGetNvmlVersion(Session& session);
// 1000 * major + 10 * minor.
Outcome<unsigned int> SystemGetCudaDriverVersion(Session& session);
Outcome<std::string> SystemGetProcessName(Session& session, unsigned int pid);

// Search for devices. The value is the UUID.
Outcome<unsigned int> DeviceGetCount(Session& session);
Outcome<Uuid> DeviceGetHandleByIndex(Session& session, unsigned int index);
Outcome<Uuid> DeviceGetHandleByPciBusId(Session& session, const std::string& bus_id);

// MIG mode and GPU instances.
Outcome<abi::nvmlReturn_t> DeviceSetMigMode(Session& session, const Uuid& gpu, unsigned int mode);
Outcome<GpuInstanceProfile> DeviceGetGpuInstanceProfileInfo(Session& session, const Uuid& gpu,
                                                            unsigned int index);
Outcome<GpuInstanceProfile> DeviceGetGpuInstanceProfileInfoById(Session& session, const Uuid& gpu,
                                                                unsigned int profile_id);
Outcome<Placements> DeviceGetGpuInstancePossiblePlacements(Session& session, const Uuid& gpu,
                                                           unsigned int profile_id);
Outcome<unsigned int> DeviceGetGpuInstanceRemainingCapacity(Session& session, const Uuid& gpu,
                                                            unsigned int profile_id);
Outcome<GpuInstanceInfo> DeviceCreateGpuInstance(Session& session, const Uuid& gpu,
                                                 unsigned int profile_id);
Outcome<GpuInstanceInfo> DeviceCreateGpuInstanceWithPlacement(Session& session, const Uuid& gpu,
                                                              unsigned int profile_id,
                                                              Placement placement);
Outcome<Nothing> GpuInstanceDestroy(Session& session, const Uuid& gpu,
                                    unsigned int gpu_instance_id);
Outcome<std::vector<GpuInstanceInfo>> DeviceGetGpuInstances(Session& session, const Uuid& gpu,
                                                            unsigned int profile_id);
Outcome<GpuInstanceInfo> GpuInstanceGetInfo(Session& session, const Uuid& gpu,
                                            unsigned int gpu_instance_id);

// Compute instances.
Outcome<ComputeInstanceProfile> GpuInstanceGetComputeInstanceProfileInfo(
    Session& session, const Uuid& gpu, unsigned int gpu_instance_id, unsigned int index);
Outcome<Placements> GpuInstanceGetComputeInstancePossiblePlacements(Session& session,
                                                                    const Uuid& gpu,
                                                                    unsigned int gpu_instance_id,
                                                                    unsigned int profile_id);
Outcome<unsigned int> GpuInstanceGetComputeInstanceRemainingCapacity(Session& session,
                                                                     const Uuid& gpu,
                                                                     unsigned int gpu_instance_id,
                                                                     unsigned int profile_id);
Outcome<ComputeInstanceInfo> GpuInstanceCreateComputeInstance(Session& session, const Uuid& gpu,
                                                              unsigned int gpu_instance_id,
                                                              unsigned int profile_id);
Outcome<ComputeInstanceInfo> GpuInstanceCreateComputeInstanceWithPlacement(
    Session& session, const Uuid& gpu, unsigned int gpu_instance_id, unsigned int profile_id,
    Placement placement);
Outcome<Nothing> ComputeInstanceDestroy(Session& session, const Uuid& gpu,
                                        unsigned int gpu_instance_id,
                                        unsigned int compute_instance_id);
Outcome<std::vector<ComputeInstanceInfo>> GpuInstanceGetComputeInstances(
    Session& session, const Uuid& gpu, unsigned int gpu_instance_id, unsigned int profile_id);
Outcome<ComputeInstanceInfo> ComputeInstanceGetInfo(Session& session, const Uuid& gpu,
                                                    unsigned int gpu_instance_id,
                                                    unsigned int compute_instance_id);

// MIG devices.
Outcome<Uuid> DeviceGetMigDeviceHandleByIndex(Session& session, const Uuid& gpu,
                                              unsigned int index);
Outcome<Uuid> DeviceGetDeviceHandleFromMigDeviceHandle(Session& session, const Uuid& mig_device);

// Modes, fields.
Outcome<Nothing> DeviceSetPersistenceMode(Session& session, const Uuid& gpu, unsigned int mode);
Outcome<std::vector<FieldValue>> DeviceGetFieldValues(Session& session, const Uuid& device,
                                                      const Numbers& ids);

// Batched reads, as JSON text.
Outcome<std::vector<std::string>> ReadSnapshotTexts(Session& session);
Outcome<std::string> ReadGpuText(Session& session, const Uuid& gpu);
// The next snapshot reads the profiles of all GPUs anew.
Outcome<Nothing> ForgetProfiles(Session& session);

}  // namespace mig::calls

#endif  // MIG_ADDON_CALLS_H_
