// What GPU instances a GPU offers: profiles, their placements, and how many more would fit now.
#include "simulator/model/gpu_instances.h"
#include "simulator/nvml/device_call.h"
#include "simulator/nvml/profile_info.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

using namespace nvml_abi;

// Placements and capacity are privileged by NVML's documentation; what they take is decided in the
// GPU's firmware. That mig/monitor is enough is assumed.
bool may_ask_for_room(const Call& call) { return call.allows(Privileges::kMonitor); }

// NVML_SUCCESS where profiles can be asked for at all.
nvmlReturn_t profiles_refusal(const Call& call) {
  const GpuView gpu = call.gpu();
  if (!gpu.mig_capable()) return NVML_ERROR_NOT_SUPPORTED;
  if (gpu.driver < kFirstUnprivilegedProfileQueries && !call.allows(Privileges::kMonitor)) {
    return NVML_ERROR_NO_PERMISSION;
  }
  if (gpu.driver < kFirstQueriesWithMigOff && !gpu.state.mig_enabled) {
    return NVML_ERROR_NOT_SUPPORTED;
  }
  return NVML_SUCCESS;
}

template <typename Fill>
nvmlReturn_t with_profile_at(const Call& call, unsigned index, Fill fill) {
  if (index >= known_gpu_profiles(call.machine.driver())) return NVML_ERROR_INVALID_ARGUMENT;
  if (const auto refusal = profiles_refusal(call); refusal != NVML_SUCCESS) return refusal;
  const GpuProfile* profile = find_by_index(call.gpu().profiles(), index);
  return profile == nullptr ? NVML_ERROR_NOT_SUPPORTED : fill(*profile);
}

template <typename Fill>
nvmlReturn_t with_profile_of_id(const Call& call, unsigned id, Fill fill) {
  if (const auto refusal = profiles_refusal(call); refusal != NVML_SUCCESS) return refusal;
  const GpuProfile* profile = find_by_id(call.gpu().profiles(), id);
  return profile == nullptr ? NVML_ERROR_INVALID_ARGUMENT : fill(*profile);
}

nvmlReturn_t fill_by_version(const Call& call, const GpuProfile& profile,
                             nvmlGpuInstanceProfileInfo_v2_t* info) {
  return fill_versioned<nvmlGpuInstanceProfileInfo_v2_t, nvmlGpuInstanceProfileInfo_v3_t>(
      info, nvmlGpuInstanceProfileInfo_v2_version, nvmlGpuInstanceProfileInfo_v3_version,
      call.machine.driver(), [&](auto& versioned) { fill_profile_info(profile, versioned); });
}

void write_placements(const GpuProfile& profile, nvmlGpuInstancePlacement_t* placements,
                      unsigned* count) {
  *count = static_cast<unsigned>(profile.placements.size());
  if (placements == nullptr) return;
  for (const Span place : profile.placements) *placements++ = {place.start, place.size};
}

}  // namespace
}  // namespace migsim

namespace nvml_abi {

using namespace migsim;

nvmlReturn_t nvmlDeviceGetGpuInstanceProfileInfo(nvmlDevice_t device, unsigned int profile,
                                                 nvmlGpuInstanceProfileInfo_t* info) {
  return read_device<"nvmlDeviceGetGpuInstanceProfileInfo">(
      device, Accepts::kGpu, [=](const Call& call) {
        if (info == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        return with_profile_at(call, profile, [&](const GpuProfile& found) {
          fill_profile_info(found, *info);
          return NVML_SUCCESS;
        });
      });
}

nvmlReturn_t nvmlDeviceGetGpuInstanceProfileInfoV(nvmlDevice_t device, unsigned int profile,
                                                  nvmlGpuInstanceProfileInfo_v2_t* info) {
  return read_device<"nvmlDeviceGetGpuInstanceProfileInfoV">(
      device, Accepts::kGpu, [=](const Call& call) {
        if (info == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        return with_profile_at(call, profile, [&](const GpuProfile& found) {
          return fill_by_version(call, found, info);
        });
      });
}

nvmlReturn_t nvmlDeviceGetGpuInstanceProfileInfoByIdV(nvmlDevice_t device, unsigned int profileId,
                                                      nvmlGpuInstanceProfileInfo_v2_t* info) {
  return read_device<"nvmlDeviceGetGpuInstanceProfileInfoByIdV">(
      device, Accepts::kGpu, [=](const Call& call) {
        if (info == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        return with_profile_of_id(call, profileId, [&](const GpuProfile& found) {
          return fill_by_version(call, found, info);
        });
      });
}

// The older form wants a buffer, MIG mode on, and a profile with no more placements than instances.
nvmlReturn_t nvmlDeviceGetGpuInstancePossiblePlacements(nvmlDevice_t device, unsigned int profileId,
                                                        nvmlGpuInstancePlacement_t* placements,
                                                        unsigned int* count) {
  return read_device<"nvmlDeviceGetGpuInstancePossiblePlacements">(
      device, Accepts::kGpu, [=](const Call& call) {
        if (placements == nullptr || count == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        if (!may_ask_for_room(call)) return NVML_ERROR_NO_PERMISSION;
        if (!call.gpu().state.mig_enabled) return NVML_ERROR_NOT_SUPPORTED;
        return with_profile_of_id(call, profileId, [=](const GpuProfile& profile) {
          if (profile.placements.size() > profile.instance_count) {
            return NVML_ERROR_INVALID_ARGUMENT;
          }
          write_placements(profile, placements, count);
          return NVML_SUCCESS;
        });
      });
}

nvmlReturn_t nvmlDeviceGetGpuInstancePossiblePlacements_v2(nvmlDevice_t device,
                                                           unsigned int profileId,
                                                           nvmlGpuInstancePlacement_t* placements,
                                                           unsigned int* count) {
  return read_device<"nvmlDeviceGetGpuInstancePossiblePlacements_v2">(
      device, Accepts::kGpu, [=](const Call& call) {
        if (count == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        if (!may_ask_for_room(call)) return NVML_ERROR_NO_PERMISSION;
        return with_profile_of_id(call, profileId, [=](const GpuProfile& profile) {
          write_placements(profile, placements, count);
          return NVML_SUCCESS;
        });
      });
}

nvmlReturn_t nvmlDeviceGetGpuInstanceRemainingCapacity(nvmlDevice_t device, unsigned int profileId,
                                                       unsigned int* count) {
  return read_device<"nvmlDeviceGetGpuInstanceRemainingCapacity">(
      device, Accepts::kGpu, [=](const Call& call) {
        if (count == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        if (!call.gpu().state.mig_enabled) return NVML_ERROR_NOT_SUPPORTED;
        if (!may_ask_for_room(call)) return NVML_ERROR_NO_PERMISSION;
        return with_profile_of_id(call, profileId, [&](const GpuProfile& profile) {
          return give(count, remaining_capacity(call.gpu(), profile));
        });
      });
}

}  // namespace nvml_abi
