// MIG device handles and what they are made of.
#include "simulator/model/mig_devices.h"

#include "simulator/nvml/device_call.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

using namespace nvml_abi;

nvmlDeviceAttributes_t AttributesOf(const Call& call) {
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

// Dead MIG device handles have been seen to answer this way, other functions calling them invalid.
nvmlReturn_t NotFoundWhenDead(nvmlReturn_t result, const void* handle) {
  Handle decoded;
  const bool was_mig_device =
      DecodeHandle(handle, decoded) && decoded.kind == HandleKind::kMigDevice;
  return result == NVML_ERROR_INVALID_ARGUMENT && was_mig_device ? NVML_ERROR_NOT_FOUND : result;
}

}  // namespace
}  // namespace migsim

namespace nvml_abi {

using namespace migsim;

nvmlReturn_t nvmlDeviceIsMigDeviceHandle(nvmlDevice_t device, unsigned int* isMigDevice) {
  return ReadDevice<"nvmlDeviceIsMigDeviceHandle">(device, Accepts::kEither, [=](const Call& call) {
    return Give<unsigned>(isMigDevice, call.is_mig_device());
  });
}

nvmlReturn_t nvmlDeviceGetMaxMigDeviceCount(nvmlDevice_t device, unsigned int* count) {
  return ReadDevice<"nvmlDeviceGetMaxMigDeviceCount">(device, Accepts::kGpu, [=](const Call& call) {
    const bool enabled = call.gpu().state.mig_enabled;
    return Give<unsigned>(count, enabled ? call.gpu().geometry().max_mig_devices : 0);
  });
}

// Without mig/monitor a client sees only devices whose own access files it was given: here none.
nvmlReturn_t nvmlDeviceGetMigDeviceHandleByIndex(nvmlDevice_t device, unsigned int index,
                                                 nvmlDevice_t* migDevice) {
  return ReadDevice<"nvmlDeviceGetMigDeviceHandleByIndex">(
      device, Accepts::kGpu, [=](const Call& call) {
        if (migDevice == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        if (!call.gpu().state.mig_enabled) return NVML_ERROR_NOT_SUPPORTED;
        if (index >= call.gpu().geometry().max_mig_devices) return NVML_ERROR_INVALID_ARGUMENT;
        const auto found = MigDeviceAt(call.gpu().state, index);
        if (!found || !call.Allows(Privileges::kMonitor)) return NVML_ERROR_NOT_FOUND;
        *migDevice = call.MigDeviceHandle(*found);
        return NVML_SUCCESS;
      });
}

nvmlReturn_t nvmlDeviceGetDeviceHandleFromMigDeviceHandle(nvmlDevice_t migDevice,
                                                          nvmlDevice_t* device) {
  return ReadDevice<"nvmlDeviceGetDeviceHandleFromMigDeviceHandle">(
      migDevice, Accepts::kMigDevice,
      [=](const Call& call) { return Give(device, call.gpu_handle()); });
}

nvmlReturn_t nvmlDeviceGetGpuInstanceId(nvmlDevice_t device, unsigned int* id) {
  const nvmlReturn_t result = ReadDevice<"nvmlDeviceGetGpuInstanceId">(
      device, Accepts::kMigDevice,
      [=](const Call& call) { return Give(id, call.place.gpu_instance); });
  return id == nullptr ? result : NotFoundWhenDead(result, device);
}

nvmlReturn_t nvmlDeviceGetComputeInstanceId(nvmlDevice_t device, unsigned int* id) {
  const nvmlReturn_t result = ReadDevice<"nvmlDeviceGetComputeInstanceId">(
      device, Accepts::kMigDevice,
      [=](const Call& call) { return Give(id, call.place.compute_instance); });
  return id == nullptr ? result : NotFoundWhenDead(result, device);
}

nvmlReturn_t nvmlDeviceGetAttributes(nvmlDevice_t device, nvmlDeviceAttributes_v1_t* attributes) {
  return ReadDevice<"nvmlDeviceGetAttributes">(device, Accepts::kMigDevice, [=](const Call& call) {
    const nvmlDeviceAttributes_t all = AttributesOf(call);
    return Give(attributes,
                nvmlDeviceAttributes_v1_t{all.multiprocessorCount, all.sharedCopyEngineCount,
                                          all.sharedDecoderCount, all.sharedEncoderCount,
                                          all.sharedJpegCount, all.sharedOfaCount});
  });
}

nvmlReturn_t nvmlDeviceGetAttributes_v2(nvmlDevice_t device, nvmlDeviceAttributes_t* attributes) {
  return ReadDevice<"nvmlDeviceGetAttributes_v2">(
      device, Accepts::kMigDevice,
      [=](const Call& call) { return Give(attributes, AttributesOf(call)); });
}

}  // namespace nvml_abi
