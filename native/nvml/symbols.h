// The functions of one NVML library, looked up once. An absent function can still be called: it
// answers FUNCTION_NOT_FOUND, as NVML itself does.
#ifndef MIG_NVML_SYMBOLS_H_
#define MIG_NVML_SYMBOLS_H_

#include "nvml/abi/functions.h"
#include "nvml/call_counts.h"
#include "nvml/outcome.h"
#include "nvml/running_call.h"

namespace mig {

template <typename Function>
struct Symbol;

template <typename... Args>
struct Symbol<abi::nvmlReturn_t (*)(Args...)> {
  const char* name;
  bool changes;
  abi::nvmlReturn_t (*address)(Args...) = nullptr;

  Status operator()(Args... args) const {
    if (address == nullptr) return {abi::NVML_ERROR_FUNCTION_NOT_FOUND, name};
    CallsOfThisThread() += {1, changes ? 1u : 0u};
    const RunningCall::Scope running(name);
    return {address(args...), name};
  }
};

// A name without a suffix has the oldest struct layout. If a name with a suffix is listed, too, it
// comes first, and the plain name is its fallback.
#define NVML_SYMBOLS(X)                                  \
  X(nvmlInit_v2)                                         \
  X(nvmlShutdown)                                        \
  X(nvmlSystemGetDriverVersion)                          \
  X(nvmlSystemGetNVMLVersion)                            \
  X(nvmlSystemGetCudaDriverVersion_v2)                   \
  X(nvmlSystemGetCudaDriverVersion)                      \
  X(nvmlSystemGetProcessName)                            \
  X(nvmlDeviceGetCount_v2)                               \
  X(nvmlDeviceGetHandleByIndex_v2)                       \
  X(nvmlDeviceGetHandleByUUID)                           \
  X(nvmlDeviceGetHandleByPciBusId_v2)                    \
  X(nvmlDeviceGetName)                                   \
  X(nvmlDeviceGetUUID)                                   \
  X(nvmlDeviceGetIndex)                                  \
  X(nvmlDeviceGetMinorNumber)                            \
  X(nvmlDeviceGetPciInfo_v3)                             \
  X(nvmlDeviceGetPciInfo_v2)                             \
  X(nvmlDeviceGetPciInfo)                                \
  X(nvmlDeviceGetBrand)                                  \
  X(nvmlDeviceGetArchitecture)                           \
  X(nvmlDeviceGetCudaComputeCapability)                  \
  X(nvmlDeviceGetVirtualizationMode)                     \
  X(nvmlDeviceGetMigMode)                                \
  X(nvmlDeviceSetMigMode)                                \
  X(nvmlDeviceGetGpuInstanceProfileInfoV)                \
  X(nvmlDeviceGetGpuInstanceProfileInfo)                 \
  X(nvmlDeviceGetGpuInstanceProfileInfoByIdV)            \
  X(nvmlDeviceGetGpuInstancePossiblePlacements_v2)       \
  X(nvmlDeviceGetGpuInstancePossiblePlacements)          \
  X(nvmlDeviceGetGpuInstanceRemainingCapacity)           \
  X(nvmlDeviceCreateGpuInstance)                         \
  X(nvmlDeviceCreateGpuInstanceWithPlacement)            \
  X(nvmlGpuInstanceDestroy)                              \
  X(nvmlDeviceGetGpuInstances)                           \
  X(nvmlDeviceGetGpuInstanceById)                        \
  X(nvmlGpuInstanceGetInfo)                              \
  X(nvmlGpuInstanceGetComputeInstanceProfileInfoV)       \
  X(nvmlGpuInstanceGetComputeInstanceProfileInfo)        \
  X(nvmlGpuInstanceGetComputeInstanceRemainingCapacity)  \
  X(nvmlGpuInstanceGetComputeInstancePossiblePlacements) \
  X(nvmlGpuInstanceCreateComputeInstance)                \
  X(nvmlGpuInstanceCreateComputeInstanceWithPlacement)   \
  X(nvmlComputeInstanceDestroy)                          \
  X(nvmlGpuInstanceGetComputeInstances)                  \
  X(nvmlGpuInstanceGetComputeInstanceById)               \
  X(nvmlComputeInstanceGetInfo_v2)                       \
  X(nvmlComputeInstanceGetInfo)                          \
  X(nvmlDeviceIsMigDeviceHandle)                         \
  X(nvmlDeviceGetMaxMigDeviceCount)                      \
  X(nvmlDeviceGetMigDeviceHandleByIndex)                 \
  X(nvmlDeviceGetDeviceHandleFromMigDeviceHandle)        \
  X(nvmlDeviceGetGpuInstanceId)                          \
  X(nvmlDeviceGetComputeInstanceId)                      \
  X(nvmlDeviceGetAttributes_v2)                          \
  X(nvmlDeviceGetMemoryInfo)                             \
  X(nvmlDeviceGetMemoryInfo_v2)                          \
  X(nvmlDeviceGetComputeRunningProcesses_v3)             \
  X(nvmlDeviceGetComputeRunningProcesses_v2)             \
  X(nvmlDeviceGetComputeRunningProcesses)                \
  X(nvmlDeviceGetGraphicsRunningProcesses_v3)            \
  X(nvmlDeviceGetGraphicsRunningProcesses_v2)            \
  X(nvmlDeviceGetGraphicsRunningProcesses)               \
  X(nvmlDeviceGetMPSComputeRunningProcesses_v3)          \
  X(nvmlDeviceGetMPSComputeRunningProcesses_v2)          \
  X(nvmlDeviceGetMPSComputeRunningProcesses)             \
  X(nvmlDeviceGetPersistenceMode)                        \
  X(nvmlDeviceSetPersistenceMode)                        \
  X(nvmlDeviceGetEccMode)                                \
  X(nvmlDeviceGetComputeMode)                            \
  X(nvmlDeviceGetFieldValues)                            \
  X(nvmlEventSetCreate)                                  \
  X(nvmlEventSetFree)                                    \
  X(nvmlDeviceRegisterEvents)                            \
  X(nvmlEventSetWait_v2)

struct Symbols {
#define MIG_DECLARE_SYMBOL(name) Symbol<decltype(&abi::name)> name{#name, IsChangingCall(#name)};
  NVML_SYMBOLS(MIG_DECLARE_SYMBOL)
#undef MIG_DECLARE_SYMBOL
};

// `library` is what dlopen gave.
Symbols ResolveSymbols(void* library);

}  // namespace mig

#endif  // MIG_NVML_SYMBOLS_H_
