// Creating, destroying and listing compute instances.
#include "simulator/model/compute_instances.h"

#include "simulator/nvml/changing_call.h"
#include "simulator/nvml/creation.h"
#include "simulator/nvml/device_call.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

abi::nvmlReturn_t Create(Change& change, unsigned profile_id, std::optional<Span> place,
                         abi::nvmlComputeInstance_t* compute_instance) {
  unsigned id = 0;
  const unsigned owner = change.call.target.gpu_instance;
  GpuInstance& gpu_instance = change.state().instances[owner];
  const ModelResult outcome = CreateComputeInstance(change.call.gpu(), gpu_instance, profile_id,
                                                    place, change.transaction.NextGeneration(), id);
  if (outcome != ModelResult::kSuccess) return ToNvml(outcome);
  const ComputeInstance& created = gpu_instance.compute_instances[id];
  change.record.compute_instance = id;
  RecordPlace(change.record, created.place);
  *compute_instance = change.call.ComputeInstanceHandle(owner, id);
  return abi::NVML_SUCCESS;
}

// open-gpu-kernel-modules 595.45.04, gpu_instance_subscription.c:713-741.
bool MayList(const Call& call) { return call.Allows(Privileges::kConfig); }

// For the newest struct; the older one ends before the placement.
abi::nvmlComputeInstanceInfo_t InfoOf(const Call& call) {
  const ComputeInstance& instance = call.compute_instance();
  return {call.gpu_handle(),
          call.GpuInstanceHandle(call.target.gpu_instance),
          call.target.compute_instance,
          call.gpu().ProfileOf(call.gpu_instance(), instance).id,
          {instance.place.start, instance.place.size}};
}

}  // namespace

MIGSIM_EXPORT abi::nvmlReturn_t nvmlGpuInstanceCreateComputeInstance(
    abi::nvmlGpuInstance_t gpuInstance, unsigned int profileId,
    abi::nvmlComputeInstance_t* computeInstance) {
  return MakeChange<"nvmlGpuInstanceCreateComputeInstance">(
      gpuInstance, HandleKind::kGpuInstance, Privileges::kConfig, CreationRequest(profileId),
      [=](Change& change) {
        if (computeInstance == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
        return Create(change, profileId, std::nullopt, computeInstance);
      });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlGpuInstanceCreateComputeInstanceWithPlacement(
    abi::nvmlGpuInstance_t gpuInstance, unsigned int profileId,
    const abi::nvmlComputeInstancePlacement_t* placement,
    abi::nvmlComputeInstance_t* computeInstance) {
  return MakeChange<"nvmlGpuInstanceCreateComputeInstanceWithPlacement">(
      gpuInstance, HandleKind::kGpuInstance, Privileges::kConfig,
      CreationRequest(profileId, placement), [=](Change& change) {
        if (placement == nullptr || computeInstance == nullptr)
          return abi::NVML_ERROR_INVALID_ARGUMENT;
        return Create(change, profileId, ToSpan(placement), computeInstance);
      });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlComputeInstanceDestroy(
    abi::nvmlComputeInstance_t computeInstance) {
  return MakeChange<"nvmlComputeInstanceDestroy">(
      computeInstance, HandleKind::kComputeInstance, Privileges::kConfig, {}, [](Change& change) {
        const ComputeInstance& instance = change.call.compute_instance();
        change.record.profile_id =
            change.call.gpu().ProfileOf(change.call.gpu_instance(), instance).id;
        RecordPlace(change.record, instance.place);
        return ToNvml(DestroyComputeInstance(change.call.gpu(), change.state(), change.processes(),
                                             change.call.target.gpu_instance,
                                             change.call.target.compute_instance));
      });
}

// As the real library, this ignores the incoming count.
MIGSIM_EXPORT abi::nvmlReturn_t nvmlGpuInstanceGetComputeInstances(
    abi::nvmlGpuInstance_t gpuInstance, unsigned int profileId,
    abi::nvmlComputeInstance_t* computeInstances, unsigned int* count) {
  return ReadGpuInstance<"nvmlGpuInstanceGetComputeInstances">(gpuInstance, [=](const Call& call) {
    if (computeInstances == nullptr || count == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
    if (!MayList(call)) return abi::NVML_ERROR_NO_PERMISSION;
    const GpuView gpu = call.gpu();
    const GpuInstance& owner = call.gpu_instance();
    const ComputeProfile* profile = FindById(gpu.ComputeProfilesOf(owner), profileId);
    if (profile == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
    *count = 0;
    for (unsigned id = 0; id < kComputeInstanceSlots; ++id) {
      const ComputeInstance& instance = owner.compute_instances[id];
      if (!instance.live() || &gpu.ProfileOf(owner, instance) != profile) continue;
      computeInstances[(*count)++] = call.ComputeInstanceHandle(call.target.gpu_instance, id);
    }
    return abi::NVML_SUCCESS;
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlGpuInstanceGetComputeInstanceById(
    abi::nvmlGpuInstance_t gpuInstance, unsigned int id,
    abi::nvmlComputeInstance_t* computeInstance) {
  return ReadGpuInstance<"nvmlGpuInstanceGetComputeInstanceById">(
      gpuInstance, [=](const Call& call) {
        if (computeInstance == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
        if (!MayList(call)) return abi::NVML_ERROR_NO_PERMISSION;
        if (id >= kComputeInstanceSlots || !call.gpu_instance().compute_instances[id].live()) {
          return abi::NVML_ERROR_NOT_FOUND;
        }
        *computeInstance = call.ComputeInstanceHandle(call.target.gpu_instance, id);
        return abi::NVML_SUCCESS;
      });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlComputeInstanceGetInfo(
    abi::nvmlComputeInstance_t computeInstance, abi::nvmlComputeInstanceInfo_v1_t* info) {
  return ReadComputeInstance<"nvmlComputeInstanceGetInfo">(computeInstance, [=](const Call& call) {
    const abi::nvmlComputeInstanceInfo_t all = InfoOf(call);
    return Give(info, abi::nvmlComputeInstanceInfo_v1_t{all.device, all.gpuInstance, all.id,
                                                        all.profileId});
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlComputeInstanceGetInfo_v2(
    abi::nvmlComputeInstance_t computeInstance, abi::nvmlComputeInstanceInfo_t* info) {
  return ReadComputeInstance<"nvmlComputeInstanceGetInfo_v2">(
      computeInstance, [=](const Call& call) { return Give(info, InfoOf(call)); });
}

}  // namespace migsim
