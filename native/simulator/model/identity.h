// Who a GPU or MIG device is: UUIDs, PCI address, serial number. All follow from the machine's seed
// and the place, so that they are the same in every process and after every reboot.
#ifndef MIG_SIMULATOR_MODEL_IDENTITY_H_
#define MIG_SIMULATOR_MODEL_IDENTITY_H_

#include <cstdint>

#include "simulator/model/uuid.h"

namespace migsim {

Uuid gpu_uuid(std::uint64_t seed, unsigned gpu);

// A function of the place, not of the profile: an instance made again at the same place has the
// same UUID (open-gpu-kernel-modules, gpu_uuid.c).
Uuid mig_device_uuid(std::uint64_t seed, unsigned gpu, unsigned gpu_instance,
                     unsigned first_compute_slice);

struct PciAddress {
  std::uint32_t domain;
  std::uint32_t bus;
  std::uint32_t device;

  friend bool operator==(const PciAddress&, const PciAddress&) = default;
};

PciAddress pci_address(unsigned gpu, unsigned gpu_count);

// Thirteen decimal digits, as on data-centre boards.
std::uint64_t serial_number(std::uint64_t seed, unsigned gpu);

}  // namespace migsim

#endif  // MIG_SIMULATOR_MODEL_IDENTITY_H_
