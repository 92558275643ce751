// Finding GPUs and MIG devices by UUID.
#include <charconv>
#include <cstring>

#include "simulator/model/identity.h"
#include "simulator/nvml/enumeration.h"
#include "simulator/nvml/lookup.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

using namespace nvml_abi;

nvmlReturn_t GiveMigDevice(Call call, unsigned gpu, MigDevice device, nvmlDevice_t* handle) {
  // To a caller who may not look at MIG devices there are none.
  if (!call.Allows(Privileges::kMonitor)) return NVML_ERROR_NOT_FOUND;
  call.place.gpu = gpu;
  const GpuState& state = call.gpu().state;
  if (state.lost) return NVML_ERROR_GPU_IS_LOST;
  if (device.gpu_instance >= kGpuInstanceSlots ||
      device.compute_instance >= kComputeInstanceSlots) {
    return NVML_ERROR_NOT_FOUND;
  }
  const GpuInstance& instance = state.instances[device.gpu_instance];
  if (!instance.compute_instances[device.compute_instance].live()) return NVML_ERROR_NOT_FOUND;
  *handle = call.MigDeviceHandle(device);
  return NVML_SUCCESS;
}

nvmlReturn_t GpuByUuid(const Call& call, const Uuid& uuid, nvmlDevice_t* device) {
  for (unsigned gpu = 0; gpu < call.machine.gpu_count(); ++gpu) {
    if (call.machine.GpuUuid(gpu) == uuid && IsVisible(call, gpu))
      return GiveGpu(call, gpu, device);
  }
  return NVML_ERROR_NOT_FOUND;
}

nvmlReturn_t MigDeviceByUuid(const Call& call, const Uuid& uuid, nvmlDevice_t* handle) {
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
  return NVML_ERROR_NOT_FOUND;
}

bool TakeSlashNumber(std::string_view& text, unsigned& number) {
  if (!text.starts_with('/')) return false;
  text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

// "MIG-GPU-<uuid>/<gpu instance>/<compute instance>", what drivers before R465
// called MIG devices.
nvmlReturn_t MigDeviceByPlace(const Call& call, std::string_view text, nvmlDevice_t* handle) {
  const auto uuid = ParseUuid(text.substr(0, kUuidTextSize - 1));
  if (!uuid) return NVML_ERROR_INVALID_ARGUMENT;
  text.remove_prefix(kUuidTextSize - 1);
  MigDevice device = {};
  if (!TakeSlashNumber(text, device.gpu_instance) ||
      !TakeSlashNumber(text, device.compute_instance) || !text.empty()) {
    return NVML_ERROR_INVALID_ARGUMENT;
  }
  for (unsigned gpu = 0; gpu < call.machine.gpu_count(); ++gpu) {
    if (call.machine.GpuUuid(gpu) == *uuid && IsVisible(call, gpu)) {
      return GiveMigDevice(call, gpu, device, handle);
    }
  }
  return NVML_ERROR_NOT_FOUND;
}

nvmlReturn_t ByUuidText(const Call& call, std::string_view text, nvmlDevice_t* device) {
  if (TakePrefix(text, "GPU-")) {
    const auto uuid = ParseUuid(text);
    return uuid ? GpuByUuid(call, *uuid, device) : NVML_ERROR_NOT_FOUND;
  }
  if (!TakePrefix(text, "MIG-")) return NVML_ERROR_INVALID_ARGUMENT;
  // MIG UUIDs can be looked up from R465 on.
  if (call.machine.driver() < kFirstMigUuids) return NVML_ERROR_NOT_FOUND;
  if (TakePrefix(text, "GPU-")) return MigDeviceByPlace(call, text, device);
  const auto uuid = ParseUuid(text);
  return uuid ? MigDeviceByUuid(call, *uuid, device) : NVML_ERROR_NOT_FOUND;
}

nvmlReturn_t ByUuidStruct(const Call& call, const nvmlUUID_v1_t& uuid, nvmlDevice_t* device) {
  if (uuid.version != nvmlUUID_v1_version) return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
  if (uuid.type == NVML_UUID_TYPE_ASCII) {
    const auto length = strnlen(uuid.value.str, sizeof uuid.value.str);
    return ByUuidText(call, {uuid.value.str, length}, device);
  }
  if (uuid.type != NVML_UUID_TYPE_BINARY) return NVML_ERROR_INVALID_ARGUMENT;
  Uuid bytes;
  std::memcpy(bytes.bytes.data(), uuid.value.bytes, sizeof uuid.value.bytes);
  const nvmlReturn_t result = GpuByUuid(call, bytes, device);
  return result == NVML_ERROR_NOT_FOUND ? MigDeviceByUuid(call, bytes, device) : result;
}

}  // namespace
}  // namespace migsim

namespace nvml_abi {

using namespace migsim;

nvmlReturn_t nvmlDeviceGetHandleByUUID(const char* uuid, nvmlDevice_t* device) {
  return LookUp<"nvmlDeviceGetHandleByUUID">([=](const Call& call) {
    if (uuid == nullptr || device == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    return ByUuidText(call, uuid, device);
  });
}

nvmlReturn_t nvmlDeviceGetHandleByUUIDV(const nvmlUUID_v1_t* uuid, nvmlDevice_t* device) {
  return LookUp<"nvmlDeviceGetHandleByUUIDV">([=](const Call& call) {
    if (uuid == nullptr || device == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    return ByUuidStruct(call, *uuid, device);
  });
}

}  // namespace nvml_abi
