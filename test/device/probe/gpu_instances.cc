#include <cstring>

#include "guarded.h"
#include "questions.h"

namespace migprobe {
namespace {

using namespace nvml_abi;

// Past every profile index that has a name, to see how a driver ends the list.
constexpr unsigned kIndexes = 25;

template <typename Info, typename Function>
Call<Function>& tell_profile(Call<Function>& call, const Info& info) {
  return call.out("id", info.id)
      .out("sliceCount", info.sliceCount)
      .out("instanceCount", info.instanceCount)
      .out("multiprocessorCount", info.multiprocessorCount)
      .out("copyEngineCount", info.copyEngineCount)
      .out("decoderCount", info.decoderCount)
      .out("encoderCount", info.encoderCount)
      .out("jpegCount", info.jpegCount)
      .out("ofaCount", info.ofaCount)
      .out("memorySizeMB", info.memorySizeMB);
}

template <typename Function>
void ask_v2(Call<Function> call, nvmlDevice_t handle, unsigned number) {
  nvmlGpuInstanceProfileInfo_v2_t info{};
  info.version = nvmlGpuInstanceProfileInfo_v2_version;
  call.in("profile", number).in("tag", info.version).make(handle, number, &info);
  tell_profile(call, info).out("isP2pSupported", info.isP2pSupported).out("name", info.name);
}

template <typename Function>
void ask_v3(Call<Function> call, nvmlDevice_t handle, unsigned number) {
  nvmlGpuInstanceProfileInfo_v3_t info{};
  info.version = nvmlGpuInstanceProfileInfo_v3_version;
  call.in("profile", number)
      .in("tag", info.version)
      .make(handle, number, reinterpret_cast<nvmlGpuInstanceProfileInfo_v2_t*>(&info));
  tell_profile(call, info).out("capabilities", info.capabilities).out("name", info.name);
}

template <typename Function>
void ask_into_room(Call<Function> call, nvmlDevice_t handle, unsigned profile_id, unsigned count) {
  Guarded<nvmlGpuInstancePlacement_t> room;
  call.in("profileId", profile_id)
      .in("count", count)
      .make(handle, profile_id, room.data(), &count)
      .left("count", count)
      .left("bytesWritten", room.bytes_written());
}

}  // namespace

void ask_profiles(const Subject& gpu, nvmlDevice_t handle) {
  for (unsigned index = 0; index < kIndexes; ++index) {
    ask_v2(NVML_CALL(gpu, nvmlDeviceGetGpuInstanceProfileInfoV), handle, index);
    ask_v3(NVML_CALL(gpu, nvmlDeviceGetGpuInstanceProfileInfoV), handle, index);
    nvmlGpuInstanceProfileInfo_t info{};
    bool known = false;
    {
      auto call = NVML_CALL(gpu, nvmlDeviceGetGpuInstanceProfileInfo);
      call.in("profile", index).make(handle, index, &info);
      tell_profile(call, info).out("isP2pSupported", info.isP2pSupported);
      known = call.ok();
    }
    if (!known) continue;
    ask_v2(NVML_CALL(gpu, nvmlDeviceGetGpuInstanceProfileInfoByIdV), handle, info.id);
    ask_v3(NVML_CALL(gpu, nvmlDeviceGetGpuInstanceProfileInfoByIdV), handle, info.id);
    ask_placements(gpu, handle, info.id);
    ask_gpu_instances(gpu, handle, info.id);
  }
}

void ask_placements(const Subject& gpu, nvmlDevice_t handle, unsigned profile_id) {
  constexpr unsigned kAll = Guarded<nvmlGpuInstancePlacement_t>::kRoom;
  unsigned count = 0;
  NVML_CALL(gpu, nvmlDeviceGetGpuInstancePossiblePlacements_v2)
      .in("profileId", profile_id)
      .in("buffer", "none")
      .make(handle, profile_id, nullptr, &count)
      .left("count", count);
  for (const unsigned room : {0u, 1u, kAll}) {
    ask_into_room(NVML_CALL(gpu, nvmlDeviceGetGpuInstancePossiblePlacements_v2), handle, profile_id,
                  room);
    ask_into_room(NVML_CALL(gpu, nvmlDeviceGetGpuInstancePossiblePlacements), handle, profile_id,
                  room);
  }
}

void ask_gpu_instances(const Subject& gpu, nvmlDevice_t handle, unsigned profile_id) {
  unsigned capacity = 0;
  NVML_CALL(gpu, nvmlDeviceGetGpuInstanceRemainingCapacity)
      .in("profileId", profile_id)
      .make(handle, profile_id, &capacity)
      .out("count", capacity);
  nvmlGpuInstance_t first = nullptr;
  for (const unsigned room : {0u, 1u, Guarded<nvmlGpuInstance_t>::kRoom}) {
    Guarded<nvmlGpuInstance_t> instances;
    unsigned count = room;
    auto call = NVML_CALL(gpu, nvmlDeviceGetGpuInstances);
    call.in("profileId", profile_id)
        .in("count", room)
        .make(handle, profile_id, instances.data(), &count)
        .left("count", count)
        .left("bytesWritten", instances.bytes_written());
    if (call.ok() && count > 0 && room >= count) first = instances[0];
  }
  if (first == nullptr) return;
  nvmlGpuInstanceInfo_t info{};
  const bool known = NVML_CALL(gpu.part("gpu-instance"), nvmlGpuInstanceGetInfo)
                         .make(first, &info)
                         .out("id", info.id)
                         .out("profileId", info.profileId)
                         .out("start", info.placement.start)
                         .out("size", info.placement.size)
                         .ok();
  if (!known) return;
  nvmlGpuInstance_t again = nullptr;
  NVML_CALL(gpu, nvmlDeviceGetGpuInstanceById)
      .in("id", info.id)
      .make(handle, info.id, &again)
      .out("sameHandle", again == first ? 1u : 0u);
  ask_compute_instances(gpu.part("gpu-instance"), first);
}

}  // namespace migprobe
