// gpu=, the position of a GPU in its machine: its NVML index while no GPU is removed.
#ifndef MIG_SIMULATOR_CONTROL_GPU_ARGUMENT_H_
#define MIG_SIMULATOR_CONTROL_GPU_ARGUMENT_H_

#include "simulator/control/command_arguments.h"
#include "simulator/store/sim_machine.h"

namespace migsim {

inline unsigned RequiredGpu(const SimMachine& machine, CommandArguments& arguments) {
  if (machine.gpu_count() == 0) {
    arguments.RequiredNumber("gpu");
    arguments.Complain("this machine has no GPU");
    return 0;
  }
  return static_cast<unsigned>(arguments.RequiredNumber("gpu", {0, machine.gpu_count() - 1}));
}

}  // namespace migsim

#endif  // MIG_SIMULATOR_CONTROL_GPU_ARGUMENT_H_
