// Processes, utilisation, accounting.
// Source: header NVML 13.3.29; every size and offset was compiled from it for x86-64 and aarch64.
#ifndef MIG_NVML_ABI_PROCESS_H_
#define MIG_NVML_ABI_PROCESS_H_

#include <cstddef>

#include "nvml/abi/handles.h"

namespace nvml_abi {

struct nvmlProcessInfo_v1_t {
  unsigned int pid;
  unsigned long long usedGpuMemory;
};
static_assert(sizeof(nvmlProcessInfo_v1_t) == 16 && alignof(nvmlProcessInfo_v1_t) == 8);
static_assert(offsetof(nvmlProcessInfo_v1_t, pid) == 0);
static_assert(offsetof(nvmlProcessInfo_v1_t, usedGpuMemory) == 8);

struct nvmlProcessInfo_v2_t {
  unsigned int pid;
  unsigned long long usedGpuMemory;
  unsigned int gpuInstanceId;
  unsigned int computeInstanceId;
};
static_assert(sizeof(nvmlProcessInfo_v2_t) == 24 && alignof(nvmlProcessInfo_v2_t) == 8);
static_assert(offsetof(nvmlProcessInfo_v2_t, pid) == 0);
static_assert(offsetof(nvmlProcessInfo_v2_t, usedGpuMemory) == 8);
static_assert(offsetof(nvmlProcessInfo_v2_t, gpuInstanceId) == 16);
static_assert(offsetof(nvmlProcessInfo_v2_t, computeInstanceId) == 20);

struct nvmlProcessDetail_v1_t {
  unsigned int pid;
  unsigned long long usedGpuMemory;
  unsigned int gpuInstanceId;
  unsigned int computeInstanceId;
  unsigned long long usedGpuCcProtectedMemory;
};
static_assert(sizeof(nvmlProcessDetail_v1_t) == 32 && alignof(nvmlProcessDetail_v1_t) == 8);
static_assert(offsetof(nvmlProcessDetail_v1_t, pid) == 0);
static_assert(offsetof(nvmlProcessDetail_v1_t, usedGpuMemory) == 8);
static_assert(offsetof(nvmlProcessDetail_v1_t, gpuInstanceId) == 16);
static_assert(offsetof(nvmlProcessDetail_v1_t, computeInstanceId) == 20);
static_assert(offsetof(nvmlProcessDetail_v1_t, usedGpuCcProtectedMemory) == 24);

struct nvmlProcessDetailList_v1_t {
  unsigned int version;
  unsigned int mode;
  unsigned int numProcArrayEntries;
  nvmlProcessDetail_v1_t* procArray;
};
static_assert(sizeof(nvmlProcessDetailList_v1_t) == 24 && alignof(nvmlProcessDetailList_v1_t) == 8);
static_assert(offsetof(nvmlProcessDetailList_v1_t, version) == 0);
static_assert(offsetof(nvmlProcessDetailList_v1_t, mode) == 4);
static_assert(offsetof(nvmlProcessDetailList_v1_t, numProcArrayEntries) == 8);
static_assert(offsetof(nvmlProcessDetailList_v1_t, procArray) == 16);
inline constexpr unsigned int nvmlProcessDetailList_v1_version = 0x01000018;
static_assert(nvmlProcessDetailList_v1_version == (sizeof(nvmlProcessDetailList_v1_t) | 1u << 24));

struct nvmlUtilization_t {
  unsigned int gpu;
  unsigned int memory;
};
static_assert(sizeof(nvmlUtilization_t) == 8 && alignof(nvmlUtilization_t) == 4);
static_assert(offsetof(nvmlUtilization_t, gpu) == 0);
static_assert(offsetof(nvmlUtilization_t, memory) == 4);

struct nvmlProcessUtilizationSample_t {
  unsigned int pid;
  unsigned long long timeStamp;
  unsigned int smUtil;
  unsigned int memUtil;
  unsigned int encUtil;
  unsigned int decUtil;
};
static_assert(sizeof(nvmlProcessUtilizationSample_t) == 32 &&
              alignof(nvmlProcessUtilizationSample_t) == 8);
static_assert(offsetof(nvmlProcessUtilizationSample_t, pid) == 0);
static_assert(offsetof(nvmlProcessUtilizationSample_t, timeStamp) == 8);
static_assert(offsetof(nvmlProcessUtilizationSample_t, smUtil) == 16);
static_assert(offsetof(nvmlProcessUtilizationSample_t, memUtil) == 20);
static_assert(offsetof(nvmlProcessUtilizationSample_t, encUtil) == 24);
static_assert(offsetof(nvmlProcessUtilizationSample_t, decUtil) == 28);

struct nvmlAccountingStats_t {
  unsigned int gpuUtilization;
  unsigned int memoryUtilization;
  unsigned long long maxMemoryUsage;
  unsigned long long time;
  unsigned long long startTime;
  unsigned int isRunning;
  unsigned int reserved[5];
};
static_assert(sizeof(nvmlAccountingStats_t) == 56 && alignof(nvmlAccountingStats_t) == 8);
static_assert(offsetof(nvmlAccountingStats_t, gpuUtilization) == 0);
static_assert(offsetof(nvmlAccountingStats_t, memoryUtilization) == 4);
static_assert(offsetof(nvmlAccountingStats_t, maxMemoryUsage) == 8);
static_assert(offsetof(nvmlAccountingStats_t, time) == 16);
static_assert(offsetof(nvmlAccountingStats_t, startTime) == 24);
static_assert(offsetof(nvmlAccountingStats_t, isRunning) == 32);
static_assert(offsetof(nvmlAccountingStats_t, reserved) == 36);

struct nvmlAccountingStats_v2_t {
  unsigned int pid;
  unsigned int isRunning;
  unsigned int gpuUtilization;
  unsigned int memoryUtilization;
  unsigned long long maxMemoryUsage;
  unsigned int sampleCount;
  unsigned long long sumGpuUtil;
  unsigned long long sumFbUtil;
  unsigned long long time;
  unsigned long long startTime;
};
static_assert(sizeof(nvmlAccountingStats_v2_t) == 64 && alignof(nvmlAccountingStats_v2_t) == 8);
static_assert(offsetof(nvmlAccountingStats_v2_t, pid) == 0);
static_assert(offsetof(nvmlAccountingStats_v2_t, isRunning) == 4);
static_assert(offsetof(nvmlAccountingStats_v2_t, gpuUtilization) == 8);
static_assert(offsetof(nvmlAccountingStats_v2_t, memoryUtilization) == 12);
static_assert(offsetof(nvmlAccountingStats_v2_t, maxMemoryUsage) == 16);
static_assert(offsetof(nvmlAccountingStats_v2_t, sampleCount) == 24);
static_assert(offsetof(nvmlAccountingStats_v2_t, sumGpuUtil) == 32);
static_assert(offsetof(nvmlAccountingStats_v2_t, sumFbUtil) == 40);
static_assert(offsetof(nvmlAccountingStats_v2_t, time) == 48);
static_assert(offsetof(nvmlAccountingStats_v2_t, startTime) == 56);

}  // namespace nvml_abi

#endif  // MIG_NVML_ABI_PROCESS_H_
