// MIG mode, GPU instances, MIG devices.
#include "addon/calls.h"
#include "addon/on_device.h"

namespace mig::calls {

Outcome<abi::nvmlReturn_t> DeviceSetMigMode(Session& session, const Uuid& gpu, unsigned int mode) {
  auto activation = OnDevice(session, gpu, [&](abi::nvmlDevice_t device) {
    return SetMigMode(session.nvml(), device, mode);
  });
  // The driver may have reset the GPU.
  session.Forget(gpu);
  return activation;
}

Outcome<GpuInstanceProfile> DeviceGetGpuInstanceProfileInfo(Session& session, const Uuid& gpu,
                                                            unsigned int index) {
  return OnDevice(session, gpu, [&](abi::nvmlDevice_t device) {
    ProfileStruct newest;
    return GetGpuInstanceProfile(session.nvml(), device, index, newest);
  });
}

Outcome<GpuInstanceProfile> DeviceGetGpuInstanceProfileInfoById(Session& session, const Uuid& gpu,
                                                                unsigned int profile_id) {
  return OnDevice(session, gpu, [&](abi::nvmlDevice_t device) {
    return GetGpuInstanceProfileById(session.nvml(), device, profile_id);
  });
}

Outcome<Placements> DeviceGetGpuInstancePossiblePlacements(Session& session, const Uuid& gpu,
                                                           unsigned int profile_id) {
  return OnDevice(session, gpu, [&](abi::nvmlDevice_t device) {
    return GetGpuInstancePlacements(session.nvml(), device, profile_id);
  });
}

Outcome<unsigned int> DeviceGetGpuInstanceRemainingCapacity(Session& session, const Uuid& gpu,
                                                            unsigned int profile_id) {
  return OnDevice(session, gpu, [&](abi::nvmlDevice_t device) {
    return GetGpuInstanceCapacity(session.nvml(), device, profile_id);
  });
}

Outcome<GpuInstanceInfo> DeviceCreateGpuInstance(Session& session, const Uuid& gpu,
                                                 unsigned int profile_id) {
  return OnDevice(session, gpu, [&](abi::nvmlDevice_t device) {
    return CreateGpuInstance(session.nvml(), device, profile_id, std::nullopt);
  });
}

Outcome<GpuInstanceInfo> DeviceCreateGpuInstanceWithPlacement(Session& session, const Uuid& gpu,
                                                              unsigned int profile_id,
                                                              Placement placement) {
  return OnDevice(session, gpu, [&](abi::nvmlDevice_t device) {
    return CreateGpuInstance(session.nvml(), device, profile_id, placement);
  });
}

Outcome<Nothing> GpuInstanceDestroy(Session& session, const Uuid& gpu,
                                    unsigned int gpu_instance_id) {
  return OnGpuInstance(session, gpu, gpu_instance_id, [&](abi::nvmlGpuInstance_t gpu_instance) {
    return Done(session.nvml().nvmlGpuInstanceDestroy(gpu_instance));
  });
}

Outcome<std::vector<GpuInstanceInfo>> DeviceGetGpuInstances(Session& session, const Uuid& gpu,
                                                            unsigned int profile_id) {
  using Infos = Outcome<std::vector<GpuInstanceInfo>>;
  return OnDevice(session, gpu, [&](abi::nvmlDevice_t device) -> Infos {
    const auto handles = GetGpuInstances(session.nvml(), device, profile_id);
    if (!handles.ok()) return handles.status;
    std::vector<GpuInstanceInfo> infos;
    for (const auto handle : handles.value) {
      const auto info = GetGpuInstanceInfo(session.nvml(), handle);
      if (!info.ok()) return info.status;
      infos.push_back(info.value);
    }
    return infos;
  });
}

Outcome<GpuInstanceInfo> GpuInstanceGetInfo(Session& session, const Uuid& gpu,
                                            unsigned int gpu_instance_id) {
  return OnGpuInstance(session, gpu, gpu_instance_id, [&](abi::nvmlGpuInstance_t gpu_instance) {
    return GetGpuInstanceInfo(session.nvml(), gpu_instance);
  });
}

Outcome<Uuid> DeviceGetMigDeviceHandleByIndex(Session& session, const Uuid& gpu,
                                              unsigned int index) {
  return OnDevice(session, gpu, [&](abi::nvmlDevice_t device) -> Outcome<Uuid> {
    const auto mig_device = GetMigDeviceAt(session.nvml(), device, index);
    if (!mig_device.ok()) return mig_device.status;
    return GetUuid(session.nvml(), mig_device.value);
  });
}

Outcome<Uuid> DeviceGetDeviceHandleFromMigDeviceHandle(Session& session, const Uuid& mig_device) {
  return OnDevice(session, mig_device, [&](abi::nvmlDevice_t device) -> Outcome<Uuid> {
    const auto gpu = GetGpuOfMigDevice(session.nvml(), device);
    if (!gpu.ok()) return gpu.status;
    return GetUuid(session.nvml(), gpu.value);
  });
}

}  // namespace mig::calls
