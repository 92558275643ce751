// The commands of nvml_shell about GPU instances and compute instances.
#ifndef MIG_NVML_TEST_SHELL_INSTANCES_H_
#define MIG_NVML_TEST_SHELL_INSTANCES_H_

#include "shell_words.h"

namespace shell {

using namespace nvml_abi;

inline Answer GpuInstanceInfo(nvmlReturn_t ret, nvmlGpuInstance_t instance) {
  if (ret != NVML_SUCCESS) return {ret, ""};
  nvmlGpuInstanceInfo_t info = {};
  ret = NVML(nvmlGpuInstanceGetInfo)(instance, &info);
  return {ret, Member("id", info.id) + Member("profileId", info.profileId) +
                   Member("start", info.placement.start) + Member("size", info.placement.size)};
}

inline Answer ComputeInstanceInfo(nvmlReturn_t ret, nvmlComputeInstance_t instance) {
  if (ret != NVML_SUCCESS) return {ret, ""};
  nvmlComputeInstanceInfo_t info = {};
  ret = NVML(nvmlComputeInstanceGetInfo_v2)(instance, &info);
  return {ret, Member("id", info.id) + Member("profileId", info.profileId) +
                   Member("start", info.placement.start) + Member("size", info.placement.size)};
}

inline Answer CreateGpuInstance(std::istream& in) {
  std::string gpu;
  unsigned profile = 0;
  in >> gpu >> profile;
  nvmlGpuInstance_t instance = nullptr;
  nvmlGpuInstancePlacement_t place = {};
  const nvmlDevice_t device = DeviceOf(gpu);
  const bool placed = static_cast<bool>(in >> place.start >> place.size);
  const auto ret =
      placed ? NVML(nvmlDeviceCreateGpuInstanceWithPlacement)(device, profile, &place, &instance)
             : NVML(nvmlDeviceCreateGpuInstance)(device, profile, &instance);
  return GpuInstanceInfo(ret, instance);
}

inline Answer CreateComputeInstance(std::istream& in) {
  const nvmlGpuInstance_t owner = GpuInstanceOf(in);
  unsigned profile = 0;
  in >> profile;
  nvmlComputeInstance_t instance = nullptr;
  nvmlComputeInstancePlacement_t place = {};
  const bool placed = static_cast<bool>(in >> place.start >> place.size);
  const auto ret = placed ? NVML(nvmlGpuInstanceCreateComputeInstanceWithPlacement)(
                                owner, profile, &place, &instance)
                          : NVML(nvmlGpuInstanceCreateComputeInstance)(owner, profile, &instance);
  return ComputeInstanceInfo(ret, instance);
}

// "start:size" of every placement that the driver lists.
inline Answer ListComputePlaces(std::istream& in) {
  const nvmlGpuInstance_t owner = GpuInstanceOf(in);
  unsigned profile = 0;
  in >> profile;
  nvmlComputeInstancePlacement_t places[32];
  unsigned count = 0;
  const auto ret =
      NVML(nvmlGpuInstanceGetComputeInstancePossiblePlacements)(owner, profile, places, &count);
  std::string text;
  for (unsigned i = 0; ret == NVML_SUCCESS && i < count; ++i) {
    text += (i == 0 ? "" : " ") + std::to_string(places[i].start) + ":" +
            std::to_string(places[i].size);
  }
  return {ret, TextMember("places", text.c_str())};
}

inline Answer ListGpuInstances(std::istream& in) {
  std::string gpu;
  unsigned profile = 0;
  in >> gpu >> profile;
  nvmlGpuInstance_t instances[32];
  unsigned count = 0;
  const auto ret = NVML(nvmlDeviceGetGpuInstances)(DeviceOf(gpu), profile, instances, &count);
  std::string ids;
  for (unsigned i = 0; ret == NVML_SUCCESS && i < count; ++i) {
    nvmlGpuInstanceInfo_t info = {};
    NVML(nvmlGpuInstanceGetInfo)(instances[i], &info);
    ids += (i == 0 ? "" : ",") + std::to_string(info.id);
  }
  return {ret, ",\"ids\":[" + ids + "]"};
}

inline Answer FindGpuInstance(std::istream& in) {
  std::string gpu;
  unsigned id = 0;
  in >> gpu >> id;
  nvmlGpuInstance_t instance = nullptr;
  return {NVML(nvmlDeviceGetGpuInstanceById)(DeviceOf(gpu), id, &instance), ""};
}

inline Answer ListComputeInstances(std::istream& in) {
  const nvmlGpuInstance_t owner = GpuInstanceOf(in);
  unsigned profile = 0;
  in >> profile;
  nvmlComputeInstance_t instances[32];
  unsigned count = 0;
  const auto ret = NVML(nvmlGpuInstanceGetComputeInstances)(owner, profile, instances, &count);
  return {ret, Member("count", count)};
}

inline Answer FindComputeInstance(std::istream& in) {
  const nvmlGpuInstance_t owner = GpuInstanceOf(in);
  unsigned id = 0;
  in >> id;
  nvmlComputeInstance_t instance = nullptr;
  return {NVML(nvmlGpuInstanceGetComputeInstanceById)(owner, id, &instance), ""};
}

}  // namespace shell

#endif  // MIG_NVML_TEST_SHELL_INSTANCES_H_
