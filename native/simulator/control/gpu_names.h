// The names of a GPU in text and in paths.
#ifndef MIG_SIMULATOR_CONTROL_GPU_NAMES_H_
#define MIG_SIMULATOR_CONTROL_GPU_NAMES_H_

#include <string>

#include "simulator/store/sim_machine.h"

namespace migsim {

std::string GpuUuidText(const SimMachine& machine, unsigned gpu);

// 00000000:07:00.0, as NVML writes it.
std::string nvml_bus_id(const SimMachine& machine, unsigned gpu);
// 0000:07:00.0, as the kernel writes it.
std::string KernelBusId(const SimMachine& machine, unsigned gpu);

}  // namespace migsim

#endif  // MIG_SIMULATOR_CONTROL_GPU_NAMES_H_
