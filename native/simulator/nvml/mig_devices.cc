// MIG device handles and what they are made of.
#include "simulator/model/mig_devices.h"

#include "simulator/nvml/device_call.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

using namespace nvml_abi;

nvmlDeviceAttributes_t attributes_of(const Call& call) {
  const GpuProfile& owner = call.gpu().profile_of(call.gpu_instance());
  const ComputeProfile& profile =
      call.gpu().profile_of(call.gpu_instance(), call.compute_instance());
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
nvmlReturn_t not_found_when_dead(nvmlReturn_t result, const void* handle) {
  Handle decoded;
  const bool was_mig_device =
      decode_handle(handle, decoded) && decoded.kind == HandleKind::kMigDevice;
  return result == NVML_ERROR_INVALID_ARGUMENT && was_mig_device ? NVML_ERROR_NOT_FOUND : result;
}

}  // namespace
}  // namespace migsim

namespace nvml_abi {

using namespace migsim;

nvmlReturn_t nvmlDeviceIsMigDeviceHandle(nvmlDevice_t device, unsigned int* isMigDevice) {
  return read_device<"nvmlDeviceIsMigDeviceHandle">(
      device, Accepts::kEither,
      [=](const Call& call) { return give<unsigned>(isMigDevice, call.is_mig_device()); });
}

nvmlReturn_t nvmlDeviceGetMaxMigDeviceCount(nvmlDevice_t device, unsigned int* count) {
  return read_device<"nvmlDeviceGetMaxMigDeviceCount">(
      device, Accepts::kGpu, [=](const Call& call) {
        const bool enabled = call.gpu().state.mig_enabled;
        return give<unsigned>(count, enabled ? call.gpu().geometry().max_mig_devices : 0);
      });
}

// Without mig/monitor a client sees only devices whose own access files it was given: here none.
nvmlReturn_t nvmlDeviceGetMigDeviceHandleByIndex(nvmlDevice_t device, unsigned int index,
                                                 nvmlDevice_t* migDevice) {
  return read_device<"nvmlDeviceGetMigDeviceHandleByIndex">(
      device, Accepts::kGpu, [=](const Call& call) {
        if (migDevice == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        if (!call.gpu().state.mig_enabled) return NVML_ERROR_NOT_SUPPORTED;
        if (index >= call.gpu().geometry().max_mig_devices) return NVML_ERROR_INVALID_ARGUMENT;
        const auto found = mig_device_at(call.gpu().state, index);
        if (!found || !call.allows(Privileges::kMonitor)) return NVML_ERROR_NOT_FOUND;
        *migDevice = call.mig_device_handle(*found);
        return NVML_SUCCESS;
      });
}

nvmlReturn_t nvmlDeviceGetDeviceHandleFromMigDeviceHandle(nvmlDevice_t migDevice,
                                                          nvmlDevice_t* device) {
  return read_device<"nvmlDeviceGetDeviceHandleFromMigDeviceHandle">(
      migDevice, Accepts::kMigDevice,
      [=](const Call& call) { return give(device, call.gpu_handle()); });
}

nvmlReturn_t nvmlDeviceGetGpuInstanceId(nvmlDevice_t device, unsigned int* id) {
  const nvmlReturn_t result = read_device<"nvmlDeviceGetGpuInstanceId">(
      device, Accepts::kMigDevice,
      [=](const Call& call) { return give(id, call.place.gpu_instance); });
  return id == nullptr ? result : not_found_when_dead(result, device);
}

nvmlReturn_t nvmlDeviceGetComputeInstanceId(nvmlDevice_t device, unsigned int* id) {
  const nvmlReturn_t result = read_device<"nvmlDeviceGetComputeInstanceId">(
      device, Accepts::kMigDevice,
      [=](const Call& call) { return give(id, call.place.compute_instance); });
  return id == nullptr ? result : not_found_when_dead(result, device);
}

nvmlReturn_t nvmlDeviceGetAttributes(nvmlDevice_t device, nvmlDeviceAttributes_v1_t* attributes) {
  return read_device<"nvmlDeviceGetAttributes">(device, Accepts::kMigDevice, [=](const Call& call) {
    const nvmlDeviceAttributes_t all = attributes_of(call);
    return give(attributes,
                nvmlDeviceAttributes_v1_t{all.multiprocessorCount, all.sharedCopyEngineCount,
                                          all.sharedDecoderCount, all.sharedEncoderCount,
                                          all.sharedJpegCount, all.sharedOfaCount});
  });
}

nvmlReturn_t nvmlDeviceGetAttributes_v2(nvmlDevice_t device, nvmlDeviceAttributes_t* attributes) {
  return read_device<"nvmlDeviceGetAttributes_v2">(
      device, Accepts::kMigDevice,
      [=](const Call& call) { return give(attributes, attributes_of(call)); });
}

}  // namespace nvml_abi
