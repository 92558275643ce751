#include "nvml/mig_device.h"

#include "nvml/read.h"

namespace mig {

Outcome<unsigned int> IsMigDevice(const Symbols& nvml, abi::nvmlDevice_t device) {
  return Read(nvml.nvmlDeviceIsMigDeviceHandle, device);
}

Outcome<unsigned int> GetMaxMigDeviceCount(const Symbols& nvml, abi::nvmlDevice_t gpu) {
  return Read(nvml.nvmlDeviceGetMaxMigDeviceCount, gpu);
}

Outcome<abi::nvmlDevice_t> GetMigDeviceAt(const Symbols& nvml, abi::nvmlDevice_t gpu,
                                          unsigned int index) {
  abi::nvmlDevice_t mig_device = nullptr;
  const Status status = nvml.nvmlDeviceGetMigDeviceHandleByIndex(gpu, index, &mig_device);
  if (!status.ok()) return status;
  return mig_device;
}

Outcome<abi::nvmlDevice_t> GetGpuOfMigDevice(const Symbols& nvml, abi::nvmlDevice_t mig_device) {
  return Read(nvml.nvmlDeviceGetDeviceHandleFromMigDeviceHandle, mig_device);
}

Outcome<unsigned int> GetGpuInstanceIdOf(const Symbols& nvml, abi::nvmlDevice_t mig_device) {
  return Read(nvml.nvmlDeviceGetGpuInstanceId, mig_device);
}

Outcome<unsigned int> GetComputeInstanceIdOf(const Symbols& nvml, abi::nvmlDevice_t mig_device) {
  return Read(nvml.nvmlDeviceGetComputeInstanceId, mig_device);
}

Outcome<MigDeviceAttributes> GetAttributes(const Symbols& nvml, abi::nvmlDevice_t mig_device) {
  const auto raw = Read(nvml.nvmlDeviceGetAttributes_v2, mig_device);
  if (!raw.ok()) return raw.status;
  return MigDeviceAttributes{raw.value.multiprocessorCount,   raw.value.sharedCopyEngineCount,
                             raw.value.sharedDecoderCount,    raw.value.sharedEncoderCount,
                             raw.value.sharedJpegCount,       raw.value.sharedOfaCount,
                             raw.value.gpuInstanceSliceCount, raw.value.computeInstanceSliceCount,
                             raw.value.memorySizeMB};
}

}  // namespace mig
