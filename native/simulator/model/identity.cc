#include "simulator/model/identity.h"

#include <cstring>
#include <iterator>

namespace migsim {
namespace {

// Keeps the UUIDs of different kinds of thing apart.
enum Kind : std::uint64_t { kGpu, kMigDevice, kSerialNumber };

// A DGX A100's, in the order of NVML's indexes.
constexpr std::uint8_t kEightGpuBuses[] = {0x07, 0x0F, 0x47, 0x4E, 0x87, 0x90, 0xB7, 0xBD};

}  // namespace

Uuid gpu_uuid(std::uint64_t seed, unsigned gpu) { return derive_uuid({kGpu, seed, gpu}); }

Uuid mig_device_uuid(std::uint64_t seed, unsigned gpu, unsigned gpu_instance,
                     unsigned compute_instance) {
  return derive_uuid({kMigDevice, seed, gpu, gpu_instance, compute_instance});
}

PciAddress pci_address(unsigned gpu, unsigned gpu_count) {
  if (gpu_count <= std::size(kEightGpuBuses)) return {0, kEightGpuBuses[gpu], 0};
  return {0, 0x04 + 7 * gpu, 0};
}

std::uint64_t serial_number(std::uint64_t seed, unsigned gpu) {
  std::uint64_t number = 0;
  std::memcpy(&number, derive_uuid({kSerialNumber, seed, gpu}).bytes.data(), sizeof number);
  return 1'320'000'000'000ull + number % 10'000'000'000ull;
}

}  // namespace migsim
