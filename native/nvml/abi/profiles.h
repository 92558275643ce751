// Profile indexes, capability bits, MIG mode and field ids.
// Source: header NVML 13.3.29; every size and offset was compiled from it for x86-64 and aarch64.
#ifndef MIG_NVML_ABI_PROFILES_H_
#define MIG_NVML_ABI_PROFILES_H_

#include <cstddef>

namespace nvml_abi {

// Index of a GPU instance profile: the argument of nvmlDeviceGetGpuInstanceProfileInfo*. It is not
// the `id` that a profile info carries and that creation takes.
enum nvmlGpuInstanceProfile : unsigned int {
  NVML_GPU_INSTANCE_PROFILE_1_SLICE = 0x0,
  NVML_GPU_INSTANCE_PROFILE_2_SLICE = 0x1,
  NVML_GPU_INSTANCE_PROFILE_3_SLICE = 0x2,
  NVML_GPU_INSTANCE_PROFILE_4_SLICE = 0x3,
  NVML_GPU_INSTANCE_PROFILE_7_SLICE = 0x4,
  NVML_GPU_INSTANCE_PROFILE_8_SLICE = 0x5,
  NVML_GPU_INSTANCE_PROFILE_6_SLICE = 0x6,
  NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV1 = 0x7,
  NVML_GPU_INSTANCE_PROFILE_2_SLICE_REV1 = 0x8,
  NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV2 = 0x9,
  NVML_GPU_INSTANCE_PROFILE_1_SLICE_GFX = 0xa,
  NVML_GPU_INSTANCE_PROFILE_2_SLICE_GFX = 0xb,
  NVML_GPU_INSTANCE_PROFILE_4_SLICE_GFX = 0xc,
  NVML_GPU_INSTANCE_PROFILE_1_SLICE_NO_ME = 0xd,
  NVML_GPU_INSTANCE_PROFILE_2_SLICE_NO_ME = 0xe,
  NVML_GPU_INSTANCE_PROFILE_1_SLICE_ALL_ME = 0xf,
  NVML_GPU_INSTANCE_PROFILE_2_SLICE_ALL_ME = 0x10,
  NVML_GPU_INSTANCE_PROFILE_3_SLICE_GFX = 0x11,
  NVML_GPU_INSTANCE_PROFILE_COUNT = 0x12,
};

inline constexpr unsigned int NVML_GPU_INSTANCE_PROFILE_CAPS_P2P = 0x1;
inline constexpr unsigned int NVML_GPU_INSTANCE_PROFILE_CAPS_GFX = 0x2;
inline constexpr unsigned int NVML_COMPUTE_INSTANCE_PROFILE_CAPS_GFX = 0x1;

enum nvmlComputeInstanceProfile : unsigned int {
  NVML_COMPUTE_INSTANCE_PROFILE_1_SLICE = 0x0,
  NVML_COMPUTE_INSTANCE_PROFILE_2_SLICE = 0x1,
  NVML_COMPUTE_INSTANCE_PROFILE_3_SLICE = 0x2,
  NVML_COMPUTE_INSTANCE_PROFILE_4_SLICE = 0x3,
  NVML_COMPUTE_INSTANCE_PROFILE_7_SLICE = 0x4,
  NVML_COMPUTE_INSTANCE_PROFILE_8_SLICE = 0x5,
  NVML_COMPUTE_INSTANCE_PROFILE_6_SLICE = 0x6,
  NVML_COMPUTE_INSTANCE_PROFILE_1_SLICE_REV1 = 0x7,
  NVML_COMPUTE_INSTANCE_PROFILE_7_SLICE_NVL = 0x8,
  NVML_COMPUTE_INSTANCE_PROFILE_COUNT = 0x9,
};

inline constexpr unsigned int NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_SHARED = 0x0;

inline constexpr unsigned int NVML_DEVICE_MIG_DISABLE = 0u;
inline constexpr unsigned int NVML_DEVICE_MIG_ENABLE = 1u;
inline constexpr unsigned int INVALID_GPU_INSTANCE_PROFILE_ID = 4294967295u;
inline constexpr unsigned int INVALID_GPU_INSTANCE_ID = 4294967295u;
inline constexpr unsigned int NVML_FI_DEV_IS_RESETLESS_MIG_SUPPORTED = 184u;
inline constexpr unsigned int NVML_FI_DEV_IS_MIG_MODE_INDEPENDENT_MIG_QUERY_CAPABLE = 199u;
inline constexpr unsigned int NVML_FI_DEV_RESET_STATUS = 226u;
inline constexpr unsigned int NVML_FI_DEV_GET_GPU_RECOVERY_ACTION = 230u;
inline constexpr unsigned int NVML_FI_MAX = 303u;
inline constexpr unsigned long long NVML_VALUE_NOT_AVAILABLE = ~0ULL;
inline constexpr unsigned int NVML_API_VERSION = 13u;

}  // namespace nvml_abi

#endif  // MIG_NVML_ABI_PROFILES_H_
