#include "nvml/gpu_instance.h"

#include <algorithm>

#include "nvml/abi/profiles.h"
#include "nvml/read.h"
#include "nvml/text.h"

namespace mig {
namespace {

template <typename Info>
GpuInstanceProfile ToProfile(const Info& info) {
  GpuInstanceProfile profile;
  profile.id = info.id;
  profile.slice_count = info.sliceCount;
  profile.instance_count = info.instanceCount;
  profile.multiprocessor_count = info.multiprocessorCount;
  profile.copy_engine_count = info.copyEngineCount;
  profile.decoder_count = info.decoderCount;
  profile.encoder_count = info.encoderCount;
  profile.jpeg_count = info.jpegCount;
  profile.ofa_count = info.ofaCount;
  profile.memory_mib = info.memorySizeMB;
  return profile;
}

// `function` takes the v2 struct's pointer for both versions, which have the same size.
template <typename Function>
Status ReadVersioned(const Function& function, abi::nvmlDevice_t gpu, unsigned int number,
                     ProfileStruct::Version version, GpuInstanceProfile* profile) {
  if (version == ProfileStruct::Version::kV3) {
    abi::nvmlGpuInstanceProfileInfo_v3_t info{};
    info.version = abi::nvmlGpuInstanceProfileInfo_v3_version;
    const Status status =
        function(gpu, number, reinterpret_cast<abi::nvmlGpuInstanceProfileInfo_v2_t*>(&info));
    if (!status.ok()) return status;
    *profile = ToProfile(info);
    profile->capabilities = info.capabilities;
    profile->name = Text(info.name);
    return status;
  }
  abi::nvmlGpuInstanceProfileInfo_v2_t info{};
  info.version = abi::nvmlGpuInstanceProfileInfo_v2_version;
  const Status status = function(gpu, number, &info);
  if (!status.ok()) return status;
  *profile = ToProfile(info);
  profile->is_p2p_supported = info.isP2pSupported;
  profile->name = Text(info.name);
  return status;
}

}  // namespace

Outcome<GpuInstanceProfile> GetGpuInstanceProfile(const Symbols& nvml, abi::nvmlDevice_t gpu,
                                                  unsigned int index, ProfileStruct& newest) {
  GpuInstanceProfile profile;
  const Status status = newest.Try([&](ProfileStruct::Version version) -> Status {
    if (version != ProfileStruct::Version::kV1)
      return ReadVersioned(nvml.nvmlDeviceGetGpuInstanceProfileInfoV, gpu, index, version,
                           &profile);
    abi::nvmlGpuInstanceProfileInfo_t info{};
    const Status answer = nvml.nvmlDeviceGetGpuInstanceProfileInfo(gpu, index, &info);
    if (!answer.ok()) return answer;
    profile = ToProfile(info);
    profile.is_p2p_supported = info.isP2pSupported;
    return answer;
  });
  if (!status.ok()) return status;
  return profile;
}

Outcome<GpuInstanceProfile> GetGpuInstanceProfileById(const Symbols& nvml, abi::nvmlDevice_t gpu,
                                                      unsigned int profile_id) {
  GpuInstanceProfile profile;
  const Status status = ReadVersioned(nvml.nvmlDeviceGetGpuInstanceProfileInfoByIdV, gpu,
                                      profile_id, ProfileStruct::Version::kV3, &profile);
  if (status.ok()) return profile;
  if (!status.missing()) return status;
  // Before R580: walk the indexes.
  ProfileStruct newest;
  Outcome<GpuInstanceProfile> at_index;
  for (unsigned int index = 0; index < kMostProfileIndexes; ++index) {
    at_index = GetGpuInstanceProfile(nvml, gpu, index, newest);
    if (at_index.ok() && at_index.value.id == profile_id) return at_index;
    if (!at_index.ok() && !at_index.status.is(abi::NVML_ERROR_NOT_SUPPORTED))
      return at_index.status;
  }
  return Status{abi::NVML_ERROR_INVALID_ARGUMENT, at_index.status.fn};
}

Outcome<std::vector<Placement>> GetGpuInstancePlacements(const Symbols& nvml, abi::nvmlDevice_t gpu,
                                                         unsigned int profile_id) {
  abi::nvmlGpuInstancePlacement_t buffer[kListRoom] = {};
  unsigned int count = kListRoom;
  Status status =
      nvml.nvmlDeviceGetGpuInstancePossiblePlacements_v2(gpu, profile_id, buffer, &count);
  if (status.missing()) {
    count = kListRoom;
    status = nvml.nvmlDeviceGetGpuInstancePossiblePlacements(gpu, profile_id, buffer, &count);
  }
  status = CheckCount(status, "placements", count, kListRoom);
  if (!status.ok()) return status;
  std::vector<Placement> placements;
  for (unsigned int i = 0; i < count; ++i) placements.push_back({buffer[i].start, buffer[i].size});
  std::ranges::sort(placements, {}, &Placement::start);
  return placements;
}

Outcome<unsigned int> GetGpuInstanceCapacity(const Symbols& nvml, abi::nvmlDevice_t gpu,
                                             unsigned int profile_id) {
  unsigned int count = 0;
  const Status status = nvml.nvmlDeviceGetGpuInstanceRemainingCapacity(gpu, profile_id, &count);
  if (!status.ok()) return status;
  return count;
}

Outcome<HandleList<abi::nvmlGpuInstance_t>> GetGpuInstances(const Symbols& nvml,
                                                            abi::nvmlDevice_t gpu,
                                                            unsigned int profile_id) {
  Outcome<HandleList<abi::nvmlGpuInstance_t>> listed;
  listed.status = listed.value.Fill([&](abi::nvmlGpuInstance_t* handles, unsigned int* count) {
    return nvml.nvmlDeviceGetGpuInstances(gpu, profile_id, handles, count);
  });
  return listed;
}

Outcome<abi::nvmlGpuInstance_t> GetGpuInstanceById(const Symbols& nvml, abi::nvmlDevice_t gpu,
                                                   unsigned int id) {
  abi::nvmlGpuInstance_t gpu_instance = nullptr;
  const Status status = nvml.nvmlDeviceGetGpuInstanceById(gpu, id, &gpu_instance);
  if (!status.ok()) return status;
  return gpu_instance;
}

Outcome<GpuInstanceInfo> GetGpuInstanceInfo(const Symbols& nvml,
                                            abi::nvmlGpuInstance_t gpu_instance) {
  const auto info = Read(nvml.nvmlGpuInstanceGetInfo, gpu_instance);
  if (!info.ok()) return info.status;
  return GpuInstanceInfo{
      info.value.id, info.value.profileId, {info.value.placement.start, info.value.placement.size}};
}

Outcome<GpuInstanceInfo> CreateGpuInstance(const Symbols& nvml, abi::nvmlDevice_t gpu,
                                           unsigned int profile_id,
                                           const std::optional<Placement>& placement) {
  abi::nvmlGpuInstance_t gpu_instance = nullptr;
  Status status;
  if (placement) {
    const abi::nvmlGpuInstancePlacement_t wanted{placement->start, placement->size};
    status = nvml.nvmlDeviceCreateGpuInstanceWithPlacement(gpu, profile_id, &wanted, &gpu_instance);
  } else {
    status = nvml.nvmlDeviceCreateGpuInstance(gpu, profile_id, &gpu_instance);
  }
  if (!status.ok()) return status;
  auto info = GetGpuInstanceInfo(nvml, gpu_instance);
  if (!info.ok()) nvml.nvmlGpuInstanceDestroy(gpu_instance);
  return info;
}

}  // namespace mig
