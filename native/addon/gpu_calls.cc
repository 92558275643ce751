// What a GPU or MIG device is and how it stands.
#include "addon/calls.h"
#include "addon/on_device.h"

namespace mig::calls {

Outcome<std::string> SystemGetNvmlVersion(Session& session) { return session.NvmlVersion(); }

Outcome<std::string> SystemGetProcessName(Session& session, unsigned int pid) {
  return session.ProcessName(pid);
}

Outcome<unsigned int> DeviceGetCount(Session& session) { return session.CountGpus(); }

Outcome<Uuid> DeviceGetHandleByIndex(Session& session, unsigned int index) {
  Uuid uuid;
  const auto gpu = session.GpuAt(index, &uuid);
  if (!gpu.ok()) return gpu.status;
  return uuid;
}

Outcome<Uuid> DeviceGetHandleByPciBusId(Session& session, const std::string& bus_id) {
  const auto gpu = session.GpuAtPciBusId(bus_id);
  if (!gpu.ok()) return gpu.status;
  return GetUuid(session.nvml(), gpu.value);
}

Outcome<Uuid> DeviceGetHandleByUuid(Session& session, const std::string& text) {
  return OnDevice(session, text, GetUuid);
}

Outcome<std::string> DeviceGetName(Session& session, const Uuid& device) {
  return OnDevice(session, device, GetName);
}

Outcome<unsigned int> DeviceGetIndex(Session& session, const Uuid& device) {
  return OnDevice(session, device, GetIndex);
}

Outcome<unsigned int> DeviceGetMinorNumber(Session& session, const Uuid& gpu) {
  return OnDevice(session, gpu, GetMinorNumber);
}

Outcome<PciInfo> DeviceGetPciInfo(Session& session, const Uuid& gpu) {
  return OnDevice(session, gpu, GetPciInfo);
}

Outcome<unsigned int> DeviceGetBrand(Session& session, const Uuid& gpu) {
  return OnDevice(session, gpu, GetBrand);
}

Outcome<unsigned int> DeviceGetArchitecture(Session& session, const Uuid& gpu) {
  return OnDevice(session, gpu, GetArchitecture);
}

Outcome<ComputeCapability> DeviceGetCudaComputeCapability(Session& session, const Uuid& gpu) {
  return OnDevice(session, gpu, GetComputeCapability);
}

Outcome<unsigned int> DeviceGetVirtualizationMode(Session& session, const Uuid& gpu) {
  return OnDevice(session, gpu, GetVirtualizationMode);
}

Outcome<MemoryInfo> DeviceGetMemoryInfo(Session& session, const Uuid& device) {
  return OnDevice(session, device, GetMemoryInfoV2);
}

Outcome<Processes> DeviceGetComputeRunningProcesses(Session& session, const Uuid& device) {
  return OnDevice(session, device, GetComputeProcesses);
}

Outcome<Processes> DeviceGetGraphicsRunningProcesses(Session& session, const Uuid& device) {
  return OnDevice(session, device, GetGraphicsProcesses);
}

Outcome<Processes> DeviceGetMpsComputeRunningProcesses(Session& session, const Uuid& device) {
  return OnDevice(session, device, GetMpsProcesses);
}

Outcome<unsigned int> DeviceGetPersistenceMode(Session& session, const Uuid& gpu) {
  return OnDevice(session, gpu, GetPersistenceMode);
}

Outcome<Nothing> DeviceSetPersistenceMode(Session& session, const Uuid& gpu, unsigned int mode) {
  return OnDevice(session, gpu, [&](abi::nvmlDevice_t device) {
    return SetPersistenceMode(session.nvml(), device, mode);
  });
}

Outcome<CurrentAndPending> DeviceGetEccMode(Session& session, const Uuid& gpu) {
  return OnDevice(session, gpu, GetEccMode);
}

Outcome<unsigned int> DeviceGetComputeMode(Session& session, const Uuid& device) {
  return OnDevice(session, device, GetComputeMode);
}

Outcome<std::vector<FieldValue>> DeviceGetFieldValues(Session& session, const Uuid& device,
                                                      const Numbers& ids) {
  return OnDevice(session, device, [&](abi::nvmlDevice_t handle) {
    return GetFieldValues(session.nvml(), handle, ids);
  });
}

}  // namespace mig::calls
