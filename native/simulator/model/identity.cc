#include "simulator/model/identity.h"

#include <cstring>

namespace migsim {
namespace {

// Keeps the UUIDs of GPUs, MIG devices and other kinds apart.
enum Kind : std::uint64_t { kGpu, kMigDevice, kSerialNumber };

}  // namespace

UuidBytes GpuUuid(std::uint64_t seed, unsigned gpu) { return DeriveUuid({kGpu, seed, gpu}); }

UuidBytes MigDeviceUuid(std::uint64_t seed, unsigned gpu, unsigned gpu_instance,
                        unsigned compute_instance) {
  return DeriveUuid({kMigDevice, seed, gpu, gpu_instance, compute_instance});
}

std::uint64_t SerialNumber(std::uint64_t seed, unsigned gpu) {
  std::uint64_t number = 0;
  std::memcpy(&number, DeriveUuid({kSerialNumber, seed, gpu}).bytes.data(), sizeof number);
  return 1'320'000'000'000ull + number % 10'000'000'000ull;
}

}  // namespace migsim
