// Whether plain data from a file is a valid state of a GPU. The rest of the model uses it as
// indexes into tables, and relies on a legal set of instances.
#ifndef MIG_SIMULATOR_MODEL_VALIDATION_H_
#define MIG_SIMULATOR_MODEL_VALIDATION_H_

#include "simulator/model/gpu_state.h"
#include "simulator/model/processes.h"

namespace migsim {

bool IsValid(const GpuState& gpu);

// Whether a process of one GPU is valid: its place is a live one of `gpu`, which is valid.
bool IsValid(const SimProcess& process, const GpuState& gpu);

}  // namespace migsim

#endif  // MIG_SIMULATOR_MODEL_VALIDATION_H_
