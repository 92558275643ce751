// MIG devices: what NVML shows of a (GPU, GPU instance, compute instance) triple.
#ifndef MIG_NVML_MIG_DEVICE_H_
#define MIG_NVML_MIG_DEVICE_H_

#include <cstdint>

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

Outcome<unsigned int> IsMigDevice(const Symbols& nvml, abi::nvmlDevice_t device);
// How many there could be, not how many there are.
Outcome<unsigned int> GetMaxMigDeviceCount(const Symbols& nvml, abi::nvmlDevice_t gpu);
Outcome<abi::nvmlDevice_t> GetMigDeviceAt(const Symbols& nvml, abi::nvmlDevice_t gpu,
                                          unsigned int index);
Outcome<abi::nvmlDevice_t> GetGpuOfMigDevice(const Symbols& nvml, abi::nvmlDevice_t mig_device);
Outcome<unsigned int> GetGpuInstanceIdOf(const Symbols& nvml, abi::nvmlDevice_t mig_device);
Outcome<unsigned int> GetComputeInstanceIdOf(const Symbols& nvml, abi::nvmlDevice_t mig_device);
Outcome<MigDeviceAttributes> GetAttributes(const Symbols& nvml, abi::nvmlDevice_t mig_device);

}  // namespace mig

#endif  // MIG_NVML_MIG_DEVICE_H_
