// The GPU instances that a GPU offers: profiles, their placements, and how many more fit now.
#include "simulator/model/gpu_instances.h"
#include "simulator/nvml/device_call.h"
#include "simulator/nvml/profile_info.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

// NVML's documentation says that placements and capacity are privileged; the GPU's firmware decides
// which privilege they take. Assumed: mig/monitor is enough.
bool MayAskForRoom(const Call& call) { return call.Allows(Privileges::kMonitor); }

// NVML_SUCCESS if profiles are available at all.
abi::nvmlReturn_t ProfilesRefusal(const Call& call) {
  const GpuView gpu = call.gpu();
  if (!gpu.mig_capable()) return abi::NVML_ERROR_NOT_SUPPORTED;
  if (gpu.driver < kFirstUnprivilegedProfileQueries && !call.Allows(Privileges::kMonitor)) {
    return abi::NVML_ERROR_NO_PERMISSION;
  }
  if (gpu.driver < kFirstQueriesWithMigOff && !gpu.state.mig_enabled) {
    return abi::NVML_ERROR_NOT_SUPPORTED;
  }
  return abi::NVML_SUCCESS;
}

template <typename Fill>
abi::nvmlReturn_t WithProfileAt(const Call& call, unsigned index, Fill fill) {
  if (index >= KnownGpuProfiles(call.machine.driver())) return abi::NVML_ERROR_INVALID_ARGUMENT;
  if (const auto refusal = ProfilesRefusal(call); refusal != abi::NVML_SUCCESS) return refusal;
  const GpuProfile* profile = FindByIndex(call.gpu().profiles(), index);
  return profile == nullptr ? abi::NVML_ERROR_NOT_SUPPORTED : fill(*profile);
}

template <typename Fill>
abi::nvmlReturn_t WithProfileOfId(const Call& call, unsigned id, Fill fill) {
  if (const auto refusal = ProfilesRefusal(call); refusal != abi::NVML_SUCCESS) return refusal;
  const GpuProfile* profile = FindById(call.gpu().profiles(), id);
  return profile == nullptr ? abi::NVML_ERROR_INVALID_ARGUMENT : fill(*profile);
}

abi::nvmlReturn_t FillByVersion(const Call& call, const GpuProfile& profile,
                                abi::nvmlGpuInstanceProfileInfo_v2_t* info) {
  return FillVersioned<abi::nvmlGpuInstanceProfileInfo_v2_t, abi::nvmlGpuInstanceProfileInfo_v3_t>(
      info, abi::nvmlGpuInstanceProfileInfo_v2_version, abi::nvmlGpuInstanceProfileInfo_v3_version,
      call.machine.driver(), [&](auto& versioned) { FillProfileInfo(profile, versioned); });
}

void WritePlacements(const GpuProfile& profile, abi::nvmlGpuInstancePlacement_t* placements,
                     unsigned* count) {
  *count = static_cast<unsigned>(profile.placements.size());
  if (placements == nullptr) return;
  for (const Span place : profile.placements) *placements++ = {place.start, place.size};
}

}  // namespace

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetGpuInstanceProfileInfo(
    abi::nvmlDevice_t device, unsigned int profile, abi::nvmlGpuInstanceProfileInfo_t* info) {
  return ReadDevice<"nvmlDeviceGetGpuInstanceProfileInfo">(
      device, Accepts::kGpu, [=](const Call& call) {
        if (info == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
        return WithProfileAt(call, profile, [&](const GpuProfile& found) {
          FillProfileInfo(found, *info);
          return abi::NVML_SUCCESS;
        });
      });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetGpuInstanceProfileInfoV(
    abi::nvmlDevice_t device, unsigned int profile, abi::nvmlGpuInstanceProfileInfo_v2_t* info) {
  return ReadDevice<"nvmlDeviceGetGpuInstanceProfileInfoV">(
      device, Accepts::kGpu, [=](const Call& call) {
        if (info == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
        return WithProfileAt(call, profile, [&](const GpuProfile& found) {
          return FillByVersion(call, found, info);
        });
      });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetGpuInstanceProfileInfoByIdV(
    abi::nvmlDevice_t device, unsigned int profileId, abi::nvmlGpuInstanceProfileInfo_v2_t* info) {
  return ReadDevice<"nvmlDeviceGetGpuInstanceProfileInfoByIdV">(
      device, Accepts::kGpu, [=](const Call& call) {
        if (info == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
        return WithProfileOfId(call, profileId, [&](const GpuProfile& found) {
          return FillByVersion(call, found, info);
        });
      });
}

// The older form requires a buffer, MIG mode, and a profile with at most as many placements as
// instances.
MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetGpuInstancePossiblePlacements(
    abi::nvmlDevice_t device, unsigned int profileId, abi::nvmlGpuInstancePlacement_t* placements,
    unsigned int* count) {
  return ReadDevice<"nvmlDeviceGetGpuInstancePossiblePlacements">(
      device, Accepts::kGpu, [=](const Call& call) {
        if (placements == nullptr || count == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
        if (!MayAskForRoom(call)) return abi::NVML_ERROR_NO_PERMISSION;
        if (!call.gpu().state.mig_enabled) return abi::NVML_ERROR_NOT_SUPPORTED;
        return WithProfileOfId(call, profileId, [=](const GpuProfile& profile) {
          if (profile.placements.size() > profile.instance_count) {
            return abi::NVML_ERROR_INVALID_ARGUMENT;
          }
          WritePlacements(profile, placements, count);
          return abi::NVML_SUCCESS;
        });
      });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetGpuInstancePossiblePlacements_v2(
    abi::nvmlDevice_t device, unsigned int profileId, abi::nvmlGpuInstancePlacement_t* placements,
    unsigned int* count) {
  return ReadDevice<"nvmlDeviceGetGpuInstancePossiblePlacements_v2">(
      device, Accepts::kGpu, [=](const Call& call) {
        if (count == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
        if (!MayAskForRoom(call)) return abi::NVML_ERROR_NO_PERMISSION;
        return WithProfileOfId(call, profileId, [=](const GpuProfile& profile) {
          WritePlacements(profile, placements, count);
          return abi::NVML_SUCCESS;
        });
      });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetGpuInstanceRemainingCapacity(abi::nvmlDevice_t device,
                                                                          unsigned int profileId,
                                                                          unsigned int* count) {
  return ReadDevice<"nvmlDeviceGetGpuInstanceRemainingCapacity">(
      device, Accepts::kGpu, [=](const Call& call) {
        if (count == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
        if (!call.gpu().state.mig_enabled) return abi::NVML_ERROR_NOT_SUPPORTED;
        if (!MayAskForRoom(call)) return abi::NVML_ERROR_NO_PERMISSION;
        return WithProfileOfId(call, profileId, [&](const GpuProfile& profile) {
          return Give(count, RemainingCapacity(call.gpu(), profile));
        });
      });
}

}  // namespace migsim
