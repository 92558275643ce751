// The identity and the settings of a GPU or MIG device.
#include "addon/calls.h"
#include "addon/on_device.h"

namespace mig::calls {

Outcome<std::string> SystemGetNvmlVersion(Session& session) { return session.NvmlVersion(); }

Outcome<unsigned int> SystemGetCudaDriverVersion(Session& session) { return session.CudaVersion(); }

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

Outcome<Nothing> DeviceSetPersistenceMode(Session& session, const Uuid& gpu, unsigned int mode) {
  return OnDevice(session, gpu, [&](abi::nvmlDevice_t device) {
    return SetPersistenceMode(session.nvml(), device, mode);
  });
}

Outcome<std::vector<FieldValue>> DeviceGetFieldValues(Session& session, const Uuid& device,
                                                      const Numbers& ids) {
  return OnDevice(session, device, [&](abi::nvmlDevice_t handle) {
    return GetFieldValues(session.nvml(), handle, ids);
  });
}

}  // namespace mig::calls
