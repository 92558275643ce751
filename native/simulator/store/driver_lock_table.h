// Which lock of the driver each function takes.
//
// Source of the locks: the flags of the controls in open-gpu-kernel-modules 595.45.04
// (g_subdevice_nvoc.c, g_gpu_instance_subscription_nvoc.c, rmapi/control.c). The control of an NVML
// function is certain only if the two correspond one to one; the rest is assumed, in lists of its
// own. Functions in no list answer from what the library has read before (assumed): names, UUIDs,
// indexes, PCI addresses, architecture, handles, event sets.
#ifndef MIG_SIMULATOR_STORE_DRIVER_LOCK_TABLE_H_
#define MIG_SIMULATOR_STORE_DRIVER_LOCK_TABLE_H_

#include <string_view>

namespace migsim::driver_lock_table {

// The whole machine alone: the API lock for writing, and the locks of all GPUs.
inline constexpr std::string_view kMachine[] = {
    // GPU_SET_PARTITIONING_MODE
    "nvmlDeviceSetMigMode",
    // GPU_SET_PARTITIONS
    "nvmlDeviceCreateGpuInstance",
    "nvmlDeviceCreateGpuInstanceWithPlacement",
    "nvmlGpuInstanceDestroy",
    // Exec partitions: create, delete, get
    "nvmlGpuInstanceCreateComputeInstance",
    "nvmlGpuInstanceCreateComputeInstanceWithPlacement",
    "nvmlComputeInstanceDestroy",
    "nvmlGpuInstanceGetComputeInstances",
    "nvmlGpuInstanceGetComputeInstanceById",
    // GPU_DESCRIBE_PARTITIONS
    "nvmlDeviceGetGpuInstanceProfileInfo",
    "nvmlDeviceGetGpuInstanceProfileInfoV",
    "nvmlDeviceGetGpuInstanceProfileInfoByIdV",
};

// The same, assumed: a control without flags takes the API lock for writing.
inline constexpr std::string_view kMachineAssumed[] = {
    "nvmlInit",
    "nvmlInit_v2",
    "nvmlInitWithFlags",
    "nvmlComputeInstanceGetInfo",
    "nvmlComputeInstanceGetInfo_v2",
    "nvmlGpuInstanceGetComputeInstanceProfileInfo",
    "nvmlGpuInstanceGetComputeInstanceProfileInfoV",
    "nvmlDeviceSetAccountingMode",
    "nvmlDeviceSetComputeMode",
    "nvmlDeviceSetEccMode",
    "nvmlDeviceSetPersistenceMode",
    "nvmlDeviceModifyDrainState",
    "nvmlDeviceRemoveGpu",
    "nvmlDeviceRemoveGpu_v2",
    "nvmlDeviceDiscoverGpus",
};

// One GPU: the API lock for reading until the GPU's own lock is held.
inline constexpr std::string_view kGpu[] = {
    // GPU_GET_PARTITIONS
    "nvmlDeviceGetGpuInstances",
    "nvmlDeviceGetGpuInstanceById",
    // GPU_GET_PARTITION_CAPACITY
    "nvmlDeviceGetGpuInstanceRemainingCapacity",
};

// The same, assumed: state that may change at any time, so the library must read it from the
// driver.
inline constexpr std::string_view kGpuAssumed[] = {
    "nvmlDeviceGetGpuInstancePossiblePlacements",
    "nvmlDeviceGetGpuInstancePossiblePlacements_v2",
    "nvmlGpuInstanceGetInfo",
    "nvmlGpuInstanceGetComputeInstancePossiblePlacements",
    "nvmlGpuInstanceGetComputeInstanceRemainingCapacity",
    "nvmlDeviceGetMigMode",
    "nvmlDeviceGetMigDeviceHandleByIndex",
    "nvmlDeviceGetAttributes",
    "nvmlDeviceGetAttributes_v2",
    "nvmlDeviceGetMemoryInfo",
    "nvmlDeviceGetMemoryInfo_v2",
    "nvmlDeviceGetBAR1MemoryInfo",
    "nvmlDeviceGetComputeRunningProcesses",
    "nvmlDeviceGetComputeRunningProcesses_v2",
    "nvmlDeviceGetComputeRunningProcesses_v3",
    "nvmlDeviceGetGraphicsRunningProcesses",
    "nvmlDeviceGetGraphicsRunningProcesses_v2",
    "nvmlDeviceGetGraphicsRunningProcesses_v3",
    "nvmlDeviceGetMPSComputeRunningProcesses",
    "nvmlDeviceGetMPSComputeRunningProcesses_v2",
    "nvmlDeviceGetMPSComputeRunningProcesses_v3",
    "nvmlDeviceGetRunningProcessDetailList",
    "nvmlDeviceGetUtilizationRates",
    "nvmlDeviceGetMemoryErrorCounter",
    "nvmlDeviceGetTotalEccErrors",
    "nvmlDeviceGetFieldValues",
    "nvmlDeviceGetAccountingMode",
    "nvmlDeviceGetAccountingPids",
    "nvmlDeviceGetAccountingStats",
    "nvmlDeviceGetAccountingStats_v2",
    "nvmlDeviceGetComputeMode",
    "nvmlDeviceGetEccMode",
    "nvmlDeviceGetPersistenceMode",
    "nvmlDeviceGetDisplayActive",
    "nvmlDeviceGetDisplayMode",
    "nvmlDeviceRegisterEvents",
    "nvmlGpmSampleGet",
    "nvmlGpmMigSampleGet",
};

}  // namespace migsim::driver_lock_table

#endif  // MIG_SIMULATOR_STORE_DRIVER_LOCK_TABLE_H_
