// The compute instances that a GPU instance offers.
#include "simulator/model/compute_instances.h"
#include "simulator/nvml/device_call.h"
#include "simulator/nvml/profile_info.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

template <typename Fill>
abi::nvmlReturn_t WithProfileAt(const Call& call, unsigned index, unsigned engine_profile,
                                Fill fill) {
  if (engine_profile != abi::NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_SHARED ||
      index >= KnownComputeProfiles(call.machine.driver())) {
    return abi::NVML_ERROR_INVALID_ARGUMENT;
  }
  const GpuView gpu = call.gpu();
  if (gpu.driver < kFirstUnprivilegedProfileQueries && !call.Allows(Privileges::kMonitor)) {
    return abi::NVML_ERROR_NO_PERMISSION;
  }
  const ComputeProfile* profile = FindByIndex(gpu.ComputeProfilesOf(call.gpu_instance()), index);
  if (profile == nullptr) return abi::NVML_ERROR_NOT_SUPPORTED;
  return fill(gpu.ProfileOf(call.gpu_instance()), *profile);
}

template <typename Fill>
abi::nvmlReturn_t WithProfileOfId(const Call& call, unsigned id, Fill fill) {
  // Assumed, as for the placements of GPU instances. Only mig/config gives access to the handle.
  if (!call.Allows(Privileges::kMonitor)) return abi::NVML_ERROR_NO_PERMISSION;
  const ComputeProfile* profile = FindById(call.gpu().ComputeProfilesOf(call.gpu_instance()), id);
  return profile == nullptr ? abi::NVML_ERROR_INVALID_ARGUMENT : fill(*profile);
}

}  // namespace

MIGSIM_EXPORT abi::nvmlReturn_t nvmlGpuInstanceGetComputeInstanceProfileInfo(
    abi::nvmlGpuInstance_t gpuInstance, unsigned int profile, unsigned int engProfile,
    abi::nvmlComputeInstanceProfileInfo_t* info) {
  return ReadGpuInstance<"nvmlGpuInstanceGetComputeInstanceProfileInfo">(
      gpuInstance, [=](const Call& call) {
        if (info == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
        return WithProfileAt(call, profile, engProfile,
                             [=](const GpuProfile& owner, const ComputeProfile& found) {
                               FillProfileInfo(owner, found, *info);
                               return abi::NVML_SUCCESS;
                             });
      });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlGpuInstanceGetComputeInstanceProfileInfoV(
    abi::nvmlGpuInstance_t gpuInstance, unsigned int profile, unsigned int engProfile,
    abi::nvmlComputeInstanceProfileInfo_v2_t* info) {
  return ReadGpuInstance<"nvmlGpuInstanceGetComputeInstanceProfileInfoV">(
      gpuInstance, [=](const Call& call) {
        if (info == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
        return WithProfileAt(
            call, profile, engProfile, [&](const GpuProfile& owner, const ComputeProfile& found) {
              return FillVersioned<abi::nvmlComputeInstanceProfileInfo_v2_t,
                                   abi::nvmlComputeInstanceProfileInfo_v3_t>(
                  info, abi::nvmlComputeInstanceProfileInfo_v2_version,
                  abi::nvmlComputeInstanceProfileInfo_v3_version, call.machine.driver(),
                  [&](auto& versioned) { FillProfileInfo(owner, found, versioned); });
            });
      });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlGpuInstanceGetComputeInstanceRemainingCapacity(
    abi::nvmlGpuInstance_t gpuInstance, unsigned int profileId, unsigned int* count) {
  return ReadGpuInstance<"nvmlGpuInstanceGetComputeInstanceRemainingCapacity">(
      gpuInstance, [=](const Call& call) {
        if (count == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
        return WithProfileOfId(call, profileId, [&](const ComputeProfile& profile) {
          return Give(count, RemainingCapacity(call.gpu(), call.gpu_instance(), profile));
        });
      });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlGpuInstanceGetComputeInstancePossiblePlacements(
    abi::nvmlGpuInstance_t gpuInstance, unsigned int profileId,
    abi::nvmlComputeInstancePlacement_t* placements, unsigned int* count) {
  return ReadGpuInstance<"nvmlGpuInstanceGetComputeInstancePossiblePlacements">(
      gpuInstance, [=](const Call& call) {
        if (count == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
        return WithProfileOfId(call, profileId, [=, &call](const ComputeProfile& profile) {
          const auto places = call.gpu().PlacesOf(profile);
          *count = static_cast<unsigned>(places.size());
          if (placements == nullptr) return abi::NVML_SUCCESS;
          abi::nvmlComputeInstancePlacement_t* out = placements;
          for (const Span place : places) *out++ = {place.start, place.size};
          return abi::NVML_SUCCESS;
        });
      });
}

}  // namespace migsim
