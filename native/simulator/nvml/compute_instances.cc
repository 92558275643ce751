// Creating, destroying and listing compute instances.
#include "simulator/model/compute_instances.h"

#include "simulator/nvml/changing_call.h"
#include "simulator/nvml/creation.h"
#include "simulator/nvml/device_call.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

using namespace nvml_abi;

nvmlReturn_t create(Change& change, unsigned profile_id, std::optional<Span> place,
                    nvmlComputeInstance_t* compute_instance) {
  unsigned id = 0;
  const unsigned owner = change.call.place.gpu_instance;
  GpuInstance& gpu_instance = change.state().instances[owner];
  const Outcome outcome = create_compute_instance(change.call.gpu(), gpu_instance, profile_id,
                                                  place, change.transaction.next_generation(), id);
  if (outcome != Outcome::kSuccess) return to_nvml(outcome);
  const ComputeInstance& created = gpu_instance.compute_instances[id];
  change.record.compute_instance = id;
  record_place(change.record, created.place);
  *compute_instance = change.call.compute_instance_handle(owner, id);
  return NVML_SUCCESS;
}

// open-gpu-kernel-modules 595.45.04, gpu_instance_subscription.c:713-741.
bool may_list(const Call& call) { return call.allows(Privileges::kConfig); }

// Of the newest struct; the older one ends before the placement.
nvmlComputeInstanceInfo_t info_of(const Call& call) {
  const ComputeInstance& instance = call.compute_instance();
  return {call.gpu_handle(),
          call.gpu_instance_handle(call.place.gpu_instance),
          call.place.compute_instance,
          call.gpu().profile_of(call.gpu_instance(), instance).id,
          {instance.place.start, instance.place.size}};
}

}  // namespace
}  // namespace migsim

namespace nvml_abi {

using namespace migsim;

nvmlReturn_t nvmlGpuInstanceCreateComputeInstance(nvmlGpuInstance_t gpuInstance,
                                                  unsigned int profileId,
                                                  nvmlComputeInstance_t* computeInstance) {
  return change<"nvmlGpuInstanceCreateComputeInstance">(
      gpuInstance, HandleKind::kGpuInstance, Privileges::kConfig, creation_request(profileId),
      [=](Change& change) {
        if (computeInstance == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        return create(change, profileId, std::nullopt, computeInstance);
      });
}

nvmlReturn_t nvmlGpuInstanceCreateComputeInstanceWithPlacement(
    nvmlGpuInstance_t gpuInstance, unsigned int profileId,
    const nvmlComputeInstancePlacement_t* placement, nvmlComputeInstance_t* computeInstance) {
  return change<"nvmlGpuInstanceCreateComputeInstanceWithPlacement">(
      gpuInstance, HandleKind::kGpuInstance, Privileges::kConfig,
      creation_request(profileId, placement), [=](Change& change) {
        if (placement == nullptr || computeInstance == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        return create(change, profileId, to_span(placement), computeInstance);
      });
}

nvmlReturn_t nvmlComputeInstanceDestroy(nvmlComputeInstance_t computeInstance) {
  return change<"nvmlComputeInstanceDestroy">(
      computeInstance, HandleKind::kComputeInstance, Privileges::kConfig, {}, [](Change& change) {
        const ComputeInstance& instance = change.call.compute_instance();
        change.record.profile_id =
            change.call.gpu().profile_of(change.call.gpu_instance(), instance).id;
        record_place(change.record, instance.place);
        return to_nvml(destroy_compute_instance(change.call.gpu(), change.state(),
                                                change.processes(), change.call.place.gpu_instance,
                                                change.call.place.compute_instance));
      });
}

// As in the real library, the incoming count is not looked at.
nvmlReturn_t nvmlGpuInstanceGetComputeInstances(nvmlGpuInstance_t gpuInstance,
                                                unsigned int profileId,
                                                nvmlComputeInstance_t* computeInstances,
                                                unsigned int* count) {
  return read_gpu_instance<"nvmlGpuInstanceGetComputeInstances">(
      gpuInstance, [=](const Call& call) {
        if (computeInstances == nullptr || count == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        if (!may_list(call)) return NVML_ERROR_NO_PERMISSION;
        const GpuView gpu = call.gpu();
        const GpuInstance& owner = call.gpu_instance();
        const ComputeProfile* profile = find_by_id(gpu.compute_profiles_of(owner), profileId);
        if (profile == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        *count = 0;
        for (unsigned id = 0; id < kComputeInstanceSlots; ++id) {
          const ComputeInstance& instance = owner.compute_instances[id];
          if (!instance.live() || &gpu.profile_of(owner, instance) != profile) continue;
          computeInstances[(*count)++] = call.compute_instance_handle(call.place.gpu_instance, id);
        }
        return NVML_SUCCESS;
      });
}

nvmlReturn_t nvmlGpuInstanceGetComputeInstanceById(nvmlGpuInstance_t gpuInstance, unsigned int id,
                                                   nvmlComputeInstance_t* computeInstance) {
  return read_gpu_instance<"nvmlGpuInstanceGetComputeInstanceById">(
      gpuInstance, [=](const Call& call) {
        if (computeInstance == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        if (!may_list(call)) return NVML_ERROR_NO_PERMISSION;
        if (id >= kComputeInstanceSlots || !call.gpu_instance().compute_instances[id].live()) {
          return NVML_ERROR_NOT_FOUND;
        }
        *computeInstance = call.compute_instance_handle(call.place.gpu_instance, id);
        return NVML_SUCCESS;
      });
}

nvmlReturn_t nvmlComputeInstanceGetInfo(nvmlComputeInstance_t computeInstance,
                                        nvmlComputeInstanceInfo_v1_t* info) {
  return read_compute_instance<"nvmlComputeInstanceGetInfo">(
      computeInstance, [=](const Call& call) {
        const nvmlComputeInstanceInfo_t all = info_of(call);
        return give(
            info, nvmlComputeInstanceInfo_v1_t{all.device, all.gpuInstance, all.id, all.profileId});
      });
}

nvmlReturn_t nvmlComputeInstanceGetInfo_v2(nvmlComputeInstance_t computeInstance,
                                           nvmlComputeInstanceInfo_t* info) {
  return read_compute_instance<"nvmlComputeInstanceGetInfo_v2">(
      computeInstance, [=](const Call& call) { return give(info, info_of(call)); });
}

}  // namespace nvml_abi
