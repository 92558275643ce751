// What compute instances a GPU instance offers.
#include "simulator/model/compute_instances.h"
#include "simulator/nvml/device_call.h"
#include "simulator/nvml/profile_info.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

using namespace nvml_abi;

template <typename Fill>
nvmlReturn_t WithProfileAt(const Call& call, unsigned index, unsigned engine_profile, Fill fill) {
  if (engine_profile != NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_SHARED ||
      index >= KnownComputeProfiles(call.machine.driver())) {
    return NVML_ERROR_INVALID_ARGUMENT;
  }
  const GpuView gpu = call.gpu();
  if (gpu.driver < kFirstUnprivilegedProfileQueries && !call.Allows(Privileges::kMonitor)) {
    return NVML_ERROR_NO_PERMISSION;
  }
  const ComputeProfile* profile = FindByIndex(gpu.ComputeProfilesOf(call.gpu_instance()), index);
  if (profile == nullptr) return NVML_ERROR_NOT_SUPPORTED;
  return fill(gpu.ProfileOf(call.gpu_instance()), *profile);
}

template <typename Fill>
nvmlReturn_t WithProfileOfId(const Call& call, unsigned id, Fill fill) {
  // Assumed, as for the placements of GPU instances. Only mig/config gets at the handle.
  if (!call.Allows(Privileges::kMonitor)) return NVML_ERROR_NO_PERMISSION;
  const ComputeProfile* profile = FindById(call.gpu().ComputeProfilesOf(call.gpu_instance()), id);
  return profile == nullptr ? NVML_ERROR_INVALID_ARGUMENT : fill(*profile);
}

}  // namespace
}  // namespace migsim

namespace nvml_abi {

using namespace migsim;

nvmlReturn_t nvmlGpuInstanceGetComputeInstanceProfileInfo(nvmlGpuInstance_t gpuInstance,
                                                          unsigned int profile,
                                                          unsigned int engProfile,
                                                          nvmlComputeInstanceProfileInfo_t* info) {
  return ReadGpuInstance<"nvmlGpuInstanceGetComputeInstanceProfileInfo">(
      gpuInstance, [=](const Call& call) {
        if (info == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        return WithProfileAt(call, profile, engProfile,
                             [=](const GpuProfile& owner, const ComputeProfile& found) {
                               FillProfileInfo(owner, found, *info);
                               return NVML_SUCCESS;
                             });
      });
}

nvmlReturn_t nvmlGpuInstanceGetComputeInstanceProfileInfoV(
    nvmlGpuInstance_t gpuInstance, unsigned int profile, unsigned int engProfile,
    nvmlComputeInstanceProfileInfo_v2_t* info) {
  return ReadGpuInstance<"nvmlGpuInstanceGetComputeInstanceProfileInfoV">(
      gpuInstance, [=](const Call& call) {
        if (info == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        return WithProfileAt(
            call, profile, engProfile, [&](const GpuProfile& owner, const ComputeProfile& found) {
              return FillVersioned<nvmlComputeInstanceProfileInfo_v2_t,
                                   nvmlComputeInstanceProfileInfo_v3_t>(
                  info, nvmlComputeInstanceProfileInfo_v2_version,
                  nvmlComputeInstanceProfileInfo_v3_version, call.machine.driver(),
                  [&](auto& versioned) { FillProfileInfo(owner, found, versioned); });
            });
      });
}

nvmlReturn_t nvmlGpuInstanceGetComputeInstanceRemainingCapacity(nvmlGpuInstance_t gpuInstance,
                                                                unsigned int profileId,
                                                                unsigned int* count) {
  return ReadGpuInstance<"nvmlGpuInstanceGetComputeInstanceRemainingCapacity">(
      gpuInstance, [=](const Call& call) {
        if (count == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        return WithProfileOfId(call, profileId, [&](const ComputeProfile& profile) {
          return Give(count, RemainingCapacity(call.gpu(), call.gpu_instance(), profile));
        });
      });
}

nvmlReturn_t nvmlGpuInstanceGetComputeInstancePossiblePlacements(
    nvmlGpuInstance_t gpuInstance, unsigned int profileId,
    nvmlComputeInstancePlacement_t* placements, unsigned int* count) {
  return ReadGpuInstance<"nvmlGpuInstanceGetComputeInstancePossiblePlacements">(
      gpuInstance, [=](const Call& call) {
        if (count == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        return WithProfileOfId(call, profileId, [=, &call](const ComputeProfile& profile) {
          const auto places = call.gpu().PlacesOf(profile);
          *count = static_cast<unsigned>(places.size());
          if (placements == nullptr) return NVML_SUCCESS;
          nvmlComputeInstancePlacement_t* out = placements;
          for (const Span place : places) *out++ = {place.start, place.size};
          return NVML_SUCCESS;
        });
      });
}

}  // namespace nvml_abi
