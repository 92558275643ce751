// Small enums, flags and buffer sizes.
// Source: header NVML 13.3.29; every size and offset was compiled from it for x86-64 and aarch64.
#ifndef MIG_NVML_ABI_VALUES_H_
#define MIG_NVML_ABI_VALUES_H_

#include <cstddef>

namespace nvml_abi {

using nvmlDeviceArchitecture_t = unsigned int;
inline constexpr nvmlDeviceArchitecture_t NVML_DEVICE_ARCH_KEPLER = 2u;
inline constexpr nvmlDeviceArchitecture_t NVML_DEVICE_ARCH_MAXWELL = 3u;
inline constexpr nvmlDeviceArchitecture_t NVML_DEVICE_ARCH_PASCAL = 4u;
inline constexpr nvmlDeviceArchitecture_t NVML_DEVICE_ARCH_VOLTA = 5u;
inline constexpr nvmlDeviceArchitecture_t NVML_DEVICE_ARCH_TURING = 6u;
inline constexpr nvmlDeviceArchitecture_t NVML_DEVICE_ARCH_AMPERE = 7u;
inline constexpr nvmlDeviceArchitecture_t NVML_DEVICE_ARCH_ADA = 8u;
inline constexpr nvmlDeviceArchitecture_t NVML_DEVICE_ARCH_HOPPER = 9u;
inline constexpr nvmlDeviceArchitecture_t NVML_DEVICE_ARCH_BLACKWELL = 10u;
inline constexpr nvmlDeviceArchitecture_t NVML_DEVICE_ARCH_RUBIN = 13u;
inline constexpr nvmlDeviceArchitecture_t NVML_DEVICE_ARCH_UNKNOWN = 4294967295u;

enum nvmlBrandType_t : unsigned int {
  NVML_BRAND_UNKNOWN = 0,
  NVML_BRAND_QUADRO = 1,
  NVML_BRAND_TESLA = 2,
  NVML_BRAND_NVS = 3,
  NVML_BRAND_GRID = 4,
  NVML_BRAND_GEFORCE = 5,
  NVML_BRAND_TITAN = 6,
  NVML_BRAND_NVIDIA_VAPPS = 7,
  NVML_BRAND_NVIDIA_VPC = 8,
  NVML_BRAND_NVIDIA_VCS = 9,
  NVML_BRAND_NVIDIA_VWS = 10,
  NVML_BRAND_NVIDIA_CLOUD_GAMING = 11,
  NVML_BRAND_NVIDIA_VGAMING = 11,
  NVML_BRAND_QUADRO_RTX = 12,
  NVML_BRAND_NVIDIA_RTX = 13,
  NVML_BRAND_NVIDIA = 14,
  NVML_BRAND_GEFORCE_RTX = 15,
  NVML_BRAND_TITAN_RTX = 16,
  NVML_BRAND_COUNT = 18,
};

enum nvmlEnableState_t : unsigned int {
  NVML_FEATURE_DISABLED = 0,
  NVML_FEATURE_ENABLED = 1,
};

enum nvmlComputeMode_t : unsigned int {
  NVML_COMPUTEMODE_DEFAULT = 0,
  NVML_COMPUTEMODE_EXCLUSIVE_THREAD = 1,
  NVML_COMPUTEMODE_PROHIBITED = 2,
  NVML_COMPUTEMODE_EXCLUSIVE_PROCESS = 3,
  NVML_COMPUTEMODE_COUNT = 4,
};

enum nvmlGpuVirtualizationMode_t : unsigned int {
  NVML_GPU_VIRTUALIZATION_MODE_NONE = 0,
  NVML_GPU_VIRTUALIZATION_MODE_PASSTHROUGH = 1,
  NVML_GPU_VIRTUALIZATION_MODE_VGPU = 2,
  NVML_GPU_VIRTUALIZATION_MODE_HOST_VGPU = 3,
  NVML_GPU_VIRTUALIZATION_MODE_HOST_VSGA = 4,
};

enum nvmlValueType_t : unsigned int {
  NVML_VALUE_TYPE_DOUBLE = 0,
  NVML_VALUE_TYPE_UNSIGNED_INT = 1,
  NVML_VALUE_TYPE_UNSIGNED_LONG = 2,
  NVML_VALUE_TYPE_UNSIGNED_LONG_LONG = 3,
  NVML_VALUE_TYPE_SIGNED_LONG_LONG = 4,
  NVML_VALUE_TYPE_SIGNED_INT = 5,
  NVML_VALUE_TYPE_UNSIGNED_SHORT = 6,
  NVML_VALUE_TYPE_COUNT = 7,
};

enum nvmlMemoryErrorType_t : unsigned int {
  NVML_MEMORY_ERROR_TYPE_CORRECTED = 0,
  NVML_MEMORY_ERROR_TYPE_UNCORRECTED = 1,
  NVML_MEMORY_ERROR_TYPE_COUNT = 2,
};

enum nvmlEccCounterType_t : unsigned int {
  NVML_VOLATILE_ECC = 0,
  NVML_AGGREGATE_ECC = 1,
  NVML_ECC_COUNTER_TYPE_COUNT = 2,
};

enum nvmlMemoryLocation_t : unsigned int {
  NVML_MEMORY_LOCATION_L1_CACHE = 0,
  NVML_MEMORY_LOCATION_L2_CACHE = 1,
  NVML_MEMORY_LOCATION_DRAM = 2,
  NVML_MEMORY_LOCATION_DEVICE_MEMORY = 2,
  NVML_MEMORY_LOCATION_REGISTER_FILE = 3,
  NVML_MEMORY_LOCATION_TEXTURE_MEMORY = 4,
  NVML_MEMORY_LOCATION_TEXTURE_SHM = 5,
  NVML_MEMORY_LOCATION_CBU = 6,
  NVML_MEMORY_LOCATION_SRAM = 7,
  NVML_MEMORY_LOCATION_COUNT = 8,
};

enum nvmlDetachGpuState_t : unsigned int {
  NVML_DETACH_GPU_KEEP = 0,
  NVML_DETACH_GPU_REMOVE = 1,
};

enum nvmlPcieLinkState_t : unsigned int {
  NVML_PCIE_LINK_KEEP = 0,
  NVML_PCIE_LINK_SHUT_DOWN = 1,
};

inline constexpr unsigned int NVML_PROCESS_MODE_COMPUTE = 0;
inline constexpr unsigned int NVML_PROCESS_MODE_GRAPHICS = 1;
inline constexpr unsigned int NVML_PROCESS_MODE_MPS = 2;
inline constexpr unsigned int NVML_PROCESS_MODE_ALL = 3;
inline constexpr unsigned int NVML_PROCESS_MODE_MAX = 4;
inline constexpr unsigned int NVML_UUID_TYPE_NONE = 0;
inline constexpr unsigned int NVML_UUID_TYPE_ASCII = 1;
inline constexpr unsigned int NVML_UUID_TYPE_BINARY = 2;
inline constexpr unsigned int NVML_DEVICE_ADDRESSING_MODE_NONE = 0;
inline constexpr unsigned int NVML_DEVICE_ADDRESSING_MODE_HMM = 1;
inline constexpr unsigned int NVML_DEVICE_ADDRESSING_MODE_ATS = 2;
inline constexpr unsigned int NVML_GPU_RECOVERY_ACTION_NONE = 0;
inline constexpr unsigned int NVML_GPU_RECOVERY_ACTION_GPU_RESET = 1;
inline constexpr unsigned int NVML_GPU_RECOVERY_ACTION_NODE_REBOOT = 2;
inline constexpr unsigned int NVML_GPU_RECOVERY_ACTION_DRAIN_P2P = 3;
inline constexpr unsigned int NVML_GPU_RECOVERY_ACTION_DRAIN_AND_RESET = 4;
inline constexpr unsigned int NVML_GPU_RECOVERY_ACTION_RECOVER_IMEX_DOMAIN = 5;
inline constexpr unsigned int NVML_INIT_FLAG_NO_GPUS = 1;
inline constexpr unsigned int NVML_INIT_FLAG_NO_ATTACH = 2;
inline constexpr unsigned int NVML_INIT_FLAG_FORCE_INIT = 4;
inline constexpr unsigned int NVML_GPM_METRICS_GET_VERSION = 1;
inline constexpr unsigned int NVML_GPM_SUPPORT_VERSION = 1;
inline constexpr unsigned int NVML_DEV_CAP_EGM = 1;

inline constexpr unsigned int NVML_DEVICE_PCI_BUS_ID_BUFFER_SIZE = 32;
inline constexpr unsigned int NVML_DEVICE_PCI_BUS_ID_BUFFER_V2_SIZE = 16;
inline constexpr unsigned int NVML_DEVICE_UUID_ASCII_LEN = 41;
inline constexpr unsigned int NVML_DEVICE_UUID_BINARY_LEN = 16;
inline constexpr unsigned int NVML_DEVICE_HOSTNAME_BUFFER_SIZE = 64;
inline constexpr unsigned int NVML_DEVICE_INFOROM_VERSION_BUFFER_SIZE = 16;
inline constexpr unsigned int NVML_DEVICE_UUID_BUFFER_SIZE = 80;
inline constexpr unsigned int NVML_DEVICE_UUID_V2_BUFFER_SIZE = 96;
inline constexpr unsigned int NVML_DEVICE_PART_NUMBER_BUFFER_SIZE = 80;
inline constexpr unsigned int NVML_SYSTEM_DRIVER_VERSION_BUFFER_SIZE = 80;
inline constexpr unsigned int NVML_SYSTEM_NVML_VERSION_BUFFER_SIZE = 80;
inline constexpr unsigned int NVML_DEVICE_NAME_BUFFER_SIZE = 64;
inline constexpr unsigned int NVML_DEVICE_NAME_V2_BUFFER_SIZE = 96;
inline constexpr unsigned int NVML_DEVICE_SERIAL_BUFFER_SIZE = 30;
inline constexpr unsigned int NVML_DEVICE_VBIOS_VERSION_BUFFER_SIZE = 32;

}  // namespace nvml_abi

#endif  // MIG_NVML_ABI_VALUES_H_
