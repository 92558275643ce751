#include "simulator/model/identity.h"

#include <cstring>

namespace migsim {
namespace {

// Keeps the UUIDs of different kinds of thing apart.
enum Kind : std::uint64_t { kGpu, kMigDevice, kSerialNumber };

}  // namespace

Uuid gpu_uuid(std::uint64_t seed, unsigned gpu) { return derive_uuid({kGpu, seed, gpu}); }

Uuid mig_device_uuid(std::uint64_t seed, unsigned gpu, unsigned gpu_instance,
                     unsigned compute_instance) {
  return derive_uuid({kMigDevice, seed, gpu, gpu_instance, compute_instance});
}

std::uint64_t serial_number(std::uint64_t seed, unsigned gpu) {
  std::uint64_t number = 0;
  std::memcpy(&number, derive_uuid({kSerialNumber, seed, gpu}).bytes.data(), sizeof number);
  return 1'320'000'000'000ull + number % 10'000'000'000ull;
}

}  // namespace migsim
