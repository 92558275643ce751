#include "nvml/gpu.h"

#include <utility>

#include "nvml/abi/values.h"
#include "nvml/read.h"
#include "nvml/text.h"

namespace mig {
namespace {

template <std::size_t size, typename Pci>
PciInfo ToPciInfo(const char (&bus_id)[size], const Pci& pci) {
  return {Text(bus_id), pci.domain, pci.bus, pci.device, pci.pciDeviceId, pci.pciSubSystemId};
}

template <typename Function>
Outcome<CurrentAndPending> ReadCurrentAndPending(const Function& function, abi::nvmlDevice_t gpu) {
  CurrentAndPending mode;
  const Status status = function(gpu, &mode.current, &mode.pending);
  if (!status.ok()) return status;
  return mode;
}

}  // namespace

Outcome<std::string> GetName(const Symbols& nvml, abi::nvmlDevice_t device) {
  return ReadText<abi::NVML_DEVICE_NAME_V2_BUFFER_SIZE>(nvml.nvmlDeviceGetName, device);
}

Outcome<UuidText> GetUuidText(const Symbols& nvml, abi::nvmlDevice_t device) {
  return ReadTextBuffer<abi::NVML_DEVICE_UUID_V2_BUFFER_SIZE>(nvml.nvmlDeviceGetUUID, device);
}

Outcome<std::string> GetUuid(const Symbols& nvml, abi::nvmlDevice_t device) {
  return ReadText<abi::NVML_DEVICE_UUID_V2_BUFFER_SIZE>(nvml.nvmlDeviceGetUUID, device);
}

Outcome<unsigned int> GetIndex(const Symbols& nvml, abi::nvmlDevice_t device) {
  return Read(nvml.nvmlDeviceGetIndex, device);
}

Outcome<unsigned int> GetMinorNumber(const Symbols& nvml, abi::nvmlDevice_t gpu) {
  return Read(nvml.nvmlDeviceGetMinorNumber, gpu);
}

Outcome<PciInfo> GetPciInfo(const Symbols& nvml, abi::nvmlDevice_t gpu) {
  const auto newest = Read(nvml.nvmlDeviceGetPciInfo_v3, gpu);
  if (newest.ok()) return ToPciInfo(newest.value.busId, newest.value);
  if (!newest.status.missing()) return newest.status;
  auto older = Read(nvml.nvmlDeviceGetPciInfo_v2, gpu);
  if (older.status.missing()) older = Read(nvml.nvmlDeviceGetPciInfo, gpu);
  if (!older.ok()) return older.status;
  return ToPciInfo(older.value.busId, older.value);
}

Outcome<unsigned int> GetBrand(const Symbols& nvml, abi::nvmlDevice_t gpu) {
  return ReadNumber(nvml.nvmlDeviceGetBrand, gpu);
}

Outcome<unsigned int> GetArchitecture(const Symbols& nvml, abi::nvmlDevice_t gpu) {
  return Read(nvml.nvmlDeviceGetArchitecture, gpu);
}

Outcome<ComputeCapability> GetComputeCapability(const Symbols& nvml, abi::nvmlDevice_t gpu) {
  ComputeCapability capability;
  const Status status =
      nvml.nvmlDeviceGetCudaComputeCapability(gpu, &capability.major, &capability.minor);
  if (!status.ok()) return status;
  return capability;
}

Outcome<unsigned int> GetVirtualizationMode(const Symbols& nvml, abi::nvmlDevice_t gpu) {
  return ReadNumber(nvml.nvmlDeviceGetVirtualizationMode, gpu);
}

Outcome<MemoryInfo> GetMemoryInfo(const Symbols& nvml, abi::nvmlDevice_t device) {
  const auto memory = Read(nvml.nvmlDeviceGetMemoryInfo, device);
  if (!memory.ok()) return memory.status;
  return MemoryInfo{memory.value.total, memory.value.free, memory.value.used, std::nullopt};
}

Outcome<MemoryInfo> GetMemoryInfoV2(const Symbols& nvml, abi::nvmlDevice_t device) {
  abi::nvmlMemory_v2_t memory{};
  memory.version = abi::nvmlMemory_v2_version;
  const Status status = nvml.nvmlDeviceGetMemoryInfo_v2(device, &memory);
  if (status.missing()) return GetMemoryInfo(nvml, device);
  if (!status.ok()) return status;
  return MemoryInfo{memory.total, memory.free, memory.used, memory.reserved};
}

Outcome<GpuIdentity> GetIdentity(const Symbols& nvml, abi::nvmlDevice_t gpu) {
  auto name = GetName(nvml, gpu);
  if (!name.ok()) return name.status;
  auto pci = GetPciInfo(nvml, gpu);
  if (!pci.ok()) return pci.status;
  GpuIdentity identity{std::move(name.value), std::move(pci.value), std::nullopt, std::nullopt};
  // With MIG on, the memory of the whole GPU needs the permission to monitor.
  const auto memory = GetMemoryInfo(nvml, gpu);
  if (memory.ok()) identity.memory_total = memory.value.total;
  if (!memory.ok() && !memory.status.is(abi::NVML_ERROR_NO_PERMISSION) &&
      !memory.status.is(abi::NVML_ERROR_NOT_SUPPORTED))
    return memory.status;
  // Only the search for open device nodes needs this, so a GPU can be read without it.
  const auto minor = GetMinorNumber(nvml, gpu);
  if (minor.ok()) identity.minor_number = minor.value;
  if (minor.status.is(abi::NVML_ERROR_GPU_IS_LOST)) return minor.status;
  return identity;
}

Outcome<CurrentAndPending> GetMigMode(const Symbols& nvml, abi::nvmlDevice_t gpu) {
  return ReadCurrentAndPending(nvml.nvmlDeviceGetMigMode, gpu);
}

Outcome<abi::nvmlReturn_t> SetMigMode(const Symbols& nvml, abi::nvmlDevice_t gpu,
                                      unsigned int mode) {
  abi::nvmlReturn_t activation = abi::NVML_SUCCESS;
  const Status status = nvml.nvmlDeviceSetMigMode(gpu, mode, &activation);
  if (!status.ok()) return status;
  return activation;
}

Outcome<unsigned int> GetPersistenceMode(const Symbols& nvml, abi::nvmlDevice_t gpu) {
  return ReadNumber(nvml.nvmlDeviceGetPersistenceMode, gpu);
}

Outcome<Nothing> SetPersistenceMode(const Symbols& nvml, abi::nvmlDevice_t gpu, unsigned int mode) {
  return nvml.nvmlDeviceSetPersistenceMode(gpu, static_cast<abi::nvmlEnableState_t>(mode));
}

Outcome<CurrentAndPending> GetEccMode(const Symbols& nvml, abi::nvmlDevice_t gpu) {
  abi::nvmlEnableState_t current{};
  abi::nvmlEnableState_t pending{};
  const Status status = nvml.nvmlDeviceGetEccMode(gpu, &current, &pending);
  if (!status.ok()) return status;
  return CurrentAndPending{current, pending};
}

Outcome<unsigned int> GetComputeMode(const Symbols& nvml, abi::nvmlDevice_t device) {
  return ReadNumber(nvml.nvmlDeviceGetComputeMode, device);
}

Outcome<std::vector<FieldValue>> GetFieldValues(const Symbols& nvml, abi::nvmlDevice_t device,
                                                const std::vector<unsigned int>& ids) {
  std::vector<abi::nvmlFieldValue_t> raw(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) raw[i].fieldId = ids[i];
  const Status status =
      nvml.nvmlDeviceGetFieldValues(device, static_cast<int>(raw.size()), raw.data());
  if (!status.ok()) return status;
  std::vector<FieldValue> values;
  for (const auto& field : raw)
    values.push_back({field.fieldId, field.nvmlReturn, field.valueType, field.value});
  return values;
}

}  // namespace mig
