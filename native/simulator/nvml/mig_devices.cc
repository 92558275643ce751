// MIG device handles and their ids.
#include "simulator/model/mig_devices.h"

#include "simulator/nvml/device_call.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

abi::nvmlDeviceAttributes_t AttributesOf(const Call& call) {
  const GpuProfile& owner = call.gpu().ProfileOf(call.gpu_instance());
  const ComputeProfile& profile =
      call.gpu().ProfileOf(call.gpu_instance(), call.compute_instance());
  return {profile.multiprocessor_count,
          owner.engines.copy,
          owner.engines.decoder,
          owner.engines.encoder,
          owner.engines.jpeg,
          owner.engines.ofa,
          owner.slice_count,
          profile.slice_count,
          owner.memory_mib};
}

// Captures show this answer for dead MIG device handles; other functions answer invalid argument.
abi::nvmlReturn_t NotFoundWhenDead(abi::nvmlReturn_t result, const void* handle) {
  Handle decoded;
  const bool was_mig_device =
      DecodeHandle(handle, decoded) && decoded.kind == HandleKind::kMigDevice;
  return result == abi::NVML_ERROR_INVALID_ARGUMENT && was_mig_device ? abi::NVML_ERROR_NOT_FOUND
                                                                      : result;
}

}  // namespace

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceIsMigDeviceHandle(abi::nvmlDevice_t device,
                                                            unsigned int* isMigDevice) {
  return ReadDevice<"nvmlDeviceIsMigDeviceHandle">(device, Accepts::kEither, [=](const Call& call) {
    return Give<unsigned>(isMigDevice, call.is_mig_device());
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetMaxMigDeviceCount(abi::nvmlDevice_t device,
                                                               unsigned int* count) {
  return ReadDevice<"nvmlDeviceGetMaxMigDeviceCount">(device, Accepts::kGpu, [=](const Call& call) {
    const bool enabled = call.gpu().state.mig_enabled;
    return Give<unsigned>(count, enabled ? call.gpu().geometry().max_mig_devices : 0);
  });
}

// Without mig/monitor a client only sees devices whose access files it has: here none.
MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetMigDeviceHandleByIndex(abi::nvmlDevice_t device,
                                                                    unsigned int index,
                                                                    abi::nvmlDevice_t* migDevice) {
  return ReadDevice<"nvmlDeviceGetMigDeviceHandleByIndex">(
      device, Accepts::kGpu, [=](const Call& call) {
        if (migDevice == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
        if (!call.gpu().state.mig_enabled) return abi::NVML_ERROR_NOT_SUPPORTED;
        if (index >= call.gpu().geometry().max_mig_devices) return abi::NVML_ERROR_INVALID_ARGUMENT;
        const auto found = MigDeviceAt(call.gpu().state, index);
        if (!found || !call.Allows(Privileges::kMonitor)) return abi::NVML_ERROR_NOT_FOUND;
        *migDevice = call.MigDeviceHandle(*found);
        return abi::NVML_SUCCESS;
      });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetDeviceHandleFromMigDeviceHandle(
    abi::nvmlDevice_t migDevice, abi::nvmlDevice_t* device) {
  return ReadDevice<"nvmlDeviceGetDeviceHandleFromMigDeviceHandle">(
      migDevice, Accepts::kMigDevice,
      [=](const Call& call) { return Give(device, call.gpu_handle()); });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetGpuInstanceId(abi::nvmlDevice_t device,
                                                           unsigned int* id) {
  const abi::nvmlReturn_t result = ReadDevice<"nvmlDeviceGetGpuInstanceId">(
      device, Accepts::kMigDevice,
      [=](const Call& call) { return Give(id, call.target.gpu_instance); });
  return id == nullptr ? result : NotFoundWhenDead(result, device);
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetComputeInstanceId(abi::nvmlDevice_t device,
                                                               unsigned int* id) {
  const abi::nvmlReturn_t result = ReadDevice<"nvmlDeviceGetComputeInstanceId">(
      device, Accepts::kMigDevice,
      [=](const Call& call) { return Give(id, call.target.compute_instance); });
  return id == nullptr ? result : NotFoundWhenDead(result, device);
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetAttributes(
    abi::nvmlDevice_t device, abi::nvmlDeviceAttributes_v1_t* attributes) {
  return ReadDevice<"nvmlDeviceGetAttributes">(device, Accepts::kMigDevice, [=](const Call& call) {
    const abi::nvmlDeviceAttributes_t all = AttributesOf(call);
    return Give(attributes,
                abi::nvmlDeviceAttributes_v1_t{all.multiprocessorCount, all.sharedCopyEngineCount,
                                               all.sharedDecoderCount, all.sharedEncoderCount,
                                               all.sharedJpegCount, all.sharedOfaCount});
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetAttributes_v2(
    abi::nvmlDevice_t device, abi::nvmlDeviceAttributes_t* attributes) {
  return ReadDevice<"nvmlDeviceGetAttributes_v2">(
      device, Accepts::kMigDevice,
      [=](const Call& call) { return Give(attributes, AttributesOf(call)); });
}

}  // namespace migsim
