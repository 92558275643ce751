// Compute instances: placement, profile info in its three versions, info.
// Source: header NVML 13.3.29; every size and offset was compiled from it for x86-64 and aarch64.
#ifndef MIG_NVML_ABI_COMPUTE_INSTANCE_H_
#define MIG_NVML_ABI_COMPUTE_INSTANCE_H_

#include <cstddef>

#include "nvml/abi/handles.h"

namespace nvml_abi {

// In compute slices inside the GPU instance, from 0.
struct nvmlComputeInstancePlacement_t {
  unsigned int start;
  unsigned int size;
};
static_assert(sizeof(nvmlComputeInstancePlacement_t) == 8 &&
              alignof(nvmlComputeInstancePlacement_t) == 4);
static_assert(offsetof(nvmlComputeInstancePlacement_t, start) == 0);
static_assert(offsetof(nvmlComputeInstancePlacement_t, size) == 4);

struct nvmlComputeInstanceProfileInfo_t {
  unsigned int id;
  unsigned int sliceCount;
  unsigned int instanceCount;
  unsigned int multiprocessorCount;
  unsigned int sharedCopyEngineCount;
  unsigned int sharedDecoderCount;
  unsigned int sharedEncoderCount;
  unsigned int sharedJpegCount;
  unsigned int sharedOfaCount;
};
static_assert(sizeof(nvmlComputeInstanceProfileInfo_t) == 36 &&
              alignof(nvmlComputeInstanceProfileInfo_t) == 4);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_t, id) == 0);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_t, sliceCount) == 4);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_t, instanceCount) == 8);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_t, multiprocessorCount) == 12);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_t, sharedCopyEngineCount) == 16);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_t, sharedDecoderCount) == 20);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_t, sharedEncoderCount) == 24);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_t, sharedJpegCount) == 28);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_t, sharedOfaCount) == 32);

struct nvmlComputeInstanceProfileInfo_v2_t {
  unsigned int version;
  unsigned int id;
  unsigned int sliceCount;
  unsigned int instanceCount;
  unsigned int multiprocessorCount;
  unsigned int sharedCopyEngineCount;
  unsigned int sharedDecoderCount;
  unsigned int sharedEncoderCount;
  unsigned int sharedJpegCount;
  unsigned int sharedOfaCount;
  char name[96];
};
static_assert(sizeof(nvmlComputeInstanceProfileInfo_v2_t) == 136 &&
              alignof(nvmlComputeInstanceProfileInfo_v2_t) == 4);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_v2_t, version) == 0);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_v2_t, id) == 4);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_v2_t, sliceCount) == 8);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_v2_t, instanceCount) == 12);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_v2_t, multiprocessorCount) == 16);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_v2_t, sharedCopyEngineCount) == 20);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_v2_t, sharedDecoderCount) == 24);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_v2_t, sharedEncoderCount) == 28);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_v2_t, sharedJpegCount) == 32);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_v2_t, sharedOfaCount) == 36);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_v2_t, name) == 40);
inline constexpr unsigned int nvmlComputeInstanceProfileInfo_v2_version = 0x02000088;
static_assert(nvmlComputeInstanceProfileInfo_v2_version ==
              (sizeof(nvmlComputeInstanceProfileInfo_v2_t) | 2u << 24));

struct nvmlComputeInstanceProfileInfo_v3_t {
  unsigned int version;
  unsigned int id;
  unsigned int sliceCount;
  unsigned int instanceCount;
  unsigned int multiprocessorCount;
  unsigned int sharedCopyEngineCount;
  unsigned int sharedDecoderCount;
  unsigned int sharedEncoderCount;
  unsigned int sharedJpegCount;
  unsigned int sharedOfaCount;
  char name[96];
  unsigned int capabilities;
};
static_assert(sizeof(nvmlComputeInstanceProfileInfo_v3_t) == 140 &&
              alignof(nvmlComputeInstanceProfileInfo_v3_t) == 4);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_v3_t, version) == 0);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_v3_t, id) == 4);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_v3_t, sliceCount) == 8);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_v3_t, instanceCount) == 12);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_v3_t, multiprocessorCount) == 16);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_v3_t, sharedCopyEngineCount) == 20);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_v3_t, sharedDecoderCount) == 24);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_v3_t, sharedEncoderCount) == 28);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_v3_t, sharedJpegCount) == 32);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_v3_t, sharedOfaCount) == 36);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_v3_t, name) == 40);
static_assert(offsetof(nvmlComputeInstanceProfileInfo_v3_t, capabilities) == 136);
inline constexpr unsigned int nvmlComputeInstanceProfileInfo_v3_version = 0x0300008c;
static_assert(nvmlComputeInstanceProfileInfo_v3_version ==
              (sizeof(nvmlComputeInstanceProfileInfo_v3_t) | 3u << 24));

struct nvmlComputeInstanceInfo_t {
  nvmlDevice_t device;
  nvmlGpuInstance_t gpuInstance;
  unsigned int id;
  unsigned int profileId;
  nvmlComputeInstancePlacement_t placement;
};
static_assert(sizeof(nvmlComputeInstanceInfo_t) == 32 && alignof(nvmlComputeInstanceInfo_t) == 8);
static_assert(offsetof(nvmlComputeInstanceInfo_t, device) == 0);
static_assert(offsetof(nvmlComputeInstanceInfo_t, gpuInstance) == 8);
static_assert(offsetof(nvmlComputeInstanceInfo_t, id) == 16);
static_assert(offsetof(nvmlComputeInstanceInfo_t, profileId) == 20);
static_assert(offsetof(nvmlComputeInstanceInfo_t, placement) == 24);

}  // namespace nvml_abi

#endif  // MIG_NVML_ABI_COMPUTE_INSTANCE_H_
