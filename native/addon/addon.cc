#include "addon/addon.h"

#include <dlfcn.h>

#include "addon/calls.h"
#include "addon/known_geometry.h"
#include "addon/session_call.h"

namespace mig {
namespace {

// Node unloads an addon with the last worker that has loaded it. A thread that waits for a lock
// would then return into freed code, and the sessions of this process would be lost.
void StayInMemory() {
  Dl_info self;
  if (dladdr(reinterpret_cast<void*>(&StayInMemory), &self) != 0)
    dlopen(self.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

}  // namespace

// A method of Addon.
#define MIG_METHOD(name, method) InstanceMethod<&Addon::method>(name, napi_enumerable)
// A function on an open session: `Outcome<Result> function(Session&, arguments...)`.
#define MIG_CALL(name, function) InstanceMethod<&Addon::Call<function>>(name, napi_enumerable)
// A function on one device: `Outcome<Result> get(const Symbols&, abi::nvmlDevice_t)`.
#define MIG_DEVICE_CALL(name, get) MIG_CALL(name, CallOnDevice<get>)

// Everything that JavaScript can call; lib/driver/addon/addon.ts declares it.
Addon::Addon(Napi::Env, Napi::Object exports) {
  StayInMemory();
  DefineAddon(
      exports,
      {
          MIG_METHOD("open", Open),
          MIG_METHOD("close", Close),
          MIG_METHOD("resetGpu", ResetGpu),
          MIG_METHOD("callCounts", CallCountsOf),
          MIG_METHOD("runningCalls", RunningCallsOf),

          MIG_CALL("snapshot", calls::ReadSnapshotTexts),
          MIG_CALL("gpuSnapshot", calls::ReadGpuText),
          MIG_METHOD("profileTable", FindProfileTable),
          MIG_CALL("forgetProfiles", calls::ForgetProfiles),
          MIG_CALL("readComputeInstanceProfiles", ReadComputeInstanceProfilesOf),

          MIG_METHOD("watchEvents", WatchEvents),
          MIG_METHOD("stopWatchingEvents", StopWatchingEvents),

          MIG_METHOD("tryLock", TryLock),
          MIG_METHOD("waitForLock", WaitForLock),
          MIG_METHOD("stopWaiting", StopWaiting),
          MIG_METHOD("releaseLock", ReleaseLock),

          MIG_METHOD("hasReader", HasReader),
          MIG_METHOD("makeCharacterDevice", MakeCharacterDevice),

          // NVML's functions, with its own names.
          MIG_CALL("systemGetNVMLVersion", calls::SystemGetNvmlVersion),
          MIG_CALL("systemGetProcessName", calls::SystemGetProcessName),
          MIG_CALL("deviceGetCount", calls::DeviceGetCount),
          MIG_CALL("deviceGetHandleByIndex", calls::DeviceGetHandleByIndex),
          MIG_CALL("deviceGetHandleByPciBusId", calls::DeviceGetHandleByPciBusId),
          MIG_DEVICE_CALL("deviceGetHandleByUUID", GetUuid),
          MIG_DEVICE_CALL("deviceGetName", GetName),
          MIG_DEVICE_CALL("deviceGetIndex", GetIndex),
          MIG_DEVICE_CALL("deviceGetMinorNumber", GetMinorNumber),
          MIG_DEVICE_CALL("deviceGetPciInfo", GetPciInfo),
          MIG_DEVICE_CALL("deviceGetBrand", GetBrand),
          MIG_DEVICE_CALL("deviceGetArchitecture", GetArchitecture),
          MIG_DEVICE_CALL("deviceGetCudaComputeCapability", GetComputeCapability),
          MIG_DEVICE_CALL("deviceGetVirtualizationMode", GetVirtualizationMode),
          MIG_DEVICE_CALL("deviceGetMemoryInfo", GetMemoryInfoV2),
          MIG_DEVICE_CALL("deviceGetComputeRunningProcesses", GetComputeProcesses),
          MIG_DEVICE_CALL("deviceGetGraphicsRunningProcesses", GetGraphicsProcesses),
          MIG_DEVICE_CALL("deviceGetMPSComputeRunningProcesses", GetMpsProcesses),
          MIG_DEVICE_CALL("deviceGetPersistenceMode", GetPersistenceMode),
          MIG_CALL("deviceSetPersistenceMode", calls::DeviceSetPersistenceMode),
          MIG_DEVICE_CALL("deviceGetEccMode", GetEccMode),
          MIG_DEVICE_CALL("deviceGetComputeMode", GetComputeMode),
          MIG_CALL("deviceGetFieldValues", calls::DeviceGetFieldValues),

          MIG_DEVICE_CALL("deviceGetMigMode", GetMigMode),
          MIG_CALL("deviceSetMigMode", calls::DeviceSetMigMode),
          MIG_CALL("deviceGetGpuInstanceProfileInfo", calls::DeviceGetGpuInstanceProfileInfo),
          MIG_CALL("deviceGetGpuInstanceProfileInfoById",
                   calls::DeviceGetGpuInstanceProfileInfoById),
          MIG_CALL("deviceGetGpuInstancePossiblePlacements",
                   calls::DeviceGetGpuInstancePossiblePlacements),
          MIG_CALL("deviceGetGpuInstanceRemainingCapacity",
                   calls::DeviceGetGpuInstanceRemainingCapacity),
          MIG_CALL("deviceCreateGpuInstance", calls::DeviceCreateGpuInstance),
          MIG_CALL("deviceCreateGpuInstanceWithPlacement",
                   calls::DeviceCreateGpuInstanceWithPlacement),
          MIG_CALL("gpuInstanceDestroy", calls::GpuInstanceDestroy),
          MIG_CALL("deviceGetGpuInstances", calls::DeviceGetGpuInstances),
          MIG_CALL("gpuInstanceGetInfo", calls::GpuInstanceGetInfo),

          MIG_CALL("gpuInstanceGetComputeInstanceProfileInfo",
                   calls::GpuInstanceGetComputeInstanceProfileInfo),
          MIG_CALL("gpuInstanceGetComputeInstancePossiblePlacements",
                   calls::GpuInstanceGetComputeInstancePossiblePlacements),
          MIG_CALL("gpuInstanceGetComputeInstanceRemainingCapacity",
                   calls::GpuInstanceGetComputeInstanceRemainingCapacity),
          MIG_CALL("gpuInstanceCreateComputeInstance", calls::GpuInstanceCreateComputeInstance),
          MIG_CALL("gpuInstanceCreateComputeInstanceWithPlacement",
                   calls::GpuInstanceCreateComputeInstanceWithPlacement),
          MIG_CALL("computeInstanceDestroy", calls::ComputeInstanceDestroy),
          MIG_CALL("gpuInstanceGetComputeInstances", calls::GpuInstanceGetComputeInstances),
          MIG_CALL("computeInstanceGetInfo", calls::ComputeInstanceGetInfo),
          MIG_DEVICE_CALL("deviceIsMigDeviceHandle", IsMigDevice),
          MIG_DEVICE_CALL("deviceGetMaxMigDeviceCount", GetMaxMigDeviceCount),
          MIG_CALL("deviceGetMigDeviceHandleByIndex", calls::DeviceGetMigDeviceHandleByIndex),
          MIG_CALL("deviceGetDeviceHandleFromMigDeviceHandle",
                   calls::DeviceGetDeviceHandleFromMigDeviceHandle),
          MIG_DEVICE_CALL("deviceGetGpuInstanceId", GetGpuInstanceIdOf),
          MIG_DEVICE_CALL("deviceGetComputeInstanceId", GetComputeInstanceIdOf),
          MIG_DEVICE_CALL("deviceGetAttributes", GetAttributes),
      });
}

#undef MIG_DEVICE_CALL
#undef MIG_CALL
#undef MIG_METHOD

}  // namespace mig

using MigAddon = mig::Addon;
NODE_API_ADDON(MigAddon)
