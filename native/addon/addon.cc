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

// The last argument is the name of the function in the errors of `Arguments`.
#define MIG_EXPORT(name, method, named) \
  InstanceMethod<&Addon::method>(name, napi_enumerable, const_cast<char*>(named))
// A method of Addon.
#define MIG_METHOD(name, method) MIG_EXPORT(name, method, name)
// A function on an open session: `Outcome<Result> function(Session&, arguments...)`.
#define MIG_CALL(name, function) MIG_EXPORT(name, Call<function>, name)
// The same for a function of NVML, which JavaScript programs call by this name.
#define NVML_CALL(name, function) MIG_EXPORT(name, Call<function>, "nvml." name)
// A function of NVML on one device: `Outcome<Result> get(const Symbols&, abi::nvmlDevice_t)`.
#define NVML_DEVICE_CALL(name, get) NVML_CALL(name, CallOnDevice<get>)

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

          MIG_METHOD("mapRegisters", MapRegisters),
          MIG_METHOD("readRegister", ReadRegister),
          MIG_METHOD("writeRegister", WriteRegister),
          MIG_METHOD("unmapRegisters", UnmapRegisters),

          MIG_METHOD("hasReader", HasReader),
          MIG_METHOD("makeCharacterDevice", MakeCharacterDevice),
          MIG_METHOD("notifyManager", NotifyManager),
          MIG_METHOD("endProcess", EndProcess),

          // NVML's functions, with its own names.
          NVML_CALL("systemGetNVMLVersion", calls::SystemGetNvmlVersion),
          NVML_CALL("systemGetCudaDriverVersion", calls::SystemGetCudaDriverVersion),
          NVML_CALL("systemGetProcessName", calls::SystemGetProcessName),
          NVML_CALL("deviceGetCount", calls::DeviceGetCount),
          NVML_CALL("deviceGetHandleByIndex", calls::DeviceGetHandleByIndex),
          NVML_CALL("deviceGetHandleByPciBusId", calls::DeviceGetHandleByPciBusId),
          NVML_DEVICE_CALL("deviceGetHandleByUUID", GetUuid),
          NVML_DEVICE_CALL("deviceGetName", GetName),
          NVML_DEVICE_CALL("deviceGetIndex", GetIndex),
          NVML_DEVICE_CALL("deviceGetMinorNumber", GetMinorNumber),
          NVML_DEVICE_CALL("deviceGetPciInfo", GetPciInfo),
          NVML_DEVICE_CALL("deviceGetBrand", GetBrand),
          NVML_DEVICE_CALL("deviceGetArchitecture", GetArchitecture),
          NVML_DEVICE_CALL("deviceGetCudaComputeCapability", GetComputeCapability),
          NVML_DEVICE_CALL("deviceGetVirtualizationMode", GetVirtualizationMode),
          NVML_DEVICE_CALL("deviceGetMemoryInfo", GetMemoryInfoV2),
          NVML_DEVICE_CALL("deviceGetComputeRunningProcesses", GetComputeProcesses),
          NVML_DEVICE_CALL("deviceGetGraphicsRunningProcesses", GetGraphicsProcesses),
          NVML_DEVICE_CALL("deviceGetMPSComputeRunningProcesses", GetMpsProcesses),
          NVML_DEVICE_CALL("deviceGetPersistenceMode", GetPersistenceMode),
          NVML_CALL("deviceSetPersistenceMode", calls::DeviceSetPersistenceMode),
          NVML_DEVICE_CALL("deviceGetEccMode", GetEccMode),
          NVML_DEVICE_CALL("deviceGetComputeMode", GetComputeMode),
          NVML_CALL("deviceGetFieldValues", calls::DeviceGetFieldValues),

          NVML_DEVICE_CALL("deviceGetMigMode", GetMigMode),
          NVML_CALL("deviceSetMigMode", calls::DeviceSetMigMode),
          NVML_CALL("deviceGetGpuInstanceProfileInfo", calls::DeviceGetGpuInstanceProfileInfo),
          NVML_CALL("deviceGetGpuInstanceProfileInfoById",
                    calls::DeviceGetGpuInstanceProfileInfoById),
          NVML_CALL("deviceGetGpuInstancePossiblePlacements",
                    calls::DeviceGetGpuInstancePossiblePlacements),
          NVML_CALL("deviceGetGpuInstanceRemainingCapacity",
                    calls::DeviceGetGpuInstanceRemainingCapacity),
          NVML_CALL("deviceCreateGpuInstance", calls::DeviceCreateGpuInstance),
          NVML_CALL("deviceCreateGpuInstanceWithPlacement",
                    calls::DeviceCreateGpuInstanceWithPlacement),
          NVML_CALL("gpuInstanceDestroy", calls::GpuInstanceDestroy),
          NVML_CALL("deviceGetGpuInstances", calls::DeviceGetGpuInstances),
          NVML_CALL("gpuInstanceGetInfo", calls::GpuInstanceGetInfo),

          NVML_CALL("gpuInstanceGetComputeInstanceProfileInfo",
                    calls::GpuInstanceGetComputeInstanceProfileInfo),
          NVML_CALL("gpuInstanceGetComputeInstancePossiblePlacements",
                    calls::GpuInstanceGetComputeInstancePossiblePlacements),
          NVML_CALL("gpuInstanceGetComputeInstanceRemainingCapacity",
                    calls::GpuInstanceGetComputeInstanceRemainingCapacity),
          NVML_CALL("gpuInstanceCreateComputeInstance", calls::GpuInstanceCreateComputeInstance),
          NVML_CALL("gpuInstanceCreateComputeInstanceWithPlacement",
                    calls::GpuInstanceCreateComputeInstanceWithPlacement),
          NVML_CALL("computeInstanceDestroy", calls::ComputeInstanceDestroy),
          NVML_CALL("gpuInstanceGetComputeInstances", calls::GpuInstanceGetComputeInstances),
          NVML_CALL("computeInstanceGetInfo", calls::ComputeInstanceGetInfo),
          NVML_DEVICE_CALL("deviceIsMigDeviceHandle", IsMigDevice),
          NVML_DEVICE_CALL("deviceGetMaxMigDeviceCount", GetMaxMigDeviceCount),
          NVML_CALL("deviceGetMigDeviceHandleByIndex", calls::DeviceGetMigDeviceHandleByIndex),
          NVML_CALL("deviceGetDeviceHandleFromMigDeviceHandle",
                    calls::DeviceGetDeviceHandleFromMigDeviceHandle),
          NVML_DEVICE_CALL("deviceGetGpuInstanceId", GetGpuInstanceIdOf),
          NVML_DEVICE_CALL("deviceGetComputeInstanceId", GetComputeInstanceIdOf),
          NVML_DEVICE_CALL("deviceGetAttributes", GetAttributes),
      });
}

#undef NVML_DEVICE_CALL
#undef NVML_CALL
#undef MIG_CALL
#undef MIG_METHOD
#undef MIG_EXPORT

}  // namespace mig

using MigAddon = mig::Addon;
NODE_API_ADDON(MigAddon)
