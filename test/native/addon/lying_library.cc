// An NVML library that lies: the simulated driver with one function that gives an impossible
// answer. MIG_TEST_LIE names the lie: `FUNCTION COUNT`, or a special word.
#include <dlfcn.h>

#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>

#include "nvml/abi.h"

namespace nvml_abi {
namespace {

struct Lie {
  std::string word;
  unsigned int count = 0;

  Lie() {
    const char* text = std::getenv("MIG_TEST_LIE");
    std::istringstream(text == nullptr ? "" : text) >> word >> count;
  }
  bool is(const char* wanted) const { return word == wanted; }
};

// The soname finds it, because it is loaded already.
void* Simulator() {
  static void* const library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_NOLOAD);
  return library;
}

}  // namespace

#define TRUE_ANSWER(name, ...) \
  reinterpret_cast<decltype(&name)>(dlsym(Simulator(), #name))(__VA_ARGS__)

extern "C" {

nvmlReturn_t nvmlDeviceGetCount_v2(unsigned int* count) {
  const Lie lie;
  if (!lie.is("gpus")) return TRUE_ANSWER(nvmlDeviceGetCount_v2, count);
  *count = lie.count;
  return NVML_SUCCESS;
}

nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char* name, unsigned int length) {
  if (!Lie().is("name")) return TRUE_ANSWER(nvmlDeviceGetName, device, name, length);
  std::memset(name, 'N', length);
  return NVML_SUCCESS;
}

nvmlReturn_t nvmlDeviceGetGpuInstancePossiblePlacements_v2(nvmlDevice_t device,
                                                           unsigned int profile,
                                                           nvmlGpuInstancePlacement_t* placements,
                                                           unsigned int* count) {
  const Lie lie;
  const nvmlReturn_t answer = TRUE_ANSWER(nvmlDeviceGetGpuInstancePossiblePlacements_v2, device,
                                          profile, placements, count);
  if (lie.is("placements")) *count = lie.count;
  if (lie.is("far") && *count > 0) placements[0] = {0xFFFFFFFF, 0xFFFFFFFF};
  return answer;
}

nvmlReturn_t nvmlGpuInstanceGetComputeInstancePossiblePlacements(
    nvmlGpuInstance_t instance, unsigned int profile, nvmlComputeInstancePlacement_t* placements,
    unsigned int* count) {
  const Lie lie;
  const nvmlReturn_t answer = TRUE_ANSWER(nvmlGpuInstanceGetComputeInstancePossiblePlacements,
                                          instance, profile, placements, count);
  if (lie.is("compute-placements")) *count = lie.count;
  return answer;
}

nvmlReturn_t nvmlDeviceGetGpuInstances(nvmlDevice_t device, unsigned int profile,
                                       nvmlGpuInstance_t* instances, unsigned int* count) {
  const Lie lie;
  if (!lie.is("instances"))
    return TRUE_ANSWER(nvmlDeviceGetGpuInstances, device, profile, instances, count);
  *count = lie.count;
  return NVML_SUCCESS;
}

nvmlReturn_t nvmlGpuInstanceGetComputeInstances(nvmlGpuInstance_t instance, unsigned int profile,
                                                nvmlComputeInstance_t* instances,
                                                unsigned int* count) {
  const Lie lie;
  if (!lie.is("compute-instances"))
    return TRUE_ANSWER(nvmlGpuInstanceGetComputeInstances, instance, profile, instances, count);
  *count = lie.count;
  return NVML_SUCCESS;
}

nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v3(nvmlDevice_t device, unsigned int* count,
                                                     nvmlProcessInfo_v2_t* processes) {
  const Lie lie;
  if (lie.is("grows")) {
    *count += 1;
    return NVML_ERROR_INSUFFICIENT_SIZE;
  }
  if (lie.is("wants") || lie.is("processes")) {
    *count = lie.count;
    return lie.is("wants") ? NVML_ERROR_INSUFFICIENT_SIZE : NVML_SUCCESS;
  }
  return TRUE_ANSWER(nvmlDeviceGetComputeRunningProcesses_v3, device, count, processes);
}

// Every index has the profile of the first one; or every index is a gap.
nvmlReturn_t nvmlDeviceGetGpuInstanceProfileInfoV(nvmlDevice_t device, unsigned int profile,
                                                  nvmlGpuInstanceProfileInfo_v2_t* info) {
  const Lie lie;
  if (lie.is("gaps")) return NVML_ERROR_NOT_SUPPORTED;
  return TRUE_ANSWER(nvmlDeviceGetGpuInstanceProfileInfoV, device, lie.is("profiles") ? 0 : profile,
                     info);
}

nvmlReturn_t nvmlDeviceGetGpuInstanceProfileInfoByIdV(nvmlDevice_t device, unsigned int id,
                                                      nvmlGpuInstanceProfileInfo_v2_t* info) {
  if (Lie().is("gaps")) return NVML_ERROR_FUNCTION_NOT_FOUND;
  return TRUE_ANSWER(nvmlDeviceGetGpuInstanceProfileInfoByIdV, device, id, info);
}

}  // extern "C"
}  // namespace nvml_abi
