// The exported functions of NVML about the system and about a device as a whole.
#include "addon/calls.h"
#include "addon/session_call.h"

namespace mig {

void Addon::ExportGpuCalls(Napi::Object exports) {
  DefineProperties(
      exports,
      {
          MIG_CALL("systemGetNVMLVersion", SystemGetNvmlVersion),
          MIG_CALL("systemGetProcessName", SystemGetProcessName),

          MIG_CALL("deviceGetCount", DeviceGetCount),
          MIG_CALL("deviceGetHandleByIndex", DeviceGetHandleByIndex),
          MIG_CALL("deviceGetHandleByPciBusId", DeviceGetHandleByPciBusId),
          MIG_CALL("deviceGetHandleByUUID", DeviceGetHandleByUuid),

          MIG_CALL("deviceGetName", DeviceGetName),
          MIG_CALL("deviceGetIndex", DeviceGetIndex),
          MIG_CALL("deviceGetMinorNumber", DeviceGetMinorNumber),
          MIG_CALL("deviceGetPciInfo", DeviceGetPciInfo),
          MIG_CALL("deviceGetBrand", DeviceGetBrand),
          MIG_CALL("deviceGetArchitecture", DeviceGetArchitecture),
          MIG_CALL("deviceGetCudaComputeCapability", DeviceGetCudaComputeCapability),
          MIG_CALL("deviceGetVirtualizationMode", DeviceGetVirtualizationMode),
          MIG_CALL("deviceGetMemoryInfo", DeviceGetMemoryInfo),
          MIG_CALL("deviceGetComputeRunningProcesses", DeviceGetComputeRunningProcesses),
          MIG_CALL("deviceGetGraphicsRunningProcesses", DeviceGetGraphicsRunningProcesses),
          MIG_CALL("deviceGetMPSComputeRunningProcesses", DeviceGetMpsComputeRunningProcesses),
          MIG_CALL("deviceGetPersistenceMode", DeviceGetPersistenceMode),
          MIG_CALL("deviceSetPersistenceMode", DeviceSetPersistenceMode),
          MIG_CALL("deviceGetEccMode", DeviceGetEccMode),
          MIG_CALL("deviceGetComputeMode", DeviceGetComputeMode),
          MIG_CALL("deviceGetFieldValues", DeviceGetFieldValues),
      });
}

}  // namespace mig
