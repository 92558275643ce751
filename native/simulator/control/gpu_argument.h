// gpu=, the place of one of a machine's GPUs: its NVML index while no GPU is
// removed.
#ifndef MIG_SIMULATOR_CONTROL_GPU_ARGUMENT_H_
#define MIG_SIMULATOR_CONTROL_GPU_ARGUMENT_H_

#include "simulator/control/arguments.h"
#include "simulator/store/machine.h"

namespace migsim {

inline unsigned required_gpu(const Machine& machine, Arguments& arguments) {
  if (machine.gpu_count() == 0) {
    arguments.required_number("gpu");
    arguments.complain("this machine has no GPU");
    return 0;
  }
  return static_cast<unsigned>(arguments.required_number("gpu", {0, machine.gpu_count() - 1}));
}

}  // namespace migsim

#endif  // MIG_SIMULATOR_CONTROL_GPU_ARGUMENT_H_
