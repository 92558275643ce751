// Creating, destroying and listing GPU instances.
#include "simulator/model/gpu_instances.h"

#include "simulator/nvml/changing_call.h"
#include "simulator/nvml/creation.h"
#include "simulator/nvml/device_call.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

using namespace nvml_abi;

nvmlReturn_t Create(Change& change, unsigned profile_id, std::optional<Span> place,
                    nvmlGpuInstance_t* gpu_instance) {
  unsigned id = 0;
  const GpuView gpu = change.call.gpu();
  const Outcome outcome = CreateGpuInstance(gpu, change.state(), change.processes(), profile_id,
                                            place, change.transaction.NextGeneration(), id);
  if (outcome != Outcome::kSuccess) return ToNvml(outcome);
  const GpuInstance& created = change.state().instances[id];
  change.record.gpu_instance = id;
  RecordPlace(change.record, created.place);
  change.slices = gpu.ProfileOf(created).slice_count;
  *gpu_instance = change.call.GpuInstanceHandle(id);
  return NVML_SUCCESS;
}

// NVML_SUCCESS where the instances of a GPU can be listed. Every caller learns that there are none;
// only callers with mig/config learn which there are (open-gpu-kernel-modules 595.45.04,
// kernel_mig_manager.c:7937-7962). That looking one up by its id is no different is assumed.
nvmlReturn_t ListingRefusal(const Call& call) {
  const GpuState& gpu = call.gpu().state;
  if (!gpu.mig_enabled) return NVML_ERROR_NOT_SUPPORTED;
  return HasGpuInstances(gpu) && !call.Allows(Privileges::kConfig) ? NVML_ERROR_NO_PERMISSION
                                                                   : NVML_SUCCESS;
}

}  // namespace
}  // namespace migsim

namespace nvml_abi {

using namespace migsim;

nvmlReturn_t nvmlDeviceCreateGpuInstance(nvmlDevice_t device, unsigned int profileId,
                                         nvmlGpuInstance_t* gpuInstance) {
  return MakeChange<"nvmlDeviceCreateGpuInstance">(
      device, Accepts::kGpu, Privileges::kConfig, CreationRequest(profileId), [=](Change& change) {
        if (gpuInstance == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        return Create(change, profileId, std::nullopt, gpuInstance);
      });
}

nvmlReturn_t nvmlDeviceCreateGpuInstanceWithPlacement(nvmlDevice_t device, unsigned int profileId,
                                                      const nvmlGpuInstancePlacement_t* placement,
                                                      nvmlGpuInstance_t* gpuInstance) {
  return MakeChange<"nvmlDeviceCreateGpuInstanceWithPlacement">(
      device, Accepts::kGpu, Privileges::kConfig, CreationRequest(profileId, placement),
      [=](Change& change) {
        if (placement == nullptr || gpuInstance == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        return Create(change, profileId, ToSpan(placement), gpuInstance);
      });
}

nvmlReturn_t nvmlGpuInstanceDestroy(nvmlGpuInstance_t gpuInstance) {
  return MakeChange<"nvmlGpuInstanceDestroy">(
      gpuInstance, HandleKind::kGpuInstance, Privileges::kConfig, {}, [](Change& change) {
        const GpuInstance& instance = change.call.gpu_instance();
        const GpuProfile& profile = change.call.gpu().ProfileOf(instance);
        change.record.profile_id = profile.id;
        RecordPlace(change.record, instance.place);
        const Outcome outcome = DestroyGpuInstance(
            change.call.gpu(), change.state(), change.processes(), change.call.place.gpu_instance);
        if (outcome == Outcome::kSuccess) change.slices = profile.slice_count;
        return ToNvml(outcome);
      });
}

// As in the real library, the incoming count is not looked at.
nvmlReturn_t nvmlDeviceGetGpuInstances(nvmlDevice_t device, unsigned int profileId,
                                       nvmlGpuInstance_t* gpuInstances, unsigned int* count) {
  return ReadDevice<"nvmlDeviceGetGpuInstances">(device, Accepts::kGpu, [=](const Call& call) {
    if (gpuInstances == nullptr || count == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    if (const auto refusal = ListingRefusal(call); refusal != NVML_SUCCESS) return refusal;
    const GpuView gpu = call.gpu();
    const GpuProfile* profile = FindById(gpu.profiles(), profileId);
    if (profile == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    *count = 0;
    for (unsigned id = 0; id < kGpuInstanceSlots; ++id) {
      const GpuInstance& instance = gpu.state.instances[id];
      if (!instance.live() || &gpu.ProfileOf(instance) != profile) continue;
      gpuInstances[(*count)++] = call.GpuInstanceHandle(id);
    }
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceGetGpuInstanceById(nvmlDevice_t device, unsigned int id,
                                          nvmlGpuInstance_t* gpuInstance) {
  return ReadDevice<"nvmlDeviceGetGpuInstanceById">(device, Accepts::kGpu, [=](const Call& call) {
    if (gpuInstance == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    if (const auto refusal = ListingRefusal(call); refusal != NVML_SUCCESS) return refusal;
    if (id >= kGpuInstanceSlots || !call.gpu().state.instances[id].live()) {
      return NVML_ERROR_NOT_FOUND;
    }
    *gpuInstance = call.GpuInstanceHandle(id);
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlGpuInstanceGetInfo(nvmlGpuInstance_t gpuInstance, nvmlGpuInstanceInfo_t* info) {
  return ReadGpuInstance<"nvmlGpuInstanceGetInfo">(gpuInstance, [=](const Call& call) {
    const GpuInstance& instance = call.gpu_instance();
    return Give(info, nvmlGpuInstanceInfo_t{call.gpu_handle(),
                                            call.place.gpu_instance,
                                            call.gpu().ProfileOf(instance).id,
                                            {instance.place.start, instance.place.size}});
  });
}

}  // namespace nvml_abi
