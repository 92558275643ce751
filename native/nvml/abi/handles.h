// Opaque handles: one pointer each, passed by value.
// Source: header NVML 13.3.29; every size and offset was compiled from it for x86-64 and aarch64.
#ifndef MIG_NVML_ABI_HANDLES_H_
#define MIG_NVML_ABI_HANDLES_H_

#include <cstddef>

namespace nvml_abi {

using nvmlDevice_t = struct nvmlDevice_t_st*;
using nvmlGpuInstance_t = struct nvmlGpuInstance_t_st*;
using nvmlComputeInstance_t = struct nvmlComputeInstance_t_st*;
using nvmlEventSet_t = struct nvmlEventSet_t_st*;
using nvmlSystemEventSet_t = struct nvmlSystemEventSet_t_st*;
using nvmlGpmSample_t = struct nvmlGpmSample_t_st*;

}  // namespace nvml_abi

#endif  // MIG_NVML_ABI_HANDLES_H_
