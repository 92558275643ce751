// Creating, destroying and listing compute instances.
#include "simulator/model/compute_instances.h"

#include "simulator/nvml/changing_call.h"
#include "simulator/nvml/creation.h"
#include "simulator/nvml/device_call.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

using namespace nvml_abi;

nvmlReturn_t Create(Change& change, unsigned profile_id, std::optional<Span> place,
                    nvmlComputeInstance_t* compute_instance) {
  unsigned id = 0;
  const unsigned owner = change.call.place.gpu_instance;
  GpuInstance& gpu_instance = change.state().instances[owner];
  const Outcome outcome = CreateComputeInstance(change.call.gpu(), gpu_instance, profile_id, place,
                                                change.transaction.NextGeneration(), id);
  if (outcome != Outcome::kSuccess) return ToNvml(outcome);
  const ComputeInstance& created = gpu_instance.compute_instances[id];
  change.record.compute_instance = id;
  RecordPlace(change.record, created.place);
  *compute_instance = change.call.ComputeInstanceHandle(owner, id);
  return NVML_SUCCESS;
}

// open-gpu-kernel-modules 595.45.04, gpu_instance_subscription.c:713-741.
bool MayList(const Call& call) { return call.Allows(Privileges::kConfig); }

// Of the newest struct; the older one ends before the placement.
nvmlComputeInstanceInfo_t InfoOf(const Call& call) {
  const ComputeInstance& instance = call.compute_instance();
  return {call.gpu_handle(),
          call.GpuInstanceHandle(call.place.gpu_instance),
          call.place.compute_instance,
          call.gpu().ProfileOf(call.gpu_instance(), instance).id,
          {instance.place.start, instance.place.size}};
}

}  // namespace
}  // namespace migsim

namespace nvml_abi {

using namespace migsim;

nvmlReturn_t nvmlGpuInstanceCreateComputeInstance(nvmlGpuInstance_t gpuInstance,
                                                  unsigned int profileId,
                                                  nvmlComputeInstance_t* computeInstance) {
  return MakeChange<"nvmlGpuInstanceCreateComputeInstance">(
      gpuInstance, HandleKind::kGpuInstance, Privileges::kConfig, CreationRequest(profileId),
      [=](Change& change) {
        if (computeInstance == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        return Create(change, profileId, std::nullopt, computeInstance);
      });
}

nvmlReturn_t nvmlGpuInstanceCreateComputeInstanceWithPlacement(
    nvmlGpuInstance_t gpuInstance, unsigned int profileId,
    const nvmlComputeInstancePlacement_t* placement, nvmlComputeInstance_t* computeInstance) {
  return MakeChange<"nvmlGpuInstanceCreateComputeInstanceWithPlacement">(
      gpuInstance, HandleKind::kGpuInstance, Privileges::kConfig,
      CreationRequest(profileId, placement), [=](Change& change) {
        if (placement == nullptr || computeInstance == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        return Create(change, profileId, ToSpan(placement), computeInstance);
      });
}

nvmlReturn_t nvmlComputeInstanceDestroy(nvmlComputeInstance_t computeInstance) {
  return MakeChange<"nvmlComputeInstanceDestroy">(
      computeInstance, HandleKind::kComputeInstance, Privileges::kConfig, {}, [](Change& change) {
        const ComputeInstance& instance = change.call.compute_instance();
        change.record.profile_id =
            change.call.gpu().ProfileOf(change.call.gpu_instance(), instance).id;
        RecordPlace(change.record, instance.place);
        return ToNvml(DestroyComputeInstance(change.call.gpu(), change.state(), change.processes(),
                                             change.call.place.gpu_instance,
                                             change.call.place.compute_instance));
      });
}

// As in the real library, the incoming count is not looked at.
nvmlReturn_t nvmlGpuInstanceGetComputeInstances(nvmlGpuInstance_t gpuInstance,
                                                unsigned int profileId,
                                                nvmlComputeInstance_t* computeInstances,
                                                unsigned int* count) {
  return ReadGpuInstance<"nvmlGpuInstanceGetComputeInstances">(gpuInstance, [=](const Call& call) {
    if (computeInstances == nullptr || count == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    if (!MayList(call)) return NVML_ERROR_NO_PERMISSION;
    const GpuView gpu = call.gpu();
    const GpuInstance& owner = call.gpu_instance();
    const ComputeProfile* profile = FindById(gpu.ComputeProfilesOf(owner), profileId);
    if (profile == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    *count = 0;
    for (unsigned id = 0; id < kComputeInstanceSlots; ++id) {
      const ComputeInstance& instance = owner.compute_instances[id];
      if (!instance.live() || &gpu.ProfileOf(owner, instance) != profile) continue;
      computeInstances[(*count)++] = call.ComputeInstanceHandle(call.place.gpu_instance, id);
    }
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlGpuInstanceGetComputeInstanceById(nvmlGpuInstance_t gpuInstance, unsigned int id,
                                                   nvmlComputeInstance_t* computeInstance) {
  return ReadGpuInstance<"nvmlGpuInstanceGetComputeInstanceById">(
      gpuInstance, [=](const Call& call) {
        if (computeInstance == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        if (!MayList(call)) return NVML_ERROR_NO_PERMISSION;
        if (id >= kComputeInstanceSlots || !call.gpu_instance().compute_instances[id].live()) {
          return NVML_ERROR_NOT_FOUND;
        }
        *computeInstance = call.ComputeInstanceHandle(call.place.gpu_instance, id);
        return NVML_SUCCESS;
      });
}

nvmlReturn_t nvmlComputeInstanceGetInfo(nvmlComputeInstance_t computeInstance,
                                        nvmlComputeInstanceInfo_v1_t* info) {
  return ReadComputeInstance<"nvmlComputeInstanceGetInfo">(computeInstance, [=](const Call& call) {
    const nvmlComputeInstanceInfo_t all = InfoOf(call);
    return Give(info,
                nvmlComputeInstanceInfo_v1_t{all.device, all.gpuInstance, all.id, all.profileId});
  });
}

nvmlReturn_t nvmlComputeInstanceGetInfo_v2(nvmlComputeInstance_t computeInstance,
                                           nvmlComputeInstanceInfo_t* info) {
  return ReadComputeInstance<"nvmlComputeInstanceGetInfo_v2">(
      computeInstance, [=](const Call& call) { return Give(info, InfoOf(call)); });
}

}  // namespace nvml_abi
