// Device identity, attributes of MIG devices, memory, PCI.
// Source: header NVML 13.3.29; every size and offset was compiled from it for x86-64 and aarch64.
#ifndef MIG_NVML_ABI_DEVICE_H_
#define MIG_NVML_ABI_DEVICE_H_

#include <cstddef>

#include "nvml/abi/handles.h"

namespace nvml_abi {

struct nvmlDeviceAttributes_t {
  unsigned int multiprocessorCount;
  unsigned int sharedCopyEngineCount;
  unsigned int sharedDecoderCount;
  unsigned int sharedEncoderCount;
  unsigned int sharedJpegCount;
  unsigned int sharedOfaCount;
  unsigned int gpuInstanceSliceCount;
  unsigned int computeInstanceSliceCount;
  unsigned long long memorySizeMB;
};
static_assert(sizeof(nvmlDeviceAttributes_t) == 40 && alignof(nvmlDeviceAttributes_t) == 8);
static_assert(offsetof(nvmlDeviceAttributes_t, multiprocessorCount) == 0);
static_assert(offsetof(nvmlDeviceAttributes_t, sharedCopyEngineCount) == 4);
static_assert(offsetof(nvmlDeviceAttributes_t, sharedDecoderCount) == 8);
static_assert(offsetof(nvmlDeviceAttributes_t, sharedEncoderCount) == 12);
static_assert(offsetof(nvmlDeviceAttributes_t, sharedJpegCount) == 16);
static_assert(offsetof(nvmlDeviceAttributes_t, sharedOfaCount) == 20);
static_assert(offsetof(nvmlDeviceAttributes_t, gpuInstanceSliceCount) == 24);
static_assert(offsetof(nvmlDeviceAttributes_t, computeInstanceSliceCount) == 28);
static_assert(offsetof(nvmlDeviceAttributes_t, memorySizeMB) == 32);

struct nvmlMemory_t {
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};
static_assert(sizeof(nvmlMemory_t) == 24 && alignof(nvmlMemory_t) == 8);
static_assert(offsetof(nvmlMemory_t, total) == 0);
static_assert(offsetof(nvmlMemory_t, free) == 8);
static_assert(offsetof(nvmlMemory_t, used) == 16);

struct nvmlMemory_v2_t {
  unsigned int version;
  unsigned long long total;
  unsigned long long reserved;
  unsigned long long free;
  unsigned long long used;
};
static_assert(sizeof(nvmlMemory_v2_t) == 40 && alignof(nvmlMemory_v2_t) == 8);
static_assert(offsetof(nvmlMemory_v2_t, version) == 0);
static_assert(offsetof(nvmlMemory_v2_t, total) == 8);
static_assert(offsetof(nvmlMemory_v2_t, reserved) == 16);
static_assert(offsetof(nvmlMemory_v2_t, free) == 24);
static_assert(offsetof(nvmlMemory_v2_t, used) == 32);
inline constexpr unsigned int nvmlMemory_v2_version = 0x02000028;
static_assert(nvmlMemory_v2_version == (sizeof(nvmlMemory_v2_t) | 2u << 24));

struct nvmlBAR1Memory_t {
  unsigned long long bar1Total;
  unsigned long long bar1Free;
  unsigned long long bar1Used;
};
static_assert(sizeof(nvmlBAR1Memory_t) == 24 && alignof(nvmlBAR1Memory_t) == 8);
static_assert(offsetof(nvmlBAR1Memory_t, bar1Total) == 0);
static_assert(offsetof(nvmlBAR1Memory_t, bar1Free) == 8);
static_assert(offsetof(nvmlBAR1Memory_t, bar1Used) == 16);

struct nvmlPciInfo_t {
  char busIdLegacy[16];
  unsigned int domain;
  unsigned int bus;
  unsigned int device;
  unsigned int pciDeviceId;
  unsigned int pciSubSystemId;
  char busId[32];
};
static_assert(sizeof(nvmlPciInfo_t) == 68 && alignof(nvmlPciInfo_t) == 4);
static_assert(offsetof(nvmlPciInfo_t, busIdLegacy) == 0);
static_assert(offsetof(nvmlPciInfo_t, domain) == 16);
static_assert(offsetof(nvmlPciInfo_t, bus) == 20);
static_assert(offsetof(nvmlPciInfo_t, device) == 24);
static_assert(offsetof(nvmlPciInfo_t, pciDeviceId) == 28);
static_assert(offsetof(nvmlPciInfo_t, pciSubSystemId) == 32);
static_assert(offsetof(nvmlPciInfo_t, busId) == 36);

struct nvmlPciInfoExt_v1_t {
  unsigned int version;
  unsigned int domain;
  unsigned int bus;
  unsigned int device;
  unsigned int pciDeviceId;
  unsigned int pciSubSystemId;
  unsigned int baseClass;
  unsigned int subClass;
  char busId[32];
};
static_assert(sizeof(nvmlPciInfoExt_v1_t) == 64 && alignof(nvmlPciInfoExt_v1_t) == 4);
static_assert(offsetof(nvmlPciInfoExt_v1_t, version) == 0);
static_assert(offsetof(nvmlPciInfoExt_v1_t, domain) == 4);
static_assert(offsetof(nvmlPciInfoExt_v1_t, bus) == 8);
static_assert(offsetof(nvmlPciInfoExt_v1_t, device) == 12);
static_assert(offsetof(nvmlPciInfoExt_v1_t, pciDeviceId) == 16);
static_assert(offsetof(nvmlPciInfoExt_v1_t, pciSubSystemId) == 20);
static_assert(offsetof(nvmlPciInfoExt_v1_t, baseClass) == 24);
static_assert(offsetof(nvmlPciInfoExt_v1_t, subClass) == 28);
static_assert(offsetof(nvmlPciInfoExt_v1_t, busId) == 32);
inline constexpr unsigned int nvmlPciInfoExt_v1_version = 0x01000040;
static_assert(nvmlPciInfoExt_v1_version == (sizeof(nvmlPciInfoExt_v1_t) | 1u << 24));

union nvmlUUIDValue_t {
  char str[41];
  unsigned char bytes[16];
};
static_assert(sizeof(nvmlUUIDValue_t) == 41 && alignof(nvmlUUIDValue_t) == 1);

struct nvmlUUID_v1_t {
  unsigned int version;
  unsigned int type;
  nvmlUUIDValue_t value;
};
static_assert(sizeof(nvmlUUID_v1_t) == 52 && alignof(nvmlUUID_v1_t) == 4);
static_assert(offsetof(nvmlUUID_v1_t, version) == 0);
static_assert(offsetof(nvmlUUID_v1_t, type) == 4);
static_assert(offsetof(nvmlUUID_v1_t, value) == 8);
inline constexpr unsigned int nvmlUUID_v1_version = 0x01000034;
static_assert(nvmlUUID_v1_version == (sizeof(nvmlUUID_v1_t) | 1u << 24));

struct nvmlExcludedDeviceInfo_t {
  nvmlPciInfo_t pciInfo;
  char uuid[80];
};
static_assert(sizeof(nvmlExcludedDeviceInfo_t) == 148 && alignof(nvmlExcludedDeviceInfo_t) == 4);
static_assert(offsetof(nvmlExcludedDeviceInfo_t, pciInfo) == 0);
static_assert(offsetof(nvmlExcludedDeviceInfo_t, uuid) == 68);

struct nvmlDeviceCapabilities_v1_t {
  unsigned int version;
  unsigned int capMask;
};
static_assert(sizeof(nvmlDeviceCapabilities_v1_t) == 8 &&
              alignof(nvmlDeviceCapabilities_v1_t) == 4);
static_assert(offsetof(nvmlDeviceCapabilities_v1_t, version) == 0);
static_assert(offsetof(nvmlDeviceCapabilities_v1_t, capMask) == 4);
inline constexpr unsigned int nvmlDeviceCapabilities_v1_version = 0x01000008;
static_assert(nvmlDeviceCapabilities_v1_version ==
              (sizeof(nvmlDeviceCapabilities_v1_t) | 1u << 24));

struct nvmlDeviceAddressingMode_v1_t {
  unsigned int version;
  unsigned int value;
};
static_assert(sizeof(nvmlDeviceAddressingMode_v1_t) == 8 &&
              alignof(nvmlDeviceAddressingMode_v1_t) == 4);
static_assert(offsetof(nvmlDeviceAddressingMode_v1_t, version) == 0);
static_assert(offsetof(nvmlDeviceAddressingMode_v1_t, value) == 4);
inline constexpr unsigned int nvmlDeviceAddressingMode_v1_version = 0x01000008;
static_assert(nvmlDeviceAddressingMode_v1_version ==
              (sizeof(nvmlDeviceAddressingMode_v1_t) | 1u << 24));

struct nvmlSystemDriverBranchInfo_v1_t {
  unsigned int version;
  char branch[80];
};
static_assert(sizeof(nvmlSystemDriverBranchInfo_v1_t) == 84 &&
              alignof(nvmlSystemDriverBranchInfo_v1_t) == 4);
static_assert(offsetof(nvmlSystemDriverBranchInfo_v1_t, version) == 0);
static_assert(offsetof(nvmlSystemDriverBranchInfo_v1_t, branch) == 4);
inline constexpr unsigned int nvmlSystemDriverBranchInfo_v1_version = 0x01000054;
static_assert(nvmlSystemDriverBranchInfo_v1_version ==
              (sizeof(nvmlSystemDriverBranchInfo_v1_t) | 1u << 24));

}  // namespace nvml_abi

#endif  // MIG_NVML_ABI_DEVICE_H_
