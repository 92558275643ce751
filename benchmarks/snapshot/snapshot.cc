// The NVML calls of a further look at a machine, its profile tables known, with nothing around
// them: what the addon's snapshot is compared with. Opens the library given as argument, looks as
// often as the second says, and prints JSON: the median time of a look, and how many MIG devices
// one saw.
#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "nvml/abi.h"

namespace {

using namespace nvml_abi;

constexpr unsigned int kMost = 64;

void* library;
int mig_devices;

// Calls an NVML function by name; its arguments are checked against its declaration.
#define NVML(function, ...)                                                                    \
  do {                                                                                         \
    static const auto call = reinterpret_cast<decltype(&function)>(dlsym(library, #function)); \
    if (call(__VA_ARGS__) != NVML_SUCCESS) std::exit(1);                                       \
  } while (false)

std::vector<unsigned int> ProfileIds(nvmlDevice_t gpu) {
  const auto get = reinterpret_cast<decltype(&nvmlDeviceGetGpuInstanceProfileInfo)>(
      dlsym(library, "nvmlDeviceGetGpuInstanceProfileInfo"));
  std::vector<unsigned int> ids;
  for (unsigned int index = 0; index < NVML_GPU_INSTANCE_PROFILE_COUNT; ++index) {
    nvmlGpuInstanceProfileInfo_t info;
    if (get(gpu, index, &info) == NVML_SUCCESS) ids.push_back(info.id);
  }
  return ids;
}

void LookAtInstance(const char* gpu_uuid, nvmlGpuInstance_t instance) {
  nvmlGpuInstanceInfo_t info;
  NVML(nvmlGpuInstanceGetInfo, instance, &info);
  nvmlComputeInstance_t inside[kMost];
  unsigned int count = kMost;
  // A 1g GPU instance has one size of compute instance, id 0.
  NVML(nvmlGpuInstanceGetComputeInstances, instance, 0, inside, &count);
  for (unsigned int i = 0; i < count; ++i) {
    nvmlComputeInstanceInfo_t compute;
    NVML(nvmlComputeInstanceGetInfo_v2, inside[i], &compute);
    char address[2 * NVML_DEVICE_UUID_V2_BUFFER_SIZE], uuid[NVML_DEVICE_UUID_V2_BUFFER_SIZE];
    std::snprintf(address, sizeof address, "MIG-%s/%u/%u", gpu_uuid, info.id, compute.id);
    nvmlDevice_t device;
    NVML(nvmlDeviceGetHandleByUUID, address, &device);
    NVML(nvmlDeviceGetUUID, device, uuid, sizeof uuid);
    ++mig_devices;
  }
}

void Look(const std::vector<unsigned int>& profiles) {
  unsigned int gpus;
  NVML(nvmlDeviceGetCount_v2, &gpus);
  for (unsigned int index = 0; index < gpus; ++index) {
    nvmlDevice_t gpu;
    char uuid[NVML_DEVICE_UUID_V2_BUFFER_SIZE];
    unsigned int current, pending;
    NVML(nvmlDeviceGetHandleByIndex_v2, index, &gpu);
    NVML(nvmlDeviceGetUUID, gpu, uuid, sizeof uuid);
    NVML(nvmlDeviceGetMigMode, gpu, &current, &pending);
    for (const unsigned int profile : profiles) {
      nvmlGpuInstance_t instances[kMost];
      unsigned int count = kMost;
      NVML(nvmlDeviceGetGpuInstances, gpu, profile, instances, &count);
      for (unsigned int i = 0; i < count; ++i) LookAtInstance(uuid, instances[i]);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || (library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL)) == nullptr) return 2;
  NVML(nvmlInit_v2);
  nvmlDevice_t gpu;
  NVML(nvmlDeviceGetHandleByIndex_v2, 0, &gpu);
  const std::vector<unsigned int> profiles = ProfileIds(gpu);
  std::vector<double> times;
  for (int look = 0; look < std::atoi(argv[2]); ++look) {
    mig_devices = 0;
    const auto start = std::chrono::steady_clock::now();
    Look(profiles);
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
    times.push_back(took.count());
  }
  const auto middle = times.begin() + times.size() / 2;
  std::nth_element(times.begin(), middle, times.end());
  std::printf("{\"medianUs\":%.2f,\"migDevices\":%d}\n", *middle, mig_devices);
}
