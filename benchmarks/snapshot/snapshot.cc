// The NVML calls of a repeated read of a machine with known profile tables, without any other work:
// the baseline for the addon's snapshot. Opens the library given as argument, reads as often as the
// second argument says, and prints JSON: the median time of a read, and how many MIG devices it
// found.
#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "nvml/abi.h"

namespace abi = nvml_abi;

namespace {

constexpr unsigned int kMost = 64;

void* library;
int mig_devices;

// Calls an NVML function by name; its arguments are checked against its declaration.
#define NVML(function, ...)                                                    \
  do {                                                                         \
    static const auto call =                                                   \
        reinterpret_cast<decltype(&abi::function)>(dlsym(library, #function)); \
    if (call(__VA_ARGS__) != abi::NVML_SUCCESS) std::exit(1);                  \
  } while (false)

std::vector<unsigned int> ProfileIds(abi::nvmlDevice_t gpu) {
  const auto get = reinterpret_cast<decltype(&abi::nvmlDeviceGetGpuInstanceProfileInfo)>(
      dlsym(library, "nvmlDeviceGetGpuInstanceProfileInfo"));
  std::vector<unsigned int> ids;
  for (unsigned int index = 0; index < abi::NVML_GPU_INSTANCE_PROFILE_COUNT; ++index) {
    abi::nvmlGpuInstanceProfileInfo_t info;
    if (get(gpu, index, &info) == abi::NVML_SUCCESS) ids.push_back(info.id);
  }
  return ids;
}

void ReadInstance(const char* gpu_uuid, abi::nvmlGpuInstance_t instance) {
  abi::nvmlGpuInstanceInfo_t info;
  NVML(nvmlGpuInstanceGetInfo, instance, &info);
  abi::nvmlComputeInstance_t inside[kMost];
  unsigned int count = kMost;
  // A 1g GPU instance has one size of compute instance, id 0.
  NVML(nvmlGpuInstanceGetComputeInstances, instance, 0, inside, &count);
  for (unsigned int i = 0; i < count; ++i) {
    abi::nvmlComputeInstanceInfo_t compute;
    NVML(nvmlComputeInstanceGetInfo_v2, inside[i], &compute);
    char address[2 * abi::NVML_DEVICE_UUID_V2_BUFFER_SIZE],
        uuid[abi::NVML_DEVICE_UUID_V2_BUFFER_SIZE];
    std::snprintf(address, sizeof address, "MIG-%s/%u/%u", gpu_uuid, info.id, compute.id);
    abi::nvmlDevice_t device;
    NVML(nvmlDeviceGetHandleByUUID, address, &device);
    NVML(nvmlDeviceGetUUID, device, uuid, sizeof uuid);
    ++mig_devices;
  }
}

void ReadMachine(const std::vector<unsigned int>& profiles) {
  unsigned int gpus;
  NVML(nvmlDeviceGetCount_v2, &gpus);
  for (unsigned int index = 0; index < gpus; ++index) {
    abi::nvmlDevice_t gpu;
    char uuid[abi::NVML_DEVICE_UUID_V2_BUFFER_SIZE];
    unsigned int current, pending;
    NVML(nvmlDeviceGetHandleByIndex_v2, index, &gpu);
    NVML(nvmlDeviceGetUUID, gpu, uuid, sizeof uuid);
    NVML(nvmlDeviceGetMigMode, gpu, &current, &pending);
    for (const unsigned int profile : profiles) {
      abi::nvmlGpuInstance_t instances[kMost];
      unsigned int count = kMost;
      NVML(nvmlDeviceGetGpuInstances, gpu, profile, instances, &count);
      for (unsigned int i = 0; i < count; ++i) ReadInstance(uuid, instances[i]);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || (library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL)) == nullptr) return 2;
  NVML(nvmlInit_v2);
  abi::nvmlDevice_t gpu;
  NVML(nvmlDeviceGetHandleByIndex_v2, 0, &gpu);
  const std::vector<unsigned int> profiles = ProfileIds(gpu);
  std::vector<double> times;
  for (int read = 0; read < std::atoi(argv[2]); ++read) {
    mig_devices = 0;
    const auto start = std::chrono::steady_clock::now();
    ReadMachine(profiles);
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
    times.push_back(took.count());
  }
  const auto middle = times.begin() + times.size() / 2;
  std::nth_element(times.begin(), middle, times.end());
  std::printf("{\"medianUs\":%.2f,\"migDevices\":%d}\n", *middle, mig_devices);
}
