// gpu=, the NVML index of one of a machine's GPUs.
#ifndef MIG_SIMULATOR_CONTROL_GPU_ARGUMENT_H_
#define MIG_SIMULATOR_CONTROL_GPU_ARGUMENT_H_

#include "simulator/control/arguments.h"
#include "simulator/store/machine.h"

namespace migsim {

inline unsigned required_gpu(const Machine& machine, Arguments& arguments) {
  return static_cast<unsigned>(arguments.required_number("gpu", {0, machine.gpu_count() - 1}));
}

}  // namespace migsim

#endif  // MIG_SIMULATOR_CONTROL_GPU_ARGUMENT_H_
