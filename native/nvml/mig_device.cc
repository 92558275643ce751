#include "nvml/mig_device.h"

#include <algorithm>
#include <utility>

#include "nvml/read.h"

namespace mig {
namespace {

// No GPU has more. A driver that claims more is not believed.
constexpr unsigned int kMostMigDevices = 64;

// A hole among the indexes, for which drivers have several answers, or a hidden device.
bool NotThere(Status status) {
  return status.is(abi::NVML_ERROR_NOT_FOUND) || status.is(abi::NVML_ERROR_INVALID_ARGUMENT) ||
         status.is(abi::NVML_ERROR_NO_PERMISSION);
}

bool Untold(Status status) {
  return status.missing() || status.is(abi::NVML_ERROR_NOT_SUPPORTED) ||
         status.is(abi::NVML_ERROR_NO_PERMISSION);
}

Outcome<MigDeviceInfo> GetMigDeviceInfo(const Symbols& nvml, abi::nvmlDevice_t mig_device) {
  const auto gpu_instance = GetGpuInstanceIdOf(nvml, mig_device);
  if (!gpu_instance.ok()) return gpu_instance.status;
  const auto compute_instance = GetComputeInstanceIdOf(nvml, mig_device);
  if (!compute_instance.ok()) return compute_instance.status;
  auto name = GetName(nvml, mig_device);
  if (!name.ok()) return name.status;
  const auto uuid = GetUuidText(nvml, mig_device);
  if (!uuid.ok()) return uuid.status;
  const auto attributes = GetAttributes(nvml, mig_device);
  if (!attributes.ok() && !Untold(attributes.status)) return attributes.status;
  return MigDeviceInfo{gpu_instance.value, compute_instance.value, std::move(name.value),
                       uuid.value,
                       attributes.ok() ? std::optional(attributes.value) : std::nullopt};
}

}  // namespace

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

Outcome<std::vector<MigDeviceInfo>> GetMigDevices(const Symbols& nvml, abi::nvmlDevice_t gpu) {
  const auto most = GetMaxMigDeviceCount(nvml, gpu);
  if (!most.ok()) return most.status;
  std::vector<MigDeviceInfo> devices;
  for (unsigned int index = 0; index < std::min(most.value, kMostMigDevices); ++index) {
    const auto mig_device = GetMigDeviceAt(nvml, gpu, index);
    if (NotThere(mig_device.status)) continue;
    if (!mig_device.ok()) return mig_device.status;
    auto info = GetMigDeviceInfo(nvml, mig_device.value);
    if (!info.ok()) return info.status;
    devices.push_back(std::move(info.value));
  }
  return devices;
}

}  // namespace mig
