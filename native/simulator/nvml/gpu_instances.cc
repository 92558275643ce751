// Creating, destroying and listing GPU instances.
#include "simulator/model/gpu_instances.h"

#include "simulator/nvml/changing_call.h"
#include "simulator/nvml/creation.h"
#include "simulator/nvml/device_call.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

abi::nvmlReturn_t Create(Change& change, unsigned profile_id, std::optional<Span> place,
                         abi::nvmlGpuInstance_t* gpu_instance) {
  unsigned id = 0;
  const GpuView gpu = change.call.gpu();
  const ModelResult outcome = CreateGpuInstance(gpu, change.state(), change.processes(), profile_id,
                                                place, change.transaction.NextGeneration(), id);
  if (outcome != ModelResult::kSuccess) return ToNvml(outcome);
  const GpuInstance& created = change.state().instances[id];
  change.record.gpu_instance = id;
  RecordPlace(change.record, created.place);
  change.slices = gpu.ProfileOf(created).slice_count;
  *gpu_instance = change.call.GpuInstanceHandle(id);
  return abi::NVML_SUCCESS;
}

// NVML_SUCCESS if the instances of a GPU can be listed. Every caller learns that there are none;
// listing existing ones takes mig/config (open-gpu-kernel-modules 595.45.04,
// kernel_mig_manager.c:7937-7962). Assumed: the same holds for looking one up by its id.
abi::nvmlReturn_t ListingRefusal(const Call& call) {
  const GpuState& gpu = call.gpu().state;
  if (!gpu.mig_enabled) return abi::NVML_ERROR_NOT_SUPPORTED;
  return HasGpuInstances(gpu) && !call.Allows(Privileges::kConfig) ? abi::NVML_ERROR_NO_PERMISSION
                                                                   : abi::NVML_SUCCESS;
}

}  // namespace

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceCreateGpuInstance(abi::nvmlDevice_t device,
                                                            unsigned int profileId,
                                                            abi::nvmlGpuInstance_t* gpuInstance) {
  return MakeChange<"nvmlDeviceCreateGpuInstance">(
      device, Accepts::kGpu, Privileges::kConfig, CreationRequest(profileId), [=](Change& change) {
        if (gpuInstance == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
        return Create(change, profileId, std::nullopt, gpuInstance);
      });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceCreateGpuInstanceWithPlacement(
    abi::nvmlDevice_t device, unsigned int profileId,
    const abi::nvmlGpuInstancePlacement_t* placement, abi::nvmlGpuInstance_t* gpuInstance) {
  return MakeChange<"nvmlDeviceCreateGpuInstanceWithPlacement">(
      device, Accepts::kGpu, Privileges::kConfig, CreationRequest(profileId, placement),
      [=](Change& change) {
        if (placement == nullptr || gpuInstance == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
        return Create(change, profileId, ToSpan(placement), gpuInstance);
      });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlGpuInstanceDestroy(abi::nvmlGpuInstance_t gpuInstance) {
  return MakeChange<"nvmlGpuInstanceDestroy">(
      gpuInstance, HandleKind::kGpuInstance, Privileges::kConfig, {}, [](Change& change) {
        const GpuInstance& instance = change.call.gpu_instance();
        const GpuProfile& profile = change.call.gpu().ProfileOf(instance);
        change.record.profile_id = profile.id;
        RecordPlace(change.record, instance.place);
        const ModelResult outcome = DestroyGpuInstance(
            change.call.gpu(), change.state(), change.processes(), change.call.target.gpu_instance);
        if (outcome == ModelResult::kSuccess) change.slices = profile.slice_count;
        return ToNvml(outcome);
      });
}

// As the real library, this ignores the incoming count.
MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetGpuInstances(abi::nvmlDevice_t device,
                                                          unsigned int profileId,
                                                          abi::nvmlGpuInstance_t* gpuInstances,
                                                          unsigned int* count) {
  return ReadDevice<"nvmlDeviceGetGpuInstances">(device, Accepts::kGpu, [=](const Call& call) {
    if (gpuInstances == nullptr || count == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
    if (const auto refusal = ListingRefusal(call); refusal != abi::NVML_SUCCESS) return refusal;
    const GpuView gpu = call.gpu();
    const GpuProfile* profile = FindById(gpu.profiles(), profileId);
    if (profile == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
    *count = 0;
    for (unsigned id = 0; id < kGpuInstanceSlots; ++id) {
      const GpuInstance& instance = gpu.state.instances[id];
      if (!instance.live() || &gpu.ProfileOf(instance) != profile) continue;
      gpuInstances[(*count)++] = call.GpuInstanceHandle(id);
    }
    return abi::NVML_SUCCESS;
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetGpuInstanceById(abi::nvmlDevice_t device,
                                                             unsigned int id,
                                                             abi::nvmlGpuInstance_t* gpuInstance) {
  return ReadDevice<"nvmlDeviceGetGpuInstanceById">(device, Accepts::kGpu, [=](const Call& call) {
    if (gpuInstance == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
    if (const auto refusal = ListingRefusal(call); refusal != abi::NVML_SUCCESS) return refusal;
    if (id >= kGpuInstanceSlots || !call.gpu().state.instances[id].live()) {
      return abi::NVML_ERROR_NOT_FOUND;
    }
    *gpuInstance = call.GpuInstanceHandle(id);
    return abi::NVML_SUCCESS;
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlGpuInstanceGetInfo(abi::nvmlGpuInstance_t gpuInstance,
                                                       abi::nvmlGpuInstanceInfo_t* info) {
  return ReadGpuInstance<"nvmlGpuInstanceGetInfo">(gpuInstance, [=](const Call& call) {
    const GpuInstance& instance = call.gpu_instance();
    return Give(info, abi::nvmlGpuInstanceInfo_t{call.gpu_handle(),
                                                 call.target.gpu_instance,
                                                 call.gpu().ProfileOf(instance).id,
                                                 {instance.place.start, instance.place.size}});
  });
}

}  // namespace migsim
