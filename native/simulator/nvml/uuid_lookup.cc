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

nvmlReturn_t give_mig_device(Call call, unsigned gpu, MigDevice device, nvmlDevice_t* handle) {
  // To a caller who may not look at MIG devices there are none.
  if (!call.allows(Privileges::kMonitor)) return NVML_ERROR_NOT_FOUND;
  call.place.gpu = gpu;
  const GpuState& state = call.gpu().state;
  if (state.lost) return NVML_ERROR_GPU_IS_LOST;
  if (device.gpu_instance >= kGpuInstanceSlots ||
      device.compute_instance >= kComputeInstanceSlots) {
    return NVML_ERROR_NOT_FOUND;
  }
  const GpuInstance& instance = state.instances[device.gpu_instance];
  if (!instance.compute_instances[device.compute_instance].live()) return NVML_ERROR_NOT_FOUND;
  *handle = call.mig_device_handle(device);
  return NVML_SUCCESS;
}

nvmlReturn_t gpu_by_uuid(const Call& call, const Uuid& uuid, nvmlDevice_t* device) {
  for (unsigned gpu = 0; gpu < call.machine.gpu_count(); ++gpu) {
    if (call.machine.gpu_uuid(gpu) == uuid && is_visible(call, gpu))
      return give_gpu(call, gpu, device);
  }
  return NVML_ERROR_NOT_FOUND;
}

nvmlReturn_t mig_device_by_uuid(const Call& call, const Uuid& uuid, nvmlDevice_t* handle) {
  for (unsigned gpu = 0; gpu < call.machine.gpu_count(); ++gpu) {
    if (!is_visible(call, gpu)) continue;
    const GpuState& state = call.reading.gpu(gpu);
    std::optional<MigDevice> found;
    for_each_mig_device(state, [&](MigDevice device) {
      if (mig_device_uuid(call.machine.seed(), gpu, device.gpu_instance, device.compute_instance) ==
          uuid) {
        found = device;
      }
      return !found;
    });
    if (found) return give_mig_device(call, gpu, *found, handle);
  }
  return NVML_ERROR_NOT_FOUND;
}

bool take_slash_number(std::string_view& text, unsigned& number) {
  if (!text.starts_with('/')) return false;
  text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

// "MIG-GPU-<uuid>/<gpu instance>/<compute instance>", what drivers before R465
// called MIG devices.
nvmlReturn_t mig_device_by_place(const Call& call, std::string_view text, nvmlDevice_t* handle) {
  const auto uuid = parse_uuid(text.substr(0, kUuidTextSize - 1));
  if (!uuid) return NVML_ERROR_INVALID_ARGUMENT;
  text.remove_prefix(kUuidTextSize - 1);
  MigDevice device = {};
  if (!take_slash_number(text, device.gpu_instance) ||
      !take_slash_number(text, device.compute_instance) || !text.empty()) {
    return NVML_ERROR_INVALID_ARGUMENT;
  }
  for (unsigned gpu = 0; gpu < call.machine.gpu_count(); ++gpu) {
    if (call.machine.gpu_uuid(gpu) == *uuid && is_visible(call, gpu)) {
      return give_mig_device(call, gpu, device, handle);
    }
  }
  return NVML_ERROR_NOT_FOUND;
}

nvmlReturn_t by_uuid_text(const Call& call, std::string_view text, nvmlDevice_t* device) {
  if (take_prefix(text, "GPU-")) {
    const auto uuid = parse_uuid(text);
    return uuid ? gpu_by_uuid(call, *uuid, device) : NVML_ERROR_NOT_FOUND;
  }
  if (!take_prefix(text, "MIG-")) return NVML_ERROR_INVALID_ARGUMENT;
  // MIG UUIDs can be looked up from R465 on.
  if (call.machine.driver() < kFirstMigUuids) return NVML_ERROR_NOT_FOUND;
  if (take_prefix(text, "GPU-")) return mig_device_by_place(call, text, device);
  const auto uuid = parse_uuid(text);
  return uuid ? mig_device_by_uuid(call, *uuid, device) : NVML_ERROR_NOT_FOUND;
}

nvmlReturn_t by_uuid_struct(const Call& call, const nvmlUUID_v1_t& uuid, nvmlDevice_t* device) {
  if (uuid.version != nvmlUUID_v1_version) return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
  if (uuid.type == NVML_UUID_TYPE_ASCII) {
    const auto length = strnlen(uuid.value.str, sizeof uuid.value.str);
    return by_uuid_text(call, {uuid.value.str, length}, device);
  }
  if (uuid.type != NVML_UUID_TYPE_BINARY) return NVML_ERROR_INVALID_ARGUMENT;
  Uuid bytes;
  std::memcpy(bytes.bytes.data(), uuid.value.bytes, sizeof uuid.value.bytes);
  const nvmlReturn_t result = gpu_by_uuid(call, bytes, device);
  return result == NVML_ERROR_NOT_FOUND ? mig_device_by_uuid(call, bytes, device) : result;
}

}  // namespace
}  // namespace migsim

namespace nvml_abi {

using namespace migsim;

nvmlReturn_t nvmlDeviceGetHandleByUUID(const char* uuid, nvmlDevice_t* device) {
  return look_up<"nvmlDeviceGetHandleByUUID">([=](const Call& call) {
    if (uuid == nullptr || device == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    return by_uuid_text(call, uuid, device);
  });
}

nvmlReturn_t nvmlDeviceGetHandleByUUIDV(const nvmlUUID_v1_t* uuid, nvmlDevice_t* device) {
  return look_up<"nvmlDeviceGetHandleByUUIDV">([=](const Call& call) {
    if (uuid == nullptr || device == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    return by_uuid_struct(call, *uuid, device);
  });
}

}  // namespace nvml_abi
