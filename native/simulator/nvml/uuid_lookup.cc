// Looking up GPUs and MIG devices by UUID.
#include <charconv>
#include <cstring>

#include "simulator/model/identity.h"
#include "simulator/nvml/enumeration.h"
#include "simulator/nvml/lookup.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

abi::nvmlReturn_t GiveMigDevice(Call call, unsigned gpu, MigDevice device,
                                abi::nvmlDevice_t* handle) {
  // A caller without the privilege to see MIG devices finds none.
  if (!call.Allows(Privileges::kMonitor)) return abi::NVML_ERROR_NOT_FOUND;
  call.target.gpu = gpu;
  const GpuState& state = call.gpu().state;
  if (state.lost) return abi::NVML_ERROR_GPU_IS_LOST;
  if (device.gpu_instance >= kGpuInstanceSlots ||
      device.compute_instance >= kComputeInstanceSlots) {
    return abi::NVML_ERROR_NOT_FOUND;
  }
  const GpuInstance& instance = state.instances[device.gpu_instance];
  if (!instance.compute_instances[device.compute_instance].live()) return abi::NVML_ERROR_NOT_FOUND;
  *handle = call.MigDeviceHandle(device);
  return abi::NVML_SUCCESS;
}

abi::nvmlReturn_t GpuByUuid(const Call& call, const UuidBytes& uuid, abi::nvmlDevice_t* device) {
  for (unsigned gpu = 0; gpu < call.machine.gpu_count(); ++gpu) {
    if (call.machine.GpuUuid(gpu) == uuid && IsVisible(call, gpu))
      return GiveGpu(call, gpu, device);
  }
  return abi::NVML_ERROR_NOT_FOUND;
}

abi::nvmlReturn_t MigDeviceByUuid(const Call& call, const UuidBytes& uuid,
                                  abi::nvmlDevice_t* handle) {
  for (unsigned gpu = 0; gpu < call.machine.gpu_count(); ++gpu) {
    if (!IsVisible(call, gpu)) continue;
    const GpuState& state = call.reading.Gpu(gpu);
    std::optional<MigDevice> found;
    ForEachMigDevice(state, [&](MigDevice device) {
      if (MigDeviceUuid(call.machine.seed(), gpu, device.gpu_instance, device.compute_instance) ==
          uuid) {
        found = device;
      }
      return !found;
    });
    if (found) return GiveMigDevice(call, gpu, *found, handle);
  }
  return abi::NVML_ERROR_NOT_FOUND;
}

bool TakeSlashNumber(std::string_view& text, unsigned& number) {
  if (!text.starts_with('/')) return false;
  text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

// "MIG-GPU-<uuid>/<gpu instance>/<compute instance>", the MIG device names of drivers before R465.
abi::nvmlReturn_t MigDeviceByPlace(const Call& call, std::string_view text,
                                   abi::nvmlDevice_t* handle) {
  const auto uuid = ParseUuid(text.substr(0, kUuidTextSize - 1));
  if (!uuid) return abi::NVML_ERROR_INVALID_ARGUMENT;
  text.remove_prefix(kUuidTextSize - 1);
  MigDevice device = {};
  if (!TakeSlashNumber(text, device.gpu_instance) ||
      !TakeSlashNumber(text, device.compute_instance) || !text.empty()) {
    return abi::NVML_ERROR_INVALID_ARGUMENT;
  }
  for (unsigned gpu = 0; gpu < call.machine.gpu_count(); ++gpu) {
    if (call.machine.GpuUuid(gpu) == *uuid && IsVisible(call, gpu)) {
      return GiveMigDevice(call, gpu, device, handle);
    }
  }
  return abi::NVML_ERROR_NOT_FOUND;
}

abi::nvmlReturn_t ByUuidText(const Call& call, std::string_view text, abi::nvmlDevice_t* device) {
  if (TakePrefix(text, "GPU-")) {
    const auto uuid = ParseUuid(text);
    return uuid ? GpuByUuid(call, *uuid, device) : abi::NVML_ERROR_NOT_FOUND;
  }
  if (!TakePrefix(text, "MIG-")) return abi::NVML_ERROR_INVALID_ARGUMENT;
  // Drivers from R465 on look up MIG UUIDs.
  if (call.machine.driver() < kFirstMigUuids) return abi::NVML_ERROR_NOT_FOUND;
  if (TakePrefix(text, "GPU-")) return MigDeviceByPlace(call, text, device);
  const auto uuid = ParseUuid(text);
  return uuid ? MigDeviceByUuid(call, *uuid, device) : abi::NVML_ERROR_NOT_FOUND;
}

abi::nvmlReturn_t ByUuidStruct(const Call& call, const abi::nvmlUUID_v1_t& uuid,
                               abi::nvmlDevice_t* device) {
  if (uuid.version != abi::nvmlUUID_v1_version) return abi::NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
  if (uuid.type == abi::NVML_UUID_TYPE_ASCII) {
    const auto length = strnlen(uuid.value.str, sizeof uuid.value.str);
    return ByUuidText(call, {uuid.value.str, length}, device);
  }
  if (uuid.type != abi::NVML_UUID_TYPE_BINARY) return abi::NVML_ERROR_INVALID_ARGUMENT;
  UuidBytes bytes;
  std::memcpy(bytes.bytes.data(), uuid.value.bytes, sizeof uuid.value.bytes);
  const abi::nvmlReturn_t result = GpuByUuid(call, bytes, device);
  return result == abi::NVML_ERROR_NOT_FOUND ? MigDeviceByUuid(call, bytes, device) : result;
}

}  // namespace

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetHandleByUUID(const char* uuid,
                                                          abi::nvmlDevice_t* device) {
  return LookUp<"nvmlDeviceGetHandleByUUID">([=](const Call& call) {
    if (uuid == nullptr || device == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
    return ByUuidText(call, uuid, device);
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetHandleByUUIDV(const abi::nvmlUUID_v1_t* uuid,
                                                           abi::nvmlDevice_t* device) {
  return LookUp<"nvmlDeviceGetHandleByUUIDV">([=](const Call& call) {
    if (uuid == nullptr || device == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
    return ByUuidStruct(call, *uuid, device);
  });
}

}  // namespace migsim
