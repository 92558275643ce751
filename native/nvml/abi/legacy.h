// Older layouts, still written by the unversioned symbols. Rebuilt from the headers of CUDA 11.0
// and of drivers 390, 440 and 535.
#ifndef MIG_NVML_ABI_LEGACY_H_
#define MIG_NVML_ABI_LEGACY_H_

#include <cstddef>

#include "nvml/abi/handles.h"

namespace nvml_abi {

// nvmlDeviceGetAttributes
struct nvmlDeviceAttributes_v1_t {
  unsigned int multiprocessorCount;
  unsigned int sharedCopyEngineCount;
  unsigned int sharedDecoderCount;
  unsigned int sharedEncoderCount;
  unsigned int sharedJpegCount;
  unsigned int sharedOfaCount;
};
static_assert(sizeof(nvmlDeviceAttributes_v1_t) == 24 && alignof(nvmlDeviceAttributes_v1_t) == 4);
static_assert(offsetof(nvmlDeviceAttributes_v1_t, multiprocessorCount) == 0);
static_assert(offsetof(nvmlDeviceAttributes_v1_t, sharedCopyEngineCount) == 4);
static_assert(offsetof(nvmlDeviceAttributes_v1_t, sharedDecoderCount) == 8);
static_assert(offsetof(nvmlDeviceAttributes_v1_t, sharedEncoderCount) == 12);
static_assert(offsetof(nvmlDeviceAttributes_v1_t, sharedJpegCount) == 16);
static_assert(offsetof(nvmlDeviceAttributes_v1_t, sharedOfaCount) == 20);

// nvmlComputeInstanceGetInfo: no placement
struct nvmlComputeInstanceInfo_v1_t {
  nvmlDevice_t device;
  nvmlGpuInstance_t gpuInstance;
  unsigned int id;
  unsigned int profileId;
};
static_assert(sizeof(nvmlComputeInstanceInfo_v1_t) == 24 &&
              alignof(nvmlComputeInstanceInfo_v1_t) == 8);
static_assert(offsetof(nvmlComputeInstanceInfo_v1_t, device) == 0);
static_assert(offsetof(nvmlComputeInstanceInfo_v1_t, gpuInstance) == 8);
static_assert(offsetof(nvmlComputeInstanceInfo_v1_t, id) == 16);
static_assert(offsetof(nvmlComputeInstanceInfo_v1_t, profileId) == 20);

// nvmlEventSetWait: no instance ids
struct nvmlEventData_v1_t {
  nvmlDevice_t device;
  unsigned long long eventType;
  unsigned long long eventData;
};
static_assert(sizeof(nvmlEventData_v1_t) == 24 && alignof(nvmlEventData_v1_t) == 8);
static_assert(offsetof(nvmlEventData_v1_t, device) == 0);
static_assert(offsetof(nvmlEventData_v1_t, eventType) == 8);
static_assert(offsetof(nvmlEventData_v1_t, eventData) == 16);

// nvmlDeviceGetPciInfo and nvmlDeviceGetPciInfo_v2
struct nvmlPciInfo_v2_t {
  char busId[16];
  unsigned int domain;
  unsigned int bus;
  unsigned int device;
  unsigned int pciDeviceId;
  unsigned int pciSubSystemId;
  unsigned int reserved[4];
};
static_assert(sizeof(nvmlPciInfo_v2_t) == 52 && alignof(nvmlPciInfo_v2_t) == 4);
static_assert(offsetof(nvmlPciInfo_v2_t, busId) == 0);
static_assert(offsetof(nvmlPciInfo_v2_t, domain) == 16);
static_assert(offsetof(nvmlPciInfo_v2_t, bus) == 20);
static_assert(offsetof(nvmlPciInfo_v2_t, device) == 24);
static_assert(offsetof(nvmlPciInfo_v2_t, pciDeviceId) == 28);
static_assert(offsetof(nvmlPciInfo_v2_t, pciSubSystemId) == 32);

// What the _v3 process lists wrote in drivers 535.43.02 to 535.86.05
struct nvmlProcessInfo_r535_t {
  unsigned int pid;
  unsigned long long usedGpuMemory;
  unsigned int gpuInstanceId;
  unsigned int computeInstanceId;
  unsigned long long usedGpuCcProtectedMemory;
};
static_assert(sizeof(nvmlProcessInfo_r535_t) == 32 && alignof(nvmlProcessInfo_r535_t) == 8);
static_assert(offsetof(nvmlProcessInfo_r535_t, pid) == 0);
static_assert(offsetof(nvmlProcessInfo_r535_t, usedGpuMemory) == 8);
static_assert(offsetof(nvmlProcessInfo_r535_t, gpuInstanceId) == 16);
static_assert(offsetof(nvmlProcessInfo_r535_t, computeInstanceId) == 20);
static_assert(offsetof(nvmlProcessInfo_r535_t, usedGpuCcProtectedMemory) == 24);

}  // namespace nvml_abi

#endif  // MIG_NVML_ABI_LEGACY_H_
