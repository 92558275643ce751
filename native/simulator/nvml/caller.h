// The environment's settings for this process as a caller. MIG_SIMULATOR_PRIVILEGES can lower its
// privileges below the machine's; MIG_SIMULATOR_STEERING=off shields it from faults and latencies.
#ifndef MIG_SIMULATOR_NVML_CALLER_H_
#define MIG_SIMULATOR_NVML_CALLER_H_

#include <string>

#include "simulator/model/machine_spec.h"

namespace migsim {

// What a caller in this process may do on a machine that grants `granted` to callers.
Privileges CallerPrivileges(Privileges granted);

// Whether faults and latencies affect the calls of this process, and its calls count against
// faults.
bool CallerIsSteered();

// The problem with the variables; empty when there is none.
std::string CallerError();

}  // namespace migsim

#endif  // MIG_SIMULATOR_NVML_CALLER_H_
