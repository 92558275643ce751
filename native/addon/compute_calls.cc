// Compute instances.
#include "addon/calls.h"
#include "addon/on_device.h"

namespace mig::calls {

Outcome<ComputeInstanceProfile> GpuInstanceGetComputeInstanceProfileInfo(
    Session& session, const Uuid& gpu, unsigned int gpu_instance_id, unsigned int index) {
  return OnGpuInstance(session, gpu, gpu_instance_id, [&](abi::nvmlGpuInstance_t gpu_instance) {
    ProfileStruct newest;
    return GetComputeInstanceProfile(session.nvml(), gpu_instance, index, newest);
  });
}

Outcome<Placements> GpuInstanceGetComputeInstancePossiblePlacements(Session& session,
                                                                    const Uuid& gpu,
                                                                    unsigned int gpu_instance_id,
                                                                    unsigned int profile_id) {
  return OnGpuInstance(session, gpu, gpu_instance_id, [&](abi::nvmlGpuInstance_t gpu_instance) {
    return GetComputeInstancePlacements(session.nvml(), gpu_instance, profile_id);
  });
}

Outcome<unsigned int> GpuInstanceGetComputeInstanceRemainingCapacity(Session& session,
                                                                     const Uuid& gpu,
                                                                     unsigned int gpu_instance_id,
                                                                     unsigned int profile_id) {
  return OnGpuInstance(session, gpu, gpu_instance_id, [&](abi::nvmlGpuInstance_t gpu_instance) {
    return GetComputeInstanceCapacity(session.nvml(), gpu_instance, profile_id);
  });
}

Outcome<ComputeInstanceInfo> GpuInstanceCreateComputeInstance(Session& session, const Uuid& gpu,
                                                              unsigned int gpu_instance_id,
                                                              unsigned int profile_id) {
  return OnGpuInstance(session, gpu, gpu_instance_id, [&](abi::nvmlGpuInstance_t gpu_instance) {
    return CreateComputeInstance(session.nvml(), gpu_instance, profile_id, std::nullopt);
  });
}

Outcome<ComputeInstanceInfo> GpuInstanceCreateComputeInstanceWithPlacement(
    Session& session, const Uuid& gpu, unsigned int gpu_instance_id, unsigned int profile_id,
    Placement placement) {
  return OnGpuInstance(session, gpu, gpu_instance_id, [&](abi::nvmlGpuInstance_t gpu_instance) {
    return CreateComputeInstance(session.nvml(), gpu_instance, profile_id, placement);
  });
}

Outcome<Nothing> ComputeInstanceDestroy(Session& session, const Uuid& gpu,
                                        unsigned int gpu_instance_id,
                                        unsigned int compute_instance_id) {
  return OnComputeInstance(
      session, gpu, gpu_instance_id, compute_instance_id,
      [&](abi::nvmlComputeInstance_t compute_instance) {
        return Done(session.nvml().nvmlComputeInstanceDestroy(compute_instance));
      });
}

Outcome<std::vector<ComputeInstanceInfo>> GpuInstanceGetComputeInstances(
    Session& session, const Uuid& gpu, unsigned int gpu_instance_id, unsigned int profile_id) {
  using Infos = Outcome<std::vector<ComputeInstanceInfo>>;
  return OnGpuInstance(
      session, gpu, gpu_instance_id, [&](abi::nvmlGpuInstance_t gpu_instance) -> Infos {
        const auto handles = GetComputeInstances(session.nvml(), gpu_instance, profile_id);
        if (!handles.ok()) return handles.status;
        std::vector<ComputeInstanceInfo> infos;
        for (const auto handle : handles.value) {
          const auto info = GetComputeInstanceInfo(session.nvml(), handle);
          if (!info.ok()) return info.status;
          infos.push_back(info.value);
        }
        return infos;
      });
}

Outcome<ComputeInstanceInfo> ComputeInstanceGetInfo(Session& session, const Uuid& gpu,
                                                    unsigned int gpu_instance_id,
                                                    unsigned int compute_instance_id) {
  return OnComputeInstance(session, gpu, gpu_instance_id, compute_instance_id,
                           [&](abi::nvmlComputeInstance_t compute_instance) {
                             return GetComputeInstanceInfo(session.nvml(), compute_instance);
                           });
}

}  // namespace mig::calls
