// MIG devices: NVML's view of a triple of GPU, GPU instance and compute instance.
#ifndef MIG_NVML_MIG_DEVICE_H_
#define MIG_NVML_MIG_DEVICE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nvml/gpu.h"
#include "nvml/symbols.h"

namespace mig {

struct MigDeviceAttributes {
  unsigned int multiprocessor_count = 0;
  unsigned int shared_copy_engine_count = 0;
  unsigned int shared_decoder_count = 0;
  unsigned int shared_encoder_count = 0;
  unsigned int shared_jpeg_count = 0;
  unsigned int shared_ofa_count = 0;
  unsigned int gpu_instance_slice_count = 0;
  unsigned int compute_instance_slice_count = 0;
  std::uint64_t memory_mib = 0;
};

// What the handle of a MIG device reports to every process that sees it.
struct MigDeviceInfo {
  unsigned int gpu_instance_id = 0;
  unsigned int compute_instance_id = 0;
  // `NVIDIA A100-SXM4-40GB MIG 1g.5gb`
  std::string name;
  UuidText uuid;
  // Absent where the driver does not report them: before R450.80.
  std::optional<MigDeviceAttributes> attributes;
};

Outcome<unsigned int> IsMigDevice(const Symbols& nvml, abi::nvmlDevice_t device);
// How many are possible, not how many exist.
Outcome<unsigned int> GetMaxMigDeviceCount(const Symbols& nvml, abi::nvmlDevice_t gpu);
Outcome<abi::nvmlDevice_t> GetMigDeviceAt(const Symbols& nvml, abi::nvmlDevice_t gpu,
                                          unsigned int index);
Outcome<abi::nvmlDevice_t> GetGpuOfMigDevice(const Symbols& nvml, abi::nvmlDevice_t mig_device);
Outcome<unsigned int> GetGpuInstanceIdOf(const Symbols& nvml, abi::nvmlDevice_t mig_device);
Outcome<unsigned int> GetComputeInstanceIdOf(const Symbols& nvml, abi::nvmlDevice_t mig_device);
Outcome<MigDeviceAttributes> GetAttributes(const Symbols& nvml, abi::nvmlDevice_t mig_device);

// The MIG devices that this process sees, in no particular order. Fails if one disappears
// meanwhile.
Outcome<std::vector<MigDeviceInfo>> GetMigDevices(const Symbols& nvml, abi::nvmlDevice_t gpu);

}  // namespace mig

#endif  // MIG_NVML_MIG_DEVICE_H_
