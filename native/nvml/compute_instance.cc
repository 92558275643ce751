#include "nvml/compute_instance.h"

#include <algorithm>

#include "nvml/abi/profiles.h"
#include "nvml/read.h"
#include "nvml/text.h"

namespace mig {
namespace {

template <typename Info>
ComputeInstanceProfile ToProfile(const Info& info) {
  ComputeInstanceProfile profile;
  profile.id = info.id;
  profile.slice_count = info.sliceCount;
  profile.instance_count = info.instanceCount;
  profile.multiprocessor_count = info.multiprocessorCount;
  profile.shared_copy_engine_count = info.sharedCopyEngineCount;
  profile.shared_decoder_count = info.sharedDecoderCount;
  profile.shared_encoder_count = info.sharedEncoderCount;
  profile.shared_jpeg_count = info.sharedJpegCount;
  profile.shared_ofa_count = info.sharedOfaCount;
  return profile;
}

Status ReadVersion(const Symbols& nvml, abi::nvmlGpuInstance_t gpu_instance, unsigned int index,
                   ProfileStruct::Version version, ComputeInstanceProfile* profile) {
  constexpr unsigned int kEngines = abi::NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_SHARED;
  switch (version) {
    case ProfileStruct::Version::kV3: {
      abi::nvmlComputeInstanceProfileInfo_v3_t info{};
      info.version = abi::nvmlComputeInstanceProfileInfo_v3_version;
      const Status status = nvml.nvmlGpuInstanceGetComputeInstanceProfileInfoV(
          gpu_instance, index, kEngines,
          reinterpret_cast<abi::nvmlComputeInstanceProfileInfo_v2_t*>(&info));
      if (!status.ok()) return status;
      *profile = ToProfile(info);
      profile->capabilities = info.capabilities;
      profile->name = Text(info.name);
      return status;
    }
    case ProfileStruct::Version::kV2: {
      abi::nvmlComputeInstanceProfileInfo_v2_t info{};
      info.version = abi::nvmlComputeInstanceProfileInfo_v2_version;
      const Status status =
          nvml.nvmlGpuInstanceGetComputeInstanceProfileInfoV(gpu_instance, index, kEngines, &info);
      if (!status.ok()) return status;
      *profile = ToProfile(info);
      profile->name = Text(info.name);
      return status;
    }
    case ProfileStruct::Version::kV1:
      break;
  }
  abi::nvmlComputeInstanceProfileInfo_t info{};
  const Status status =
      nvml.nvmlGpuInstanceGetComputeInstanceProfileInfo(gpu_instance, index, kEngines, &info);
  if (status.ok()) *profile = ToProfile(info);
  return status;
}

}  // namespace

Outcome<ComputeInstanceProfile> GetComputeInstanceProfile(const Symbols& nvml,
                                                          abi::nvmlGpuInstance_t gpu_instance,
                                                          unsigned int index,
                                                          ProfileStruct& newest) {
  ComputeInstanceProfile profile;
  const Status status = newest.Try([&](ProfileStruct::Version version) {
    return ReadVersion(nvml, gpu_instance, index, version, &profile);
  });
  if (!status.ok()) return status;
  return profile;
}

Outcome<std::vector<Placement>> GetComputeInstancePlacements(const Symbols& nvml,
                                                             abi::nvmlGpuInstance_t gpu_instance,
                                                             unsigned int profile_id) {
  abi::nvmlComputeInstancePlacement_t buffer[kListRoom] = {};
  unsigned int count = kListRoom;
  Status status = nvml.nvmlGpuInstanceGetComputeInstancePossiblePlacements(gpu_instance, profile_id,
                                                                           buffer, &count);
  status = CheckCount(status, "placements", count, kListRoom);
  if (!status.ok()) return status;
  std::vector<Placement> placements;
  for (unsigned int i = 0; i < count; ++i) placements.push_back({buffer[i].start, buffer[i].size});
  std::ranges::sort(placements, {}, &Placement::start);
  return placements;
}

Outcome<unsigned int> GetComputeInstanceCapacity(const Symbols& nvml,
                                                 abi::nvmlGpuInstance_t gpu_instance,
                                                 unsigned int profile_id) {
  unsigned int count = 0;
  const Status status =
      nvml.nvmlGpuInstanceGetComputeInstanceRemainingCapacity(gpu_instance, profile_id, &count);
  if (!status.ok()) return status;
  return count;
}

Outcome<HandleList<abi::nvmlComputeInstance_t>> GetComputeInstances(
    const Symbols& nvml, abi::nvmlGpuInstance_t gpu_instance, unsigned int profile_id) {
  Outcome<HandleList<abi::nvmlComputeInstance_t>> listed;
  listed.status = listed.value.Fill([&](abi::nvmlComputeInstance_t* handles, unsigned int* count) {
    return nvml.nvmlGpuInstanceGetComputeInstances(gpu_instance, profile_id, handles, count);
  });
  return listed;
}

Outcome<abi::nvmlComputeInstance_t> GetComputeInstanceById(const Symbols& nvml,
                                                           abi::nvmlGpuInstance_t gpu_instance,
                                                           unsigned int id) {
  abi::nvmlComputeInstance_t compute_instance = nullptr;
  const Status status =
      nvml.nvmlGpuInstanceGetComputeInstanceById(gpu_instance, id, &compute_instance);
  if (!status.ok()) return status;
  return compute_instance;
}

Outcome<ComputeInstanceInfo> GetComputeInstanceInfo(const Symbols& nvml,
                                                    abi::nvmlComputeInstance_t compute_instance) {
  const auto info = Read(nvml.nvmlComputeInstanceGetInfo_v2, compute_instance);
  if (info.ok())
    return ComputeInstanceInfo{info.value.id, info.value.profileId,
                               Placement{info.value.placement.start, info.value.placement.size}};
  if (!info.status.missing()) return info.status;
  const auto older = Read(nvml.nvmlComputeInstanceGetInfo, compute_instance);
  if (!older.ok()) return older.status;
  return ComputeInstanceInfo{older.value.id, older.value.profileId, std::nullopt};
}

Outcome<ComputeInstanceInfo> CreateComputeInstance(const Symbols& nvml,
                                                   abi::nvmlGpuInstance_t gpu_instance,
                                                   unsigned int profile_id,
                                                   const std::optional<Placement>& placement) {
  abi::nvmlComputeInstance_t compute_instance = nullptr;
  Status status;
  if (placement) {
    const abi::nvmlComputeInstancePlacement_t wanted{placement->start, placement->size};
    status = nvml.nvmlGpuInstanceCreateComputeInstanceWithPlacement(gpu_instance, profile_id,
                                                                    &wanted, &compute_instance);
  } else {
    status = nvml.nvmlGpuInstanceCreateComputeInstance(gpu_instance, profile_id, &compute_instance);
  }
  if (!status.ok()) return status;
  auto info = GetComputeInstanceInfo(nvml, compute_instance);
  if (!info.ok()) nvml.nvmlComputeInstanceDestroy(compute_instance);
  return info;
}

}  // namespace mig
