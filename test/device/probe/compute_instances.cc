#include "guarded.h"
#include "questions.h"

namespace migprobe {
namespace {

using namespace nvml_abi;

constexpr unsigned kIndexes = 12;
constexpr unsigned kShared = NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_SHARED;

template <typename Info, typename Function>
Call<Function>& tell_profile(Call<Function>& call, const Info& info) {
  return call.out("id", info.id)
      .out("sliceCount", info.sliceCount)
      .out("instanceCount", info.instanceCount)
      .out("multiprocessorCount", info.multiprocessorCount)
      .out("sharedCopyEngineCount", info.sharedCopyEngineCount)
      .out("sharedDecoderCount", info.sharedDecoderCount)
      .out("sharedEncoderCount", info.sharedEncoderCount)
      .out("sharedJpegCount", info.sharedJpegCount)
      .out("sharedOfaCount", info.sharedOfaCount);
}

void ask_v2(const Subject& subject, nvmlGpuInstance_t gpu_instance, unsigned index) {
  nvmlComputeInstanceProfileInfo_v2_t info{};
  info.version = nvmlComputeInstanceProfileInfo_v2_version;
  auto call = NVML_CALL(subject, nvmlGpuInstanceGetComputeInstanceProfileInfoV);
  call.in("profile", index).in("tag", info.version).make(gpu_instance, index, kShared, &info);
  tell_profile(call, info).out("name", info.name);
}

void ask_v3(const Subject& subject, nvmlGpuInstance_t gpu_instance, unsigned index) {
  nvmlComputeInstanceProfileInfo_v3_t info{};
  info.version = nvmlComputeInstanceProfileInfo_v3_version;
  auto call = NVML_CALL(subject, nvmlGpuInstanceGetComputeInstanceProfileInfoV);
  call.in("profile", index)
      .in("tag", info.version)
      .make(gpu_instance, index, kShared,
            reinterpret_cast<nvmlComputeInstanceProfileInfo_v2_t*>(&info));
  tell_profile(call, info).out("capabilities", info.capabilities).out("name", info.name);
}

void ask_placements(const Subject& subject, nvmlGpuInstance_t gpu_instance, unsigned profile_id) {
  unsigned count = 0;
  NVML_CALL(subject, nvmlGpuInstanceGetComputeInstancePossiblePlacements)
      .in("profileId", profile_id)
      .in("buffer", "none")
      .make(gpu_instance, profile_id, nullptr, &count)
      .left("count", count);
  for (const unsigned room : {0u, 1u, Guarded<nvmlComputeInstancePlacement_t>::kRoom}) {
    Guarded<nvmlComputeInstancePlacement_t> placements;
    count = room;
    NVML_CALL(subject, nvmlGpuInstanceGetComputeInstancePossiblePlacements)
        .in("profileId", profile_id)
        .in("count", room)
        .make(gpu_instance, profile_id, placements.data(), &count)
        .left("count", count)
        .left("bytesWritten", placements.bytes_written());
  }
}

void ask_instances(const Subject& subject, nvmlGpuInstance_t gpu_instance, unsigned profile_id) {
  for (const unsigned room : {0u, 1u, Guarded<nvmlComputeInstance_t>::kRoom}) {
    Guarded<nvmlComputeInstance_t> instances;
    unsigned count = room;
    NVML_CALL(subject, nvmlGpuInstanceGetComputeInstances)
        .in("profileId", profile_id)
        .in("count", room)
        .make(gpu_instance, profile_id, instances.data(), &count)
        .left("count", count)
        .left("bytesWritten", instances.bytes_written());
  }
}

}  // namespace

void ask_compute_instances(const Subject& subject, nvmlGpuInstance_t gpu_instance) {
  for (unsigned index = 0; index < kIndexes; ++index) {
    ask_v2(subject, gpu_instance, index);
    ask_v3(subject, gpu_instance, index);
    nvmlComputeInstanceProfileInfo_t info{};
    bool known = false;
    {
      auto call = NVML_CALL(subject, nvmlGpuInstanceGetComputeInstanceProfileInfo);
      call.in("profile", index).make(gpu_instance, index, kShared, &info);
      tell_profile(call, info);
      known = call.ok();
    }
    if (!known) continue;
    unsigned capacity = 0;
    NVML_CALL(subject, nvmlGpuInstanceGetComputeInstanceRemainingCapacity)
        .in("profileId", info.id)
        .make(gpu_instance, info.id, &capacity)
        .out("count", capacity);
    ask_placements(subject, gpu_instance, info.id);
    ask_instances(subject, gpu_instance, info.id);
  }
}

}  // namespace migprobe
