// The functions that the simulated driver implements, and with the names of
// unsupported_functions.inc all that it exports. Sources of the first drivers:
// the versions of nvml.h in NVIDIA/nvidia-settings by driver tag; names older
// than MIG have none.
#ifndef MIG_SIMULATOR_STORE_FUNCTION_TABLE_H_
#define MIG_SIMULATOR_STORE_FUNCTION_TABLE_H_

#include <iterator>

#include "simulator/store/functions.h"

namespace migsim {

inline constexpr ExportedFunction kFunctions[] = {
    {"nvmlComputeInstanceDestroy", {450, 51, 0}, true},
    {"nvmlComputeInstanceGetInfo", {450, 51, 0}},
    {"nvmlComputeInstanceGetInfo_v2", {450, 80, 2}},
    {"nvmlDeviceCreateGpuInstance", {450, 51, 0}, true},
    {"nvmlDeviceCreateGpuInstanceWithPlacement", {460, 32, 3}, true},
    {"nvmlDeviceDiscoverGpus", {}, true},
    {"nvmlDeviceGetAccountingMode"},
    {"nvmlDeviceGetAccountingPids"},
    {"nvmlDeviceGetAccountingStats"},
    {"nvmlDeviceGetAccountingStats_v2", {610, 43, 2}},
    {"nvmlDeviceGetAddressingMode", {580, 65, 6}},
    {"nvmlDeviceGetArchitecture", {450, 51, 0}},
    {"nvmlDeviceGetAttributes", {450, 51, 0}},
    {"nvmlDeviceGetAttributes_v2", {450, 51, 0}},
    {"nvmlDeviceGetBAR1MemoryInfo"},
    {"nvmlDeviceGetBoardId"},
    {"nvmlDeviceGetBrand"},
    {"nvmlDeviceGetCapabilities", {555, 42, 2}},
    {"nvmlDeviceGetComputeInstanceId", {450, 51, 0}},
    {"nvmlDeviceGetComputeMode"},
    {"nvmlDeviceGetComputeRunningProcesses"},
    {"nvmlDeviceGetComputeRunningProcesses_v2", {450, 66, 0}},
    {"nvmlDeviceGetComputeRunningProcesses_v3", {510, 39, 1}},
    {"nvmlDeviceGetCount"},
    {"nvmlDeviceGetCount_v2"},
    {"nvmlDeviceGetCudaComputeCapability"},
    {"nvmlDeviceGetDeviceHandleFromMigDeviceHandle", {450, 51, 0}},
    {"nvmlDeviceGetDisplayActive"},
    {"nvmlDeviceGetDisplayMode"},
    {"nvmlDeviceGetEccMode"},
    {"nvmlDeviceGetFieldValues"},
    {"nvmlDeviceGetGpuInstanceById", {450, 51, 0}},
    {"nvmlDeviceGetGpuInstanceId", {450, 51, 0}},
    {"nvmlDeviceGetGpuInstancePossiblePlacements", {450, 51, 0}},
    {"nvmlDeviceGetGpuInstancePossiblePlacements_v2", {470, 42, 1}},
    {"nvmlDeviceGetGpuInstanceProfileInfo", {450, 51, 0}},
    {"nvmlDeviceGetGpuInstanceProfileInfoByIdV", {580, 65, 6}},
    {"nvmlDeviceGetGpuInstanceProfileInfoV", {510, 39, 1}},
    {"nvmlDeviceGetGpuInstanceRemainingCapacity", {450, 51, 0}},
    {"nvmlDeviceGetGpuInstances", {450, 51, 0}},
    {"nvmlDeviceGetGraphicsRunningProcesses"},
    {"nvmlDeviceGetGraphicsRunningProcesses_v2", {450, 66, 0}},
    {"nvmlDeviceGetGraphicsRunningProcesses_v3", {510, 39, 1}},
    {"nvmlDeviceGetHandleByIndex"},
    {"nvmlDeviceGetHandleByIndex_v2"},
    {"nvmlDeviceGetHandleByPciBusId"},
    {"nvmlDeviceGetHandleByPciBusId_v2"},
    {"nvmlDeviceGetHandleByUUID"},
    {"nvmlDeviceGetHandleByUUIDV", {575, 51, 2}},
    {"nvmlDeviceGetIndex"},
    {"nvmlDeviceGetMPSComputeRunningProcesses", {470, 42, 1}},
    {"nvmlDeviceGetMPSComputeRunningProcesses_v2", {470, 42, 1}},
    {"nvmlDeviceGetMPSComputeRunningProcesses_v3", {510, 39, 1}},
    {"nvmlDeviceGetMaxMigDeviceCount", {450, 51, 0}},
    {"nvmlDeviceGetMemoryErrorCounter"},
    {"nvmlDeviceGetMemoryInfo"},
    {"nvmlDeviceGetMemoryInfo_v2", {510, 39, 1}},
    {"nvmlDeviceGetMigDeviceHandleByIndex", {450, 51, 0}},
    {"nvmlDeviceGetMigMode", {450, 51, 0}},
    {"nvmlDeviceGetMinorNumber"},
    {"nvmlDeviceGetMultiGpuBoard"},
    {"nvmlDeviceGetName"},
    {"nvmlDeviceGetNumGpuCores", {510, 39, 1}},
    {"nvmlDeviceGetPciInfo"},
    {"nvmlDeviceGetPciInfoExt", {550, 40, 7}},
    {"nvmlDeviceGetPciInfo_v2"},
    {"nvmlDeviceGetPciInfo_v3"},
    {"nvmlDeviceGetPersistenceMode"},
    {"nvmlDeviceGetRunningProcessDetailList", {535, 104, 5}},
    {"nvmlDeviceGetSerial"},
    {"nvmlDeviceGetSupportedEventTypes"},
    {"nvmlDeviceGetTotalEccErrors"},
    {"nvmlDeviceGetUUID"},
    {"nvmlDeviceGetUtilizationRates"},
    {"nvmlDeviceGetVirtualizationMode"},
    {"nvmlDeviceIsMigDeviceHandle", {450, 51, 0}},
    {"nvmlDeviceModifyDrainState", {}, true},
    {"nvmlDeviceQueryDrainState"},
    {"nvmlDeviceRegisterEvents"},
    {"nvmlDeviceRemoveGpu", {}, true},
    {"nvmlDeviceRemoveGpu_v2", {}, true},
    {"nvmlDeviceSetAccountingMode", {}, true},
    {"nvmlDeviceSetComputeMode", {}, true},
    {"nvmlDeviceSetEccMode", {}, true},
    {"nvmlDeviceSetMigMode", {450, 51, 0}, true},
    {"nvmlDeviceSetPersistenceMode", {}, true},
    {"nvmlErrorString"},
    {"nvmlEventSetCreate"},
    {"nvmlEventSetFree"},
    {"nvmlEventSetWait"},
    {"nvmlEventSetWait_v2", {450, 51, 0}},
    {"nvmlGetExcludedDeviceCount", {465, 19, 1}},
    {"nvmlGpmMetricsGet", {520, 56, 6}},
    {"nvmlGpmMigSampleGet", {525, 53, 0}},
    {"nvmlGpmQueryDeviceSupport", {520, 56, 6}},
    {"nvmlGpmSampleAlloc", {520, 56, 6}},
    {"nvmlGpmSampleFree", {520, 56, 6}},
    {"nvmlGpmSampleGet", {520, 56, 6}},
    {"nvmlGpuInstanceCreateComputeInstance", {450, 51, 0}, true},
    {"nvmlGpuInstanceCreateComputeInstanceWithPlacement", {525, 53, 0}, true},
    {"nvmlGpuInstanceDestroy", {450, 51, 0}, true},
    {"nvmlGpuInstanceGetComputeInstanceById", {450, 51, 0}},
    {"nvmlGpuInstanceGetComputeInstancePossiblePlacements", {525, 53, 0}},
    {"nvmlGpuInstanceGetComputeInstanceProfileInfo", {450, 51, 0}},
    {"nvmlGpuInstanceGetComputeInstanceProfileInfoV", {510, 39, 1}},
    {"nvmlGpuInstanceGetComputeInstanceRemainingCapacity", {450, 51, 0}},
    {"nvmlGpuInstanceGetComputeInstances", {450, 51, 0}},
    {"nvmlGpuInstanceGetInfo", {450, 51, 0}},
    {"nvmlInit"},
    {"nvmlInitWithFlags"},
    {"nvmlInit_v2"},
    {"nvmlShutdown"},
    {"nvmlSystemEventSetCreate", {575, 51, 2}},
    {"nvmlSystemEventSetFree", {575, 51, 2}},
    {"nvmlSystemEventSetWait", {575, 51, 2}},
    {"nvmlSystemGetCudaDriverVersion"},
    {"nvmlSystemGetCudaDriverVersion_v2"},
    {"nvmlSystemGetDriverBranch", {560, 28, 3}},
    {"nvmlSystemGetDriverVersion"},
    {"nvmlSystemGetNVMLVersion"},
    {"nvmlSystemGetProcessName"},
    {"nvmlSystemRegisterEvents", {575, 51, 2}},
#define NVML_UNSUPPORTED(name) {#name},
#define NVML_UNSUPPORTED_SINCE(name, branch, minor, patch) {#name, {branch, minor, patch}},
#include "simulator/store/unsupported_functions.inc"
#undef NVML_UNSUPPORTED_SINCE
#undef NVML_UNSUPPORTED
};

static_assert(std::size(kFunctions) <= kFunctionSlots);

// For names in the source: one that is not exported does not compile.
consteval FunctionId function_id(std::string_view name) {
  FunctionId id = 0;
  while (kFunctions[id].name != name) ++id;
  return id;
}

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_FUNCTION_TABLE_H_
