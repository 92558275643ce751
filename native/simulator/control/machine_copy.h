// A copy of a machine's content, so that text is made without holding the machine's lock.
#ifndef MIG_SIMULATOR_CONTROL_MACHINE_COPY_H_
#define MIG_SIMULATOR_CONTROL_MACHINE_COPY_H_

#include <span>
#include <vector>

#include "simulator/model/catalog.h"
#include "simulator/model/gpu_state.h"
#include "simulator/model/processes.h"
#include "simulator/store/sim_machine.h"

namespace migsim {

struct MachineCopy {
  std::vector<GpuState> gpus;
  std::vector<SimProcess> processes;
  Controls controls;
};

MachineCopy CopyMachine(const SimMachine& machine);

inline const GpuModel& ModelOf(const GpuState& gpu) { return GpuModels()[gpu.model]; }

}  // namespace migsim

#endif  // MIG_SIMULATOR_CONTROL_MACHINE_COPY_H_
