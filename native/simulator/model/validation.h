// Whether plain data read from a file can be the state of a GPU. The rest of the model indexes
// tables with what it finds there, and takes the set of instances for a legal one.
#ifndef MIG_SIMULATOR_MODEL_VALIDATION_H_
#define MIG_SIMULATOR_MODEL_VALIDATION_H_

#include "simulator/model/gpu_state.h"
#include "simulator/model/processes.h"

namespace migsim {

bool IsValid(const GpuState& gpu);

// A process of one GPU; its place is a live one of `gpu`, which is valid.
bool IsValid(const SimProcess& process, const GpuState& gpu);

}  // namespace migsim

#endif  // MIG_SIMULATOR_MODEL_VALIDATION_H_
