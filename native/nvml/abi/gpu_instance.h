// GPU instances: placement, profile info in its three versions, info.
// Source: header NVML 13.3.29; every size and offset was compiled from it for x86-64 and aarch64.
#ifndef MIG_NVML_ABI_GPU_INSTANCE_H_
#define MIG_NVML_ABI_GPU_INSTANCE_H_

#include <cstddef>

#include "nvml/abi/handles.h"

namespace nvml_abi {

// In the GPU's own memory units (2, 4, 8 or 12 of them).
struct nvmlGpuInstancePlacement_t {
  unsigned int start;
  unsigned int size;
};
static_assert(sizeof(nvmlGpuInstancePlacement_t) == 8 && alignof(nvmlGpuInstancePlacement_t) == 4);
static_assert(offsetof(nvmlGpuInstancePlacement_t, start) == 0);
static_assert(offsetof(nvmlGpuInstancePlacement_t, size) == 4);

struct nvmlGpuInstanceProfileInfo_t {
  unsigned int id;
  unsigned int isP2pSupported;
  unsigned int sliceCount;
  unsigned int instanceCount;
  unsigned int multiprocessorCount;
  unsigned int copyEngineCount;
  unsigned int decoderCount;
  unsigned int encoderCount;
  unsigned int jpegCount;
  unsigned int ofaCount;
  unsigned long long memorySizeMB;
};
static_assert(sizeof(nvmlGpuInstanceProfileInfo_t) == 48 &&
              alignof(nvmlGpuInstanceProfileInfo_t) == 8);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_t, id) == 0);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_t, isP2pSupported) == 4);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_t, sliceCount) == 8);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_t, instanceCount) == 12);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_t, multiprocessorCount) == 16);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_t, copyEngineCount) == 20);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_t, decoderCount) == 24);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_t, encoderCount) == 28);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_t, jpegCount) == 32);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_t, ofaCount) == 36);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_t, memorySizeMB) == 40);

struct nvmlGpuInstanceProfileInfo_v2_t {
  unsigned int version;
  unsigned int id;
  unsigned int isP2pSupported;
  unsigned int sliceCount;
  unsigned int instanceCount;
  unsigned int multiprocessorCount;
  unsigned int copyEngineCount;
  unsigned int decoderCount;
  unsigned int encoderCount;
  unsigned int jpegCount;
  unsigned int ofaCount;
  unsigned long long memorySizeMB;
  char name[96];
};
static_assert(sizeof(nvmlGpuInstanceProfileInfo_v2_t) == 152 &&
              alignof(nvmlGpuInstanceProfileInfo_v2_t) == 8);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v2_t, version) == 0);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v2_t, id) == 4);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v2_t, isP2pSupported) == 8);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v2_t, sliceCount) == 12);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v2_t, instanceCount) == 16);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v2_t, multiprocessorCount) == 20);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v2_t, copyEngineCount) == 24);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v2_t, decoderCount) == 28);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v2_t, encoderCount) == 32);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v2_t, jpegCount) == 36);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v2_t, ofaCount) == 40);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v2_t, memorySizeMB) == 48);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v2_t, name) == 56);
inline constexpr unsigned int nvmlGpuInstanceProfileInfo_v2_version = 0x02000098;
static_assert(nvmlGpuInstanceProfileInfo_v2_version ==
              (sizeof(nvmlGpuInstanceProfileInfo_v2_t) | 2u << 24));

// The same total size as v2: only the top byte of the tag differs.
struct nvmlGpuInstanceProfileInfo_v3_t {
  unsigned int version;
  unsigned int id;
  unsigned int sliceCount;
  unsigned int instanceCount;
  unsigned int multiprocessorCount;
  unsigned int copyEngineCount;
  unsigned int decoderCount;
  unsigned int encoderCount;
  unsigned int jpegCount;
  unsigned int ofaCount;
  unsigned long long memorySizeMB;
  char name[96];
  unsigned int capabilities;
};
static_assert(sizeof(nvmlGpuInstanceProfileInfo_v3_t) == 152 &&
              alignof(nvmlGpuInstanceProfileInfo_v3_t) == 8);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v3_t, version) == 0);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v3_t, id) == 4);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v3_t, sliceCount) == 8);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v3_t, instanceCount) == 12);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v3_t, multiprocessorCount) == 16);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v3_t, copyEngineCount) == 20);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v3_t, decoderCount) == 24);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v3_t, encoderCount) == 28);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v3_t, jpegCount) == 32);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v3_t, ofaCount) == 36);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v3_t, memorySizeMB) == 40);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v3_t, name) == 48);
static_assert(offsetof(nvmlGpuInstanceProfileInfo_v3_t, capabilities) == 144);
inline constexpr unsigned int nvmlGpuInstanceProfileInfo_v3_version = 0x03000098;
static_assert(nvmlGpuInstanceProfileInfo_v3_version ==
              (sizeof(nvmlGpuInstanceProfileInfo_v3_t) | 3u << 24));

struct nvmlGpuInstanceInfo_t {
  nvmlDevice_t device;
  unsigned int id;
  unsigned int profileId;
  nvmlGpuInstancePlacement_t placement;
};
static_assert(sizeof(nvmlGpuInstanceInfo_t) == 24 && alignof(nvmlGpuInstanceInfo_t) == 8);
static_assert(offsetof(nvmlGpuInstanceInfo_t, device) == 0);
static_assert(offsetof(nvmlGpuInstanceInfo_t, id) == 8);
static_assert(offsetof(nvmlGpuInstanceInfo_t, profileId) == 12);
static_assert(offsetof(nvmlGpuInstanceInfo_t, placement) == 16);

}  // namespace nvml_abi

#endif  // MIG_NVML_ABI_GPU_INSTANCE_H_
