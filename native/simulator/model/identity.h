// UUIDs and serial numbers. All are derived from the machine's seed and the position, so that they
// are the same in every process and after every reboot.
#ifndef MIG_SIMULATOR_MODEL_IDENTITY_H_
#define MIG_SIMULATOR_MODEL_IDENTITY_H_

#include <cstdint>

#include "simulator/model/uuid.h"

namespace migsim {

UuidBytes GpuUuid(std::uint64_t seed, unsigned gpu);

// The driver derives it from the GPU instance's id and the compute instance's graphics engine
// (open-gpu-kernel-modules, gpu_uuid.c). A compute instance takes the lowest free engine of its GPU
// instance, whatever its size and placement (kernel_mig_manager.c). It gets its id in the same way,
// so the id stands for the engine here.
UuidBytes MigDeviceUuid(std::uint64_t seed, unsigned gpu, unsigned gpu_instance,
                        unsigned compute_instance);

// Thirteen decimal digits, as on data-centre boards.
std::uint64_t SerialNumber(std::uint64_t seed, unsigned gpu);

}  // namespace migsim

#endif  // MIG_SIMULATOR_MODEL_IDENTITY_H_
