// The exported functions of NVML about compute instances and MIG devices.
#include "addon/calls.h"
#include "addon/session_call.h"

namespace mig {

void Addon::ExportComputeCalls(Napi::Object exports) {
  DefineProperties(
      exports, {
                   MIG_CALL("gpuInstanceGetComputeInstanceProfileInfo",
                            GpuInstanceGetComputeInstanceProfileInfo),
                   MIG_CALL("gpuInstanceGetComputeInstancePossiblePlacements",
                            GpuInstanceGetComputeInstancePossiblePlacements),
                   MIG_CALL("gpuInstanceGetComputeInstanceRemainingCapacity",
                            GpuInstanceGetComputeInstanceRemainingCapacity),
                   MIG_CALL("gpuInstanceCreateComputeInstance", GpuInstanceCreateComputeInstance),
                   MIG_CALL("gpuInstanceCreateComputeInstanceWithPlacement",
                            GpuInstanceCreateComputeInstanceWithPlacement),
                   MIG_CALL("computeInstanceDestroy", ComputeInstanceDestroy),
                   MIG_CALL("gpuInstanceGetComputeInstances", GpuInstanceGetComputeInstances),
                   MIG_CALL("computeInstanceGetInfo", ComputeInstanceGetInfo),

                   MIG_CALL("deviceIsMigDeviceHandle", DeviceIsMigDeviceHandle),
                   MIG_CALL("deviceGetMaxMigDeviceCount", DeviceGetMaxMigDeviceCount),
                   MIG_CALL("deviceGetMigDeviceHandleByIndex", DeviceGetMigDeviceHandleByIndex),
                   MIG_CALL("deviceGetDeviceHandleFromMigDeviceHandle",
                            DeviceGetDeviceHandleFromMigDeviceHandle),
                   MIG_CALL("deviceGetGpuInstanceId", DeviceGetGpuInstanceId),
                   MIG_CALL("deviceGetComputeInstanceId", DeviceGetComputeInstanceId),
                   MIG_CALL("deviceGetAttributes", DeviceGetAttributes),
               });
}

}  // namespace mig
