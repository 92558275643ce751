// Whether plain data read from a file can be the state of a GPU. The rest of the model indexes
// tables with what it finds there.
#ifndef MIG_SIMULATOR_MODEL_VALIDATION_H_
#define MIG_SIMULATOR_MODEL_VALIDATION_H_

#include "simulator/model/gpu_state.h"
#include "simulator/model/processes.h"

namespace migsim {

bool is_valid(const GpuState& gpu);
bool is_valid(const ProcessTable& processes, unsigned gpu_count);

}  // namespace migsim

#endif  // MIG_SIMULATOR_MODEL_VALIDATION_H_
