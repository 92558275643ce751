// The NVML calls of a look at a machine whose profile tables are known, without anything around them:
// what the addon's snapshot is compared with. Opens the library given as argument and prints the
// median time of a look in microseconds and the calls that it makes.
#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "nvml/abi.h"

namespace {

using namespace nvml_abi;

void* library;
int calls;

template <typename Function>
Function* Find(Function*, const char* name) {
  void* address = dlsym(library, name);
  if (address == nullptr) std::exit(2);
  return reinterpret_cast<Function*>(address);
}
#define NVML(name) const auto name##_ = Find(&::nvml_abi::name, #name)

void Check(nvmlReturn_t result) {
  ++calls;
  if (result != NVML_SUCCESS) std::exit(1);
}

struct Api {
  decltype(&nvmlInit_v2) init;
  decltype(&nvmlDeviceGetCount_v2) count;
  decltype(&nvmlDeviceGetHandleByIndex_v2) by_index;
  decltype(&nvmlDeviceGetHandleByUUID) by_uuid;
  decltype(&nvmlDeviceGetUUID) uuid;
  decltype(&nvmlDeviceGetMigMode) mode;
  decltype(&nvmlDeviceGetGpuInstanceProfileInfo) profile;
  decltype(&nvmlDeviceGetGpuInstances) gpu_instances;
  decltype(&nvmlGpuInstanceGetInfo) gpu_instance;
  decltype(&nvmlGpuInstanceGetComputeInstances) compute_instances;
  decltype(&nvmlComputeInstanceGetInfo_v2) compute_instance;
} api;

}  // namespace
