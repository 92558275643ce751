// The exported functions of NVML about MIG modes and GPU instances.
#include "addon/calls.h"
#include "addon/session_call.h"

namespace mig {

void Addon::ExportMigCalls(Napi::Object exports) {
  DefineProperties(
      exports,
      {
          MIG_CALL("deviceGetMigMode", DeviceGetMigMode),
          MIG_CALL("deviceSetMigMode", DeviceSetMigMode),
          MIG_CALL("deviceGetGpuInstanceProfileInfo", DeviceGetGpuInstanceProfileInfo),
          MIG_CALL("deviceGetGpuInstanceProfileInfoById", DeviceGetGpuInstanceProfileInfoById),
          MIG_CALL("deviceGetGpuInstancePossiblePlacements",
                   DeviceGetGpuInstancePossiblePlacements),
          MIG_CALL("deviceGetGpuInstanceRemainingCapacity", DeviceGetGpuInstanceRemainingCapacity),
          MIG_CALL("deviceCreateGpuInstance", DeviceCreateGpuInstance),
          MIG_CALL("deviceCreateGpuInstanceWithPlacement", DeviceCreateGpuInstanceWithPlacement),
          MIG_CALL("gpuInstanceDestroy", GpuInstanceDestroy),
          MIG_CALL("deviceGetGpuInstances", DeviceGetGpuInstances),
          MIG_CALL("gpuInstanceGetInfo", GpuInstanceGetInfo),
      });
}

}  // namespace mig
